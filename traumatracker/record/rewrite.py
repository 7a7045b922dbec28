"""Putting other files in the place of a table's files: compaction, retention and erasure do it all the same way.

The new files are written beside the old ones and read back; then the manifest names them instead, Delta follows, and
the old files are deleted. A process killed before the manifest is replaced has changed nothing; killed after it, the
next batch deletes what is left.
"""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from traumatracker.errors import CannotRun
from traumatracker.record.manifest import Manifest, table_of
from traumatracker.record.settle import MEMORY
from traumatracker.record.sql import quoted, scan
from traumatracker.record.stage import META, writer
from traumatracker.record.steps import step
from traumatracker.record.store import WITHHELD, ProfileRecord

ROWS_IN_A_GROUP = 122_880  # DuckDB's own size of a row group, which it reads at once


@dataclass
class Rewriting:
    """New files for old ones, of any number of tables, made visible together by `publish`."""

    held: ProfileRecord
    connection: duckdb.DuckDBPyConnection = field(init=False)
    _staged: dict[str, Path] = field(default_factory=dict)
    _instead: list[tuple[str, str, list[str], str]] = field(default_factory=list)  # table, kind, old places, new place
    _plain: set[str] = field(default_factory=set)
    _fewer: bool = False

    def __post_init__(self) -> None:
        self.held.staging.mkdir(parents=True, exist_ok=True)
        spill = str(self.held.staging / "spill")
        self.connection = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": spill})

    def __enter__(self) -> "Rewriting":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def replace(self, table: str, kind: str, old: list[Path], sql: str) -> int:
        """Write the rows that `sql` gives in place of the old files of one table and kind; return how many.

        `sql` gives every column of the old files. Raises CannotRun when what was written does not read back as it was.
        """
        step("rewrite")
        schema = WITHHELD if kind == "withheld" else schema_of(old)
        columns = ", ".join(map(quoted, schema.names))
        path = self.held.staging / f"{table}.{kind}.kept.parquet"
        rows = self._written(path, schema, f"SELECT {columns} FROM ({sql})")
        if self._told(f"SELECT {columns} FROM ({sql})") != self._told(f"SELECT {columns} FROM {scan([path])}"):
            raise CannotRun("What was written does not read back as it was, so nothing was changed. Check the disk.")
        self._fewer = self._fewer or rows < self.count(old)
        number = self.held.manifest()["changes"] + 1
        place = f"{table}/kept-{number:06d}{'' if kind == 'parts' else f'.{kind}'}.parquet" if rows else ""
        if place:
            self._staged[place] = path
        self._instead.append((table, kind, [p.relative_to(self.held.folder).as_posix() for p in old], place))
        return rows

    def one_version_each(self, table: str) -> None:
        """Note that no key of this table has more than one version any more."""
        self._plain.add(table)

    def publish(self, *, same_content: bool = False) -> bool:
        """Make the new files count, all at once, and delete the old ones; False when there was nothing to replace.

        Waits until nobody reads the old files any more. `same_content`: what stayed of the rows was not altered.
        """
        if not self._instead:
            return False

        def change(manifest: Manifest) -> None:
            for table, kind, old, new in self._instead:
                entry = table_of(manifest, table)
                first = min(entry[kind].index(place) for place in old)
                rest = [place for place in entry[kind] if place not in old]
                entry[kind] = rest[:first] + ([new] if new else []) + rest[first:]
            for table in self._plain:
                table_of(manifest, table)["versions"] = False

        self.held.publish(change, self._staged, same_rows=same_content and not self._fewer)
        step("sweep")
        self.held.sweep(wait=True)
        return True

    def count(self, files: list[Path]) -> int:
        """Return how many rows these files have."""
        return sum(pq.read_metadata(path).num_rows for path in files)

    def _written(self, path: Path, schema: pa.Schema, sql: str) -> int:
        rows = 0
        with writer(path, schema) as out:
            for batch in self.connection.sql(sql).to_arrow_reader(ROWS_IN_A_GROUP):
                out.write_table(pa.Table.from_batches([batch]).cast(schema), row_group_size=ROWS_IN_A_GROUP)
                rows += len(batch)
        return rows

    def _told(self, sql: str) -> tuple[int, str]:
        """How many rows, and one number that changes when any value of any of them does; their order does not count."""
        told = f"SELECT count(*), coalesce(sum(hash(r)::HUGEINT), 0)::VARCHAR FROM ({sql}) r"
        rows, all_of_them = self.connection.execute(told).fetchall()[0]
        return rows, all_of_them


def schema_of(files: list[Path]) -> pa.Schema:
    """Return every column that any of these files has; its type is the newest file's."""
    fields = {found.name: found for path in files for found in pq.read_schema(path)}
    meta = {name: found for name, found in fields.items() if name in META}
    return pa.schema([*(found for name, found in fields.items() if name not in meta), *meta.values()])


def not_withheld(rows: str, withheld: list[Path]) -> str:
    """Return SQL of the rows (SQL of a relation) whose key and version were not withheld by a source."""
    if not withheld:
        return f"SELECT * FROM {rows}"
    gone = f"SELECT _key_sha256, max(_version) AS gone_from FROM {scan(withheld)} GROUP BY ALL"
    return (
        f"SELECT r.* FROM {rows} r LEFT JOIN ({gone}) g ON g._key_sha256 = sha256(r._key) "
        "WHERE gone_from IS NULL OR gone_from < r._version"
    )
