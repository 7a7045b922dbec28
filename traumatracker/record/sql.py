"""Small pieces of DuckDB's SQL over the record's Parquet files."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa


def scan(parts: Iterable[Path]) -> str:
    """Return the SQL that reads these Parquet files as one table, whatever columns each has."""
    names = ", ".join(map(text, parts))
    return f"read_parquet([{names}], union_by_name = true)"


def quoted(name: str) -> str:
    """Return a column name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def text(value: object) -> str:
    """Return a text as SQL writes it."""
    return "'" + str(value).replace("'", "''") + "'"


def nulls(columns: dict[str, str]) -> str:
    """Return a select list of empty columns (name → DuckDB type)."""
    return ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in columns.items())


def duck(kind: pa.DataType) -> str:
    """Return DuckDB's name of one of the types the record stores."""
    if pa.types.is_list(kind):
        return duck(kind.value_type) + "[]"
    names = {
        pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.date32(): "DATE", pa.bool_(): "BOOLEAN",
        pa.timestamp("us"): "TIMESTAMP", pa.binary(32): "BLOB",
    }  # fmt: skip
    return names[kind]
