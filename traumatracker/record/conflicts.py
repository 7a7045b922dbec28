"""Rows of one key and version that say something else than the row held: both are kept, and a person may choose.

The held row counts until somebody decides. A decision is a row of the table `people_choices` (packs/channels) that
names the row by the hash of its key, its version, and the hash of the content that is to count.
"""

from hashlib import sha256
from typing import Any, NamedTuple

import duckdb

from traumatracker.record.sql import scan, text
from traumatracker.record.store import ProfileRecord


class Conflict(NamedTuple):
    """A row kept aside, and the row held in its place. Hashes of content and key in hexadecimal."""

    key: str
    version: int
    hash: str
    batch: str
    held_hash: str

    @property
    def key_sha256(self) -> str:
        return sha256(self.key.encode()).hexdigest()


def conflicts(held: ProfileRecord, table: str) -> list[Conflict]:
    """Return every row of a table that is kept aside, oldest batch first.

    The row held of a table without versions is the newest one that came no later.
    """
    aside, parts = held.parts(table, "conflicts"), held.parts(table)
    if not aside or not parts:
        return []
    with duckdb.connect() as connection:
        found = connection.execute(_CONFLICTS.format(aside=scan(aside), held=scan(parts))).fetchall()
    return [Conflict(*row) for row in found]


def contents(held: ProfileRecord, table: str, key_sha256: str, version: int) -> dict[str, dict[str, Any]]:
    """Return what each row of one key and version says: hash of the content → kept columns, in both kinds of file."""
    files = held.parts(table, "conflicts") + held.parts(table)
    if not files:
        return {}
    with duckdb.connect() as connection:
        rows = connection.execute(_CONTENTS.format(files=scan(files), key=text(key_sha256), version=int(version)))
        names = [column[0] for column in rows.description or []]
        found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    return {row.pop("said"): {name: value for name, value in row.items() if name[0] != "_"} for row in found}


_CONFLICTS = """
SELECT o._key, o._version, lower(hex(o._hash)), o._batch, lower(hex(h._hash))
FROM {aside} o LEFT JOIN (SELECT _key, _version, _hash, _batch, _seq FROM {held}) h
    ON h._key = o._key AND h._version <= o._version
QUALIFY row_number() OVER (
    PARTITION BY o._key, o._version, o._hash ORDER BY h._version DESC, h._batch DESC, h._seq DESC) = 1
ORDER BY o._batch, o._seq
"""

_CONTENTS = """
SELECT lower(hex(_hash)) AS said, * FROM {files}
WHERE _version = {version} AND sha256(_key) = {key} ORDER BY _batch DESC, _seq DESC
"""
