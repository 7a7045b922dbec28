"""What the tests of the record share: a decision as cells, and the rows that each way of reading gives."""

import duckdb
from deltalake import DeltaTable

from tests.sources.made_up import RECEIVED, profile
from traumatracker.record.sql import scan
from traumatracker.sources.intake import accept_cells


def decide(force, table, at=RECEIVED, **cells):
    """Take one decision of a person into the record: column of the channel table → cell."""
    columns = profile.channel_table(table).columns
    usual = {"Id": "1", "Version": "1", "Decided_At": "2024-06-01T10:00:00Z", "State": "standing"}
    row = [str((usual | cells).get(name, "")) for name in columns]
    return accept_cells(profile, force.record, {table: [row]}, at, "decisions")


def by_manifest(held, table):
    """Every row of a table by the manifest's files: (key, version, hash, batch), in order."""
    parts = held.parts(table)
    return in_order(duckdb.sql(f"SELECT _key, _version, _hash, _batch FROM {scan(parts)}").fetchall()) if parts else []


def by_deltalake(held, table):
    """The same as the deltalake package reads it."""
    rows = DeltaTable(str(held.folder / table)).to_pyarrow_dataset().to_table().to_pylist()
    return in_order((row["_key"], row["_version"], row["_hash"], row["_batch"]) for row in rows)


def by_duckdb_over_delta(held, table):
    """The same as DuckDB reads the files that Delta's log lists."""
    uris = DeltaTable(str(held.folder / table)).file_uris()
    return in_order(duckdb.sql(f"SELECT _key, _version, _hash, _batch FROM {scan(uris)}").fetchall()) if uris else []


def in_order(rows):
    return sorted(rows)


def agree(held):
    """Fail unless every way of reading every table gives the same rows."""
    for table, entry in held.manifest()["tables"].items():
        if entry["parts"] or (held.folder / table / "_delta_log").exists():
            told = by_manifest(held, table)
            assert by_deltalake(held, table) == told
            assert by_duckdb_over_delta(held, table) == told
