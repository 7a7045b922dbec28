"""What becomes of each staged row: new, a duplicate, or a conflict. Set-based, with bounded memory.

With a version column, the reference of (key, version) is what is held, or else the row that came first in the batch.
Without one, the batch's time is the version, and the reference of a key is the newest row held: a snapshot that says
something else supersedes it, one that says two things in the same batch is a conflict.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from traumatracker.record.store import Stage, scan, text

MEMORY = "400MB"  # beyond it DuckDB spills to the staging folder


@dataclass(frozen=True)
class Settled:
    """How many staged rows are kept, and the Parquet file of yes or no for each row in order.

    `duplicates`: file → rows; `conflicts`: (file, row) of each; `superseding`: kept rows whose key is already held
    or comes again in the batch.
    """

    kept: int
    mask: Path | None
    duplicates: dict[str, int]
    conflicts: list[tuple[str, int]]
    superseding: int


def settle(stage: Stage, versioned: bool) -> Settled:
    """Return what becomes of the staged rows of one table."""
    if not stage.rows:
        return Settled(0, None, {}, [], 0)
    mask = stage.path.with_suffix(".mask.parquet")
    connection = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(stage.held.staging / "spill")})
    try:
        _tables(connection, stage, versioned)
        connection.execute(f"COPY (SELECT state = 'new' AS kept FROM verdict ORDER BY _seq) TO {text(mask)}")
        duplicates = dict(connection.execute(_COUNT.format(state="duplicate")).fetchall())
        conflicts = connection.execute(_CONFLICTS).fetchall()
        superseding = connection.execute(_SUPERSEDING).fetchall()[0][0]
    finally:
        connection.close()
    kept = stage.rows - sum(duplicates.values()) - len(conflicts)
    return Settled(kept, mask, duplicates, conflicts, superseding)


def _tables(connection: duckdb.DuckDBPyConnection, stage: Stage, versioned: bool) -> None:
    held = stage.held.parts(stage.table)
    wanted = "_key, _version, _hash, _batch, _seq"
    connection.execute(f"CREATE VIEW held AS SELECT {wanted} FROM {_or_empty(held, stage.path)}")
    connection.execute(f"CREATE VIEW staged AS SELECT {wanted}, _file, _row FROM {scan([stage.path])}")
    connection.execute(_VERSIONED if versioned else _BY_BATCH)


def _or_empty(held: list[Path], staged: Path) -> str:
    return scan(held) if held else f"(SELECT * FROM {scan([staged])} WHERE false)"


_VERSIONED = """
CREATE TEMP TABLE verdict AS
WITH first AS (SELECT _key, _version, arg_min(_hash, _seq) AS said, min(_seq) AS at FROM staged GROUP BY ALL),
known AS (SELECT _key, _version, arg_min(_hash, (_batch, _seq)) AS said FROM held SEMI JOIN first USING (_key, _version)
          GROUP BY ALL)
SELECT s._seq, s._key, s._file, s._row, CASE
    WHEN k._key IS NULL AND s._seq = f.at THEN 'new'
    WHEN s._hash = coalesce(k.said, f.said) THEN 'duplicate'
    ELSE 'conflict' END AS state
FROM staged s JOIN first f USING (_key, _version) LEFT JOIN known k USING (_key, _version)
"""

_BY_BATCH = """
CREATE TEMP TABLE verdict AS
WITH first AS (SELECT _key, arg_min(_hash, _seq) AS said, min(_seq) AS at FROM staged GROUP BY ALL),
known AS (SELECT _key, arg_max(_hash, (_version, _batch, _seq)) AS said FROM held SEMI JOIN first USING (_key)
          GROUP BY ALL)
SELECT s._seq, s._key, s._file, s._row, CASE
    WHEN s._hash <> f.said THEN 'conflict'
    WHEN s._seq = f.at AND k.said IS DISTINCT FROM f.said THEN 'new'
    ELSE 'duplicate' END AS state
FROM staged s JOIN first f USING (_key) LEFT JOIN known k USING (_key)
"""

_SUPERSEDING = """
WITH kept AS (SELECT _key, count(*) AS times FROM verdict WHERE state = 'new' GROUP BY _key)
SELECT coalesce(sum(times - 1), 0)::BIGINT + (SELECT count(*) FROM kept SEMI JOIN held USING (_key)) FROM kept
"""

_COUNT = "SELECT _file, count(*) FROM verdict WHERE state = '{state}' GROUP BY _file ORDER BY _file"
_CONFLICTS = "SELECT _file, _row FROM verdict WHERE state = 'conflict' ORDER BY _seq"
