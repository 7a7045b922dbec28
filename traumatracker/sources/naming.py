"""Which rows of the record speak of which incident, of which day, and of whom: the profile's `gives` asked backwards.

Retention and erasure need it for every version of every row, so nothing here looks at the newest only, and a `when`
is not asked: a row that names somebody names them whether or not it counts.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from traumatracker.engine.tables import DAY, ENTITIES, TEXT
from traumatracker.record.sql import duck, quoted, scan, text
from traumatracker.sources.gives import Constant, First, Give, Template, Value
from traumatracker.sources.profile import Profile, Table
from traumatracker.sources.values import day_name, stored_as

# Entities that speak of an incident, and the column that says of which.
OF_INCIDENTS = {
    "incident": "incident_id",
    "incident_code": "incident_id",
    "incident_link": "from_incident_id",
    "deployment": "incident_id",
    "involvement": "incident_id",
    "correction": "incident_id",
}
# The day of a row, in the entities that have one. `crew` has the day of the booking.
DAYS = {"incident": "opened_on", "deployment": "at_scene_on", "involvement": "happened_on", "crew": "booked_on_at"}
# Entities whose row names a person of the HR file by its key, and those that do so by an identifier of the day.
BY_KEY = ("person", "identifier", "posting", "skill", "characteristic", "correction")
BY_IDENTIFIER = ("involvement", "crew")


def gives(profile: Profile, entities: tuple[str, ...] | dict[str, str]) -> Iterator[tuple[Table, Give]]:
    """Return every table with each of its gives that makes one of these entities."""
    for table in profile.tables:
        for give in table.gives:
            if give.entity in entities:
                yield table, give


def value_sql(table: Table, value: Value | None, kind: pa.DataType = TEXT) -> str | None:
    """Return SQL of a value over a row `s` (see `spread`); None for one that the row alone does not tell."""
    if isinstance(value, First):
        options = [option for option in (value_sql(table, one, kind) for one in value.options) if option]
        return f"coalesce({', '.join(options)})" if options else None
    if isinstance(value, Constant):
        return f"DATE '{value.value}'" if kind == DAY else None
    if not isinstance(value, Template):
        return None
    if value.alone and kind == DAY:
        is_time = table.columns[value.alone].kind == "time"
        return f"s.{quoted(day_name(value.alone) if is_time else value.alone)}::DATE"
    pieces = [
        text(piece) if at % 2 == 0 else f"s.{quoted(piece)}::VARCHAR"
        for at, piece in enumerate(value.pieces)
        if at % 2 or piece
    ]
    return f"({' || '.join(pieces)})"


def day_sql(table: Table, give: Give) -> str:
    """Return SQL of the day that a row itself gives what it speaks of; NULL where it gives none."""
    return value_sql(table, give.values.get(DAYS.get(give.entity, "")), DAY) or "NULL::DATE"


def spread(table: Table, give: Give, files: list[Path], known: set[str]) -> str:
    """Return SQL of the rows of these files with one row for each value of the columns that hold several.

    `known`: the columns these files have; a kept column that none of them has yet is empty.
    """
    used = {name for value in give.values.values() for name in value.columns}
    missing = [f"NULL::{kind} AS {quoted(name)}" for name, kind in _stored(table).items() if name not in known]
    sql = f"(SELECT {', '.join(['*', *missing])} FROM {scan(files)})"
    for column in table.columns.values():
        if column.split and column.name in used:
            values = f"unnest(coalesce(nullif({quoted(column.name)}, []), [NULL]))"
            sql = f"(SELECT * REPLACE ({values} AS {quoted(column.name)}) FROM {sql})"
    return sql


def of_a_person_alone(table: Table) -> bool:
    """Whether the rows of a table say nothing but something about people."""
    return all(give.entity in (*BY_KEY, *BY_IDENTIFIER) for give in table.gives)


def _stored(table: Table) -> dict[str, str]:
    return {name: duck(kind) for column in table.stored for name, kind in stored_as(column).items()}


assert set(OF_INCIDENTS) | set(DAYS) | set(BY_KEY) <= set(ENTITIES)  # noqa: S101 - a renamed entity must not be missed
