"""The engine over a few incidents: what live asks for, a handful of messages at a time.

DuckDB needs some fifty statements whatever the number of rows, and most of what they cost is reading them, so few
rows are evaluated by the reference, in plain Python, which is what the tables mean in the first place. Its loops go
over all rows for each row, so many rows (a busy officer's number decided again) are evaluated by `bulk` even here.
"""

from dataclasses import asdict
from datetime import date
from typing import Any

import duckdb

from traumatracker.engine import bulk, reference
from traumatracker.engine.pack import Pack
from traumatracker.engine.tables import ENTITIES, Tables

READ = ("incident", "incident_code", "incident_link", "deployment", "involvement", "crew", "identifier", "correction",
        "posting")  # fmt: skip
# Rows up to which plain Python is surely the quicker. Source: measured on a slice of bench/force_year.py, one thread:
# 668 rows 19 ms against 142, 3,927 rows 52 ms against 195; lower, because links in long chains cost it more.
MOST_ROWS = 3_000
_NOTHING = dict.fromkeys(bulk.EXPOSURE_COLUMNS)


def entries(connection: duckdb.DuckDBPyConnection, pack: Pack, as_of: date) -> list[dict[str, Any]]:
    """Return the exposures and questions up to `as_of` as their columns by name, with their `kind`.

    Rows: those of `bulk.evaluate`, by person, kind, event and occasion; a question has nothing in the columns that only
    an exposure has. The connection holds the tables `READ`; whatever else `bulk.build` may leave is no one's to read.
    Raises BadPack for a role that the sources state and the pack does not define.
    """
    tables = few(connection)
    result = bulk.evaluate(connection, pack, as_of) if tables is None else reference.evaluate(tables, pack, as_of)
    rows = [
        _NOTHING | asdict(row) | {"kind": kind}
        for kind, found in (("exposure", result.exposures), ("question", result.questions))
        for row in found
    ]
    return sorted(rows, key=lambda row: (row["person_id"], row["kind"], row["event_id"], row["occasion"]))


def few(connection: duckdb.DuckDBPyConnection) -> Tables | None:
    """Return the connection's canonical tables as plain rows; None where there are more than `MOST_ROWS`."""
    rows: dict[str, list[Any]] = {}
    left = MOST_ROWS
    for entity in READ:
        query = f"SELECT {', '.join(ENTITIES[entity])} FROM {entity} LIMIT {left + 1}"
        rows[entity] = connection.execute(query).fetchall()
        left -= len(rows[entity])
        if left < 0:
            return None
    return Tables(**rows)
