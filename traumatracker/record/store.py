"""The record: Parquet files of kept columns, made visible a whole batch at a time by one manifest.

    <home>/record/<profile>/manifest.json           the batches that count; replaced by one rename
    <home>/record/<profile>/<table>/batch-000001.parquet
    <home>/record/<profile>/quarantine/batch-000001.parquet

Every row carries `_key` (natural key), `_version` (a whole number; newer supersedes), `_hash` (SHA-256 of the kept
content), `_batch`, `_known_at` and `_known_on` (when the source knew: UTC, and the local date), `_file`, `_row`, and
`_seq` (order of arrival in the batch). Nothing is changed or removed here: a correction is another row. A file
that the manifest does not name does not exist: a killed batch leaves nothing but litter, swept by the next one.
Decided in docs/adr/0030-first-record.md.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from traumatracker.errors import CannotRun

META = {
    "_key": pa.string(),
    "_version": pa.int64(),
    "_hash": pa.binary(32),
    "_known_at": pa.timestamp("us"),
    "_known_on": pa.date32(),
    "_batch": pa.string(),
    "_file": pa.string(),
    "_row": pa.int64(),
    "_seq": pa.int64(),
}
# A key that a source restricted after it was taken: only its hash, and the version from which it must not be shown.
WITHHELD = pa.schema([("_key_sha256", pa.string()), ("_version", pa.int64())])
_FEW_VALUES = ["_batch", "_file"]


class Record:
    """The record of every profile under one home folder."""

    def __init__(self, home: Path):
        self.folder = Path(home) / "record"

    def of(self, profile_id: str) -> "ProfileRecord":
        """Return the record of one profile."""
        return ProfileRecord(self.folder / profile_id)

    @contextmanager
    def taking(self, profile_id: str) -> Iterator["ProfileRecord"]:
        """Hold the record of a profile while a batch is taken: one at a time, and tidied up first.

        Raises CannotRun while another process takes a batch into it.
        """
        held = self.of(profile_id)
        held.folder.mkdir(parents=True, exist_ok=True)
        with (held.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as busy:
                raise CannotRun("Another refresh is taking files into this record. Wait until it has ended.") from busy
            held.sweep()
            try:
                yield held
            finally:
                shutil.rmtree(held.staging, ignore_errors=True)


@dataclass(frozen=True)
class ProfileRecord:
    """The rows accepted for one profile."""

    folder: Path

    @property
    def staging(self) -> Path:
        return self.folder / ".taking"

    def batches(self) -> list[dict[str, Any]]:
        """Return what the manifest says of each batch, oldest first: its number, time, tables and files."""
        path = self.folder / "manifest.json"
        return json.loads(path.read_text("utf-8"))["batches"] if path.exists() else []

    def parts(self, table: str) -> list[Path]:
        """Return the Parquet files of a table, oldest batch first."""
        return [self.folder / b["tables"][table]["path"] for b in self.batches() if table in b["tables"]]

    def withheld_parts(self, table: str) -> list[Path]:
        """Return the files of keys that must not be kept any more (columns `WITHHELD`), oldest batch first."""
        return [self.folder / b["withheld"][table] for b in self.batches() if table in b.get("withheld", {})]

    def withheld(self, table: str) -> set[tuple[str, int]]:
        """Return the keys withheld so far: the hash of each, and the version it is withheld from."""
        rows = [row for part in self.withheld_parts(table) for row in pq.read_table(part).to_pylist()]
        return {(row["_key_sha256"], row["_version"]) for row in rows}

    def stage_withheld(self, table: str, keys: set[tuple[str, int]]) -> Path | None:
        """Write the keys that are not withheld yet to the staging folder; None when there are none."""
        fresh = sorted(keys - self.withheld(table))
        if not fresh:
            return None
        path = self.staging / f"{table}.withheld.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        hashes, versions = zip(*fresh, strict=True)
        pq.write_table(pa.table([hashes, versions], schema=WITHHELD), path, compression="zstd")
        return path

    def current_sql(self, table: str, columns: dict[str, str]) -> str:
        """Return SQL that selects the newest version of each key, with the metadata.

        Columns: those asked for (name → DuckDB type; NULL where no batch ever held them), then `META`.
        """
        parts = self.parts(table)
        meta = {name: _duck(kind) for name, kind in META.items()}
        if not parts:
            return f"SELECT {_nulls(columns | meta)} WHERE false"
        held = {name for part in parts for name in pq.read_schema(part).names}
        shown = ", ".join(
            f"{quoted(name)}::{kind} AS {quoted(name)}" if name in held else _nulls({name: kind})
            for name, kind in (columns | meta).items()
        )
        newest = "QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _version DESC, _batch DESC, _seq DESC) = 1"
        rows = f"SELECT * FROM {scan(parts)} {newest if self.has_versions(table) else ''}"
        if withheld := self.withheld_parts(table):
            gone = f"SELECT _key_sha256, max(_version) AS gone_from FROM {scan(withheld)} GROUP BY ALL"
            rows = f"SELECT r.* FROM ({rows}) r LEFT JOIN ({gone}) ON _key_sha256 = sha256(_key) "
            rows += "WHERE gone_from IS NULL OR gone_from < _version"
        return f"SELECT {shown} FROM ({rows})"

    def current(self, connection: duckdb.DuckDBPyConnection, table: str) -> duckdb.DuckDBPyRelation:
        """Return the newest version of each key of a table as a relation, every kept column included."""
        kinds = {f.name: _duck(f.type) for part in self.parts(table) for f in pq.read_schema(part)}
        kept = {name: kind for name, kind in kinds.items() if name not in META}
        return connection.sql(self.current_sql(table, kept))

    def has_versions(self, table: str) -> bool:
        """Whether any key of the table has more than one version."""
        return any(b["tables"][table]["superseding"] for b in self.batches() if table in b["tables"])

    def sweep(self) -> None:
        """Remove what a killed batch left behind: staged files, and files that the manifest does not name."""
        shutil.rmtree(self.staging, ignore_errors=True)
        named = {self.folder / t["path"] for b in self.batches() for t in b["tables"].values()}
        named |= {self.folder / path for b in self.batches() for path in b.get("withheld", {}).values()}
        named |= {self.folder / b["quarantine"] for b in self.batches() if b["quarantine"]}
        for path in self.folder.glob("*/batch-*.parquet"):
            if path not in named:
                path.unlink()

    def publish(self, entry: dict[str, Any], staged: dict[str, Path]) -> None:
        """Make a batch visible: move its staged files into place, then name them all in the manifest at once."""
        for place, path in staged.items():
            target = self.folder / place
            target.parent.mkdir(exist_ok=True)
            _sync(path)
            path.rename(target)
            _sync(target.parent)
        manifest = json.dumps({"format": 1, "batches": [*self.batches(), entry]}, indent=1, sort_keys=True)
        temporary = self.folder / ".manifest.json.new"
        temporary.write_text(manifest + "\n", "utf-8")
        _sync(temporary)
        temporary.rename(self.folder / "manifest.json")
        _sync(self.folder)


class Stage:
    """Rows of one table on their way in: written as they are read, then settled against what is held."""

    def __init__(self, held: ProfileRecord, table: str, batch: str, columns: dict[str, pa.DataType]):
        self.held, self.table, self.batch = held, table, batch
        self.schema = pa.schema(list((columns | META).items()))
        self.path = held.staging / f"{table}.parquet"
        self._writer: pq.ParquetWriter | None = None
        self.rows = 0

    def write(self, columns: dict[str, pa.Array]) -> None:
        """Stage one chunk: every column of the schema but `_batch` and `_seq`."""
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = _writer(self.path, self.schema)
        count = len(columns["_key"])
        columns["_batch"] = pa.repeat(pa.scalar(self.batch), count)
        columns["_seq"] = pa.array(range(self.rows, self.rows + count), pa.int64())
        self._writer.write_table(pa.table([columns[name] for name in self.schema.names], schema=self.schema))
        self.rows += count

    def close(self) -> None:
        """End the staged file, so that it can be read."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def keep(self, kept: int, mask: Path | None) -> Path | None:
        """Return a staged file of only the rows the mask says yes to; None when that is none of them."""
        if not kept or mask is None:
            return None
        if kept == self.rows:
            return self.path
        thinned, at = self.path.with_suffix(".kept.parquet"), 0
        yes = pq.read_table(mask)["kept"].combine_chunks()
        with _writer(thinned, self.schema) as writer:
            for rows in pq.ParquetFile(self.path).iter_batches(batch_size=65_536):
                writer.write_table(pa.Table.from_batches([rows]).filter(yes.slice(at, len(rows))))
                at += len(rows)
        return thinned


def scan(parts: list[Path]) -> str:
    """Return the SQL that reads these Parquet files as one table, whatever columns each has."""
    names = ", ".join(map(text, parts))
    return f"read_parquet([{names}], union_by_name = true)"


def quoted(name: str) -> str:
    """Return a column name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def text(value: object) -> str:
    """Return a text as SQL writes it."""
    return "'" + str(value).replace("'", "''") + "'"


def _nulls(columns: dict[str, str]) -> str:
    return ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in columns.items())


def _duck(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return _duck(kind.value_type) + "[]"
    names = {
        pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.date32(): "DATE", pa.bool_(): "BOOLEAN",
        pa.timestamp("us"): "TIMESTAMP", pa.binary(32): "BLOB",
    }  # fmt: skip
    return names[kind]


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    few = [name for name in schema.names if not name.startswith("_")] + _FEW_VALUES
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=few)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
