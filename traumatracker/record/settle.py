"""What becomes of each staged row: new, a duplicate, or a conflict. Set-based, with bounded memory.

With a version column, the reference of (key, version) is what is held, or else the row that came first in the batch.
Without one, the batch's time is the version, and the reference of a key is the newest row held: a snapshot that says
something else supersedes it, one that says two things in the same batch is a conflict.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from traumatracker.record.sql import scan, text
from traumatracker.record.stage import Stage
from traumatracker.record.steps import step

MEMORY = "400MB"  # beyond it DuckDB spills to the staging folder


@dataclass(frozen=True)
class Settled:
    """How many staged rows are kept, and the Parquet file of yes or no (`kept`, `aside`) for each row in order; no
    file where all are kept.

    `duplicates`: file → rows; `conflicts`: (file, row) of each; `aside`: conflicting rows whose content is not kept
    aside yet; `superseding`: kept rows whose key is already held or comes again in the batch.
    """

    kept: int
    mask: Path | None
    duplicates: dict[str, int]
    conflicts: list[tuple[str, int]]
    superseding: int
    aside: int = 0


def settle(stage: Stage, versioned: bool) -> Settled:
    """Return what becomes of the staged rows of one table."""
    if not stage.rows:
        return Settled(0, None, {}, [], 0)
    step("settle")
    mask = stage.path.with_suffix(".mask.parquet")
    connection = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(stage.held.staging / "spill")})
    try:
        if _all_new(connection, stage):
            return Settled(stage.rows, None, {}, [], 0)
        _tables(connection, stage, versioned)
        duplicates = dict(connection.execute(_COUNT.format(state="duplicate")).fetchall())
        conflicts = connection.execute(_CONFLICTS).fetchall()
        connection.execute(f"COPY ({_MASK if conflicts else _NO_CONFLICTS}) TO {text(mask)}")
        aside = connection.execute(f"SELECT count(*) FROM {scan([mask])} WHERE aside").fetchall()[0][0]
        superseding = connection.execute(_SUPERSEDING).fetchall()[0][0]
    finally:
        connection.close()
    kept = stage.rows - sum(duplicates.values()) - len(conflicts)
    return Settled(kept, mask, duplicates, conflicts, superseding, aside)


def _all_new(connection: duckdb.DuckDBPyConnection, stage: Stage) -> bool:
    """Whether nothing is held and no key comes twice, so that every row is new; False also where that is not sure.

    As many hashes of keys as rows: no two keys are the same. Two keys of one hash only cost the longer way.
    """
    if stage.held.parts(stage.table):
        return False
    told = f"SELECT count(DISTINCT hash(_key)) FROM {scan([stage.path])}"
    return bool(connection.execute(told).fetchall()[0][0] == stage.rows)


def _tables(connection: duckdb.DuckDBPyConnection, stage: Stage, versioned: bool) -> None:
    held = stage.held.parts(stage.table)
    wanted = "_key, _version, _hash, _batch, _seq"
    connection.execute(f"CREATE VIEW held AS SELECT {wanted} FROM {_or_empty(held, stage.path)}")
    connection.execute(f"CREATE VIEW staged AS SELECT {wanted}, _file, _row FROM {scan([stage.path])}")
    connection.execute(_VERSIONED if versioned else _BY_BATCH)
    # Without versions each batch is a version: what was kept aside once is not kept again for being read again.
    version = "_version" if versioned else "0"
    set_aside = _or_empty(stage.held.parts(stage.table, "conflicts"), stage.path)
    connection.execute(f"CREATE VIEW set_aside AS SELECT _key, {version} AS _version, _hash FROM {set_aside}")
    connection.execute(f"CREATE VIEW judged AS SELECT * REPLACE ({version} AS _version) FROM verdict")


def _or_empty(held: list[Path], staged: Path) -> str:
    return scan(held) if held else f"(SELECT * FROM {scan([staged])} WHERE false)"


_NO_CONFLICTS = "SELECT state = 'new' AS kept, false AS aside FROM verdict ORDER BY _seq"
_MASK = """
SELECT state = 'new' AS kept, state = 'conflict' AND set_aside._key IS NULL AND 1 = row_number() OVER (
    PARTITION BY judged._key, judged._version, judged._hash, state ORDER BY _seq) AS aside
FROM judged LEFT JOIN (SELECT DISTINCT * FROM set_aside) AS set_aside USING (_key, _version, _hash) ORDER BY _seq
"""


_VERSIONED = """
CREATE TEMP TABLE verdict AS
WITH first AS (SELECT _key, _version, arg_min(_hash, _seq) AS said, min(_seq) AS at FROM staged GROUP BY ALL),
known AS (SELECT _key, _version, arg_min(_hash, (_batch, _seq)) AS said FROM held SEMI JOIN first USING (_key, _version)
          GROUP BY ALL)
SELECT s._seq, s._key, s._version, s._hash, s._file, s._row, CASE
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
SELECT s._seq, s._key, s._version, s._hash, s._file, s._row, CASE
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
