"""Small pieces of DuckDB's SQL over the record's Parquet files."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def scan(parts: Iterable[Path]) -> str:
    """Return the SQL that reads these Parquet files as one table, whatever columns each has."""
    names = ", ".join(map(text, parts))
    return f"read_parquet([{names}], union_by_name = true)"


def rows_of(parts: list[Path], wanted: dict[str, str] | None = None) -> str:
    """Return the SQL that reads these files as one table, also where a column has changed its type between them.

    Such a column is read as the type asked for in `wanted` (name → DuckDB type), else as the newest file's. A text
    becomes a list of one, several values one text with ";" between; what cannot be said in the other type is empty:
    a profile that changed its mind reads its files again.
    """
    kinds = [_kinds(path, path.stat().st_mtime_ns) for path in parts]
    target = {name: kind for one in kinds for name, kind in one.items()}
    target |= {name: kind for name, kind in (wanted or {}).items() if name in target}
    groups: dict[tuple[tuple[str, str], ...], list[Path]] = {}
    for path, one in zip(parts, kinds, strict=True):
        groups.setdefault(tuple(item for item in one.items() if item[1] != target[item[0]]), []).append(path)
    if set(groups) == {()}:
        return scan(parts)
    return f"({' UNION ALL BY NAME '.join(_as_wanted(other, target, files) for other, files in groups.items())})"


def _as_wanted(other: tuple[tuple[str, str], ...], target: dict[str, str], files: list[Path]) -> str:
    changed = ", ".join(f"{_as(quoted(name), kind, target[name])} AS {quoted(name)}" for name, kind in other)
    return f"SELECT *{f' REPLACE ({changed})' if changed else ''} FROM {scan(files)}"


def _as(column: str, kind: str, wanted: str) -> str:
    if wanted.endswith("[]") and not kind.endswith("[]"):
        return f"CASE WHEN {column} IS NOT NULL THEN [TRY_CAST({column} AS {wanted[:-2]})] END"
    if kind.endswith("[]") and not wanted.endswith("[]"):
        return f"TRY_CAST(array_to_string({column}, ';') AS {wanted})"
    return f"TRY_CAST({column} AS {wanted})"


@lru_cache(maxsize=10_000)  # a refresh asks for every file of every table more than once
def _kinds(path: Path, _written_at: int) -> dict[str, str]:
    return {field.name: duck(field.type) for field in pq.read_schema(path)}


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
