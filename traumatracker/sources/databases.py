"""SQL databases read in place: one SELECT of the kept columns for each table, in a read-only transaction, streamed.

Where a database is stands in the setting TRAUMATRACKER_SOURCE_URL_<NAME> of the process alone, never in a profile, a
message or a log. PostgreSQL is run in the tests. For SQL Server and Oracle the statements are compiled and compared
with what is expected, and were never run: their drivers are not installed.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from traumatracker.errors import RefusedFile
from traumatracker.record.store import ProfileRecord
from traumatracker.sources.formats.base import FIELD, Chunk, Seen, Survey
from traumatracker.sources.formats.folder import Found
from traumatracker.sources.formats.typed import SPOILT, text_of
from traumatracker.sources.formats.whole import ROWS_AT_ONCE, Collected, Spool
from traumatracker.sources.profile import Column, Profile, Table

SETTING = "TRAUMATRACKER_SOURCE_URL_{}"


def listed(profile: Profile, held: ProfileRecord) -> list[Found]:
    """Return the tables of a profile that are read in place, each as something `formats.read` understands."""
    tables = [table for table in profile.files if table.query_table]
    names = [f"database {table.database}: {table.query_table}" for table in tables]
    return [
        Found(table.name, name, Path(), in_place=Query(profile, table, held))
        for table, name in zip(tables, names, strict=True)
    ]


def statement(table: Table, since: datetime | int | None = None) -> sa.Select[Any]:
    """Return the SELECT of a table's kept columns, in the order of its key; `since`: only versions from this one on.

    A dropped column is not even asked for.
    """
    schema, _, name = table.query_table.rpartition(".")
    columns = {each: sa.column(each) for each in _kept(table)}
    chosen = sa.select(*columns.values()).select_from(sa.table(name, schema=schema or None))
    if since is not None:
        chosen = chosen.where(columns[table.version] >= since)
    return chosen.order_by(*(columns[each] for each in table.key))


def since_of(profile: Profile, table: Table, held: ProfileRecord) -> datetime | int | None:
    """Return from which version on a table is read: the newest one held less the overlap, or None for all of it.

    All of it also after the profile changed, since what the old one set aside may now be good. A time is the source's
    wall clock, and the overlap covers the hour that comes twice and a source whose clock is of another zone.
    """
    if table.overlap_hours is None or _last_profile(table, held) != profile.fingerprint:
        return None
    newest = max((_newest(path) for path in held.parts(table.name)), default=None)
    column = table.columns[table.version]
    if newest is None or column.kind == "number":
        return newest
    if column.kind == "date":
        return datetime(1970, 1, 1) + timedelta(days=newest, hours=-table.overlap_hours)  # noqa: DTZ001 - a local day
    moment = datetime.fromtimestamp(newest // 1_000_000, UTC).astimezone(ZoneInfo(column.zone or profile.time_zone))
    return moment.replace(tzinfo=None) - timedelta(hours=table.overlap_hours)


class Query:
    """One table of a database, read once: its rows wait in a nameless file until they are taken."""

    def __init__(self, profile: Profile, table: Table, held: ProfileRecord):
        self._profile, self._table, self._held = profile, table, held
        self._spool = Spool(len(_kept(table)))

    def survey(self, seen: Seen) -> Survey:
        """Read every row in one transaction. Raises RefusedFile: the database cannot be reached, or says no."""
        self._spool, digest = Spool(len(_kept(self._table))), sha256()
        chosen = statement(self._table, since_of(self._profile, self._table, self._held))
        try:
            engine = _engine(self._table.database)
            for chunk in _read(engine, chosen, self._table):
                for column in chunk.columns:
                    for buffer in column.buffers():
                        digest.update(buffer or b"")
                digest.update(repr(chunk.bad).encode())
                self._spool.put(chunk)
        except (SQLAlchemyError, ImportError, OSError, UnicodeError) as bad:
            raise RefusedFile("unreachable_source", _sentence(self._table, bad)) from None
        return Survey(digest.hexdigest(), 0, "", False, True)

    def read(self) -> tuple[list[str], Iterator[Chunk]]:
        """Return the names of the kept columns and the rows in chunks, once."""
        return _kept(self._table), self._spool.chunks()


def _kept(table: Table) -> list[str]:
    return [name for name, column in table.columns.items() if not column.parts]


def _engine(name: str) -> sa.Engine:
    url = os.environ.get(SETTING.format(name.upper()))
    if not url:
        raise RefusedFile(
            "unreachable_source", f"{SETTING.format(name.upper())} is not set: say there where database {name} is."
        )
    # Nothing of a statement's values may reach a log or an error.
    return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)


def _read(engine: sa.Engine, chosen: sa.Select[Any], table: Table) -> Iterator[Chunk]:
    """Run the statement and return its rows in chunks of text, counted from 1."""
    columns = [table.columns[name] for name in _kept(table)]
    options: dict[str, Any] = {"stream_results": True, "yield_per": ROWS_AT_ONCE}
    if engine.dialect.name == "postgresql":
        options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    rows, number = Collected(len(columns)), 0
    with engine.connect() as connection:
        connection = connection.execution_options(**options)
        if engine.dialect.name == "oracle":
            connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        for part in connection.execute(chosen).partitions():
            for row in part:
                number += 1
                _take(number, row, columns, rows)
            yield rows.chunk()
        connection.rollback()


def _take(number: int, row: Any, columns: list[Column], rows: Collected) -> None:
    texts: list[str] = []
    for value, column in zip(row, columns, strict=True):
        text = _text(value, column)
        if text is None or len(text) > FIELD:
            return rows.set_aside(number, column.name, SPOILT if text is None else "too_long")
        texts.append(text)
    return rows.put(number, texts)


def _text(value: Any, column: Column) -> str | None:
    """Return a value as text. A whole number is its digits: the database declared its column so."""
    return str(value) if value.__class__ is int else text_of(value, column)


def _sentence(table: Table, bad: BaseException) -> str:
    """Say that a database could not be read, and of which kind the error was: its text may name hosts and accounts."""
    if isinstance(bad, ImportError):
        return f"database {table.database}: its driver is not installed here. Install it beside Traumatracker."
    return (
        f"database {table.database}: {table.query_table} could not be read ({type(bad).__name__}). "
        "Check the setting, the network, and that the account may read the kept columns."
    )


def _last_profile(table: Table, held: ProfileRecord) -> str:
    """Return the fingerprint of the profile by which a table was last read."""
    for batch in reversed(held.batches()):
        if any(file["table"] == table.name for file in batch["files"]):
            return str(batch["profile"])
    return ""


def _newest(path: Path) -> int:
    """Return the newest version in one file of the record, from its statistics."""
    held = pq.ParquetFile(path).metadata
    at = held.schema.to_arrow_schema().get_field_index("_version")
    return max(int(held.row_group(group).column(at).statistics.max) for group in range(held.num_row_groups))
