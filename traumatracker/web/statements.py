"""The few SQL statements that bring exposures and questions up to date, as text. Nothing is run here.

Written by hand, because the same statement then runs for thousands of rows, which Django's own way does one by one.
"""

from typing import Any

from django.db import connection
from django.db.models import Model


def prepared(model: type[Model], field: str, value: Any) -> Any:
    """Return the value as this database stores it (an id is text in SQLite and an own type in PostgreSQL)."""
    return model._meta.get_field(field).get_db_prep_save(value, connection)


def insert(model: type[Model], columns: tuple[str, ...]) -> str:
    """Return the statement that adds one row with these columns."""
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {_table(model)} ({', '.join(columns)}) VALUES ({places})"


def update(model: type[Model], columns: tuple[str, ...]) -> str:
    """Return the statement that sets these columns of the row whose `key` is the last parameter."""
    new = ", ".join(f"{column} = %s" for column in columns)
    return f"UPDATE {_table(model)} SET {new} WHERE {connection.ops.quote_name('key')} = %s"


def delete(model: type[Model], column: str) -> str:
    """Return the statement that removes the row whose column has this value."""
    return f"DELETE FROM {_table(model)} WHERE {connection.ops.quote_name(column)} = %s"


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
