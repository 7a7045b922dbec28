"""The record: Parquet files of kept columns, made visible a whole batch at a time by one manifest.

    <home>/record/<profile>/manifest.json           the files that count (manifest.py); replaced by one rename
    <home>/record/<profile>/<table>/batch-000001.parquet
    <home>/record/<profile>/<table>/batch-000001.conflicts.parquet
    <home>/record/<profile>/<table>/_delta_log/     the same files as a Delta Lake table (delta.py)
    <home>/record/<profile>/quarantine/batch-000001.parquet

Every row carries `_key` (natural key), `_version` (a whole number; newer supersedes), `_hash` (SHA-256 of the kept
content), `_batch`, `_known_at` and `_known_on` (when the source knew: UTC, and the local date), `_file`, `_row`, and
`_seq` (order of arrival in the batch). A batch changes and removes nothing: a correction is another row. A file
that the manifest does not name does not exist: a killed batch leaves nothing but litter, swept by the next one.
Decided in docs/adr/0030-first-record.md and docs/adr/0060-record-on-delta-lake.md.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from traumatracker.errors import CannotRun
from traumatracker.record import delta, manifest
from traumatracker.record.manifest import Manifest, sync
from traumatracker.record.sql import duck, nulls, quoted, scan, text
from traumatracker.record.stage import META, Stage
from traumatracker.record.steps import step

__all__ = ["META", "WITHHELD", "ProfileRecord", "Record", "Stage", "quoted", "scan", "text"]

# A key that a source restricted after it was taken: only its hash, and the version from which it must not be shown.
WITHHELD = pa.schema([("_key_sha256", pa.string()), ("_version", pa.int64())])
CHOICES = "people_choices"  # the table of what people decided about conflicts; see packs/channels/people.toml


class Record:
    """The record of every profile under one home folder."""

    def __init__(self, home: Path):
        self.folder = Path(home) / "record"

    def of(self, profile_id: str) -> "ProfileRecord":
        """Return the record of one profile."""
        return ProfileRecord(self.folder / profile_id)

    @contextmanager
    def taking(self, profile_id: str) -> Iterator["ProfileRecord"]:
        """Hold the record of a profile while a batch is taken: one at a time, tidied up and in step with Delta first.

        Raises CannotRun while another process takes a batch into it, or rewrites it.
        """
        held = self.of(profile_id)
        held.folder.mkdir(parents=True, exist_ok=True)
        with (held.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as busy:
                raise CannotRun("Another refresh is taking files into this record. Wait until it has ended.") from busy
            held.sweep()
            held.repair()
            try:
                yield held
            finally:
                shutil.rmtree(held.staging, ignore_errors=True)

    @contextmanager
    def reading(self, profile_id: str) -> Iterator["ProfileRecord"]:
        """Hold the files of a profile while they are read, so that a rewrite waits before it deletes any of them."""
        held = self.of(profile_id)
        if not held.folder.exists():
            yield held
            return
        with (held.folder / ".reading").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield held


@dataclass(frozen=True)
class ProfileRecord:
    """The rows accepted for one profile."""

    folder: Path

    @property
    def staging(self) -> Path:
        return self.folder / ".taking"

    def manifest(self) -> Manifest:
        """Return the manifest (see manifest.py), not to be altered."""
        return manifest.seen(self.folder)

    def batches(self) -> list[dict[str, Any]]:
        """Return what the manifest says of each batch, oldest first: its number, time, rows and files."""
        found: list[dict[str, Any]] = self.manifest()["batches"]
        return found

    def parts(self, table: str, kind: str = "parts") -> list[Path]:
        """Return the Parquet files of a table, oldest first; `kind` may also be "conflicts" or "withheld"."""
        return [self.folder / path for path in self.manifest()["tables"].get(table, {}).get(kind, [])]

    def withheld(self, table: str) -> set[tuple[str, int]]:
        """Return the keys withheld so far: the hash of each, and the version it is withheld from."""
        rows = [row for part in self.parts(table, "withheld") for row in pq.read_table(part).to_pylist()]
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

        Columns: those asked for (name → DuckDB type; NULL where no batch ever held them), then `META`. Where a person
        has chosen between two rows of one version, the chosen one stands for it.
        """
        parts = self.parts(table)
        meta = {name: duck(kind) for name, kind in META.items()}
        if not parts:
            return f"SELECT {nulls(columns | meta)} WHERE false"
        held = {name for part in parts for name in pq.read_schema(part).names}
        shown = ", ".join(_shown(name, kind, held) for name, kind in (columns | meta).items())
        chosen = self._chosen_sql(table, parts)
        newest = "QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _version DESC, _batch DESC, _seq DESC) = 1"
        rows = f"SELECT * FROM {chosen or scan(parts)} {newest if chosen or self.has_versions(table) else ''}"
        if withheld := self.parts(table, "withheld"):
            gone = f"SELECT _key_sha256, max(_version) AS gone_from FROM {scan(withheld)} GROUP BY ALL"
            rows = f"SELECT r.* FROM ({rows}) r LEFT JOIN ({gone}) ON _key_sha256 = sha256(_key) "
            rows += "WHERE gone_from IS NULL OR gone_from < _version"
        return f"SELECT {shown} FROM ({rows})"

    def _chosen_sql(self, table: str, parts: list[Path]) -> str:
        """The held rows with those that people chose in place of them; "" where there is nothing to choose."""
        conflicts, choices = self.parts(table, "conflicts"), self.parts(CHOICES)
        if not conflicts or not choices:
            return ""
        return _CHOSEN.format(held=scan(parts), conflicts=scan(conflicts), choices=scan(choices), table=text(table))

    def current(self, connection: duckdb.DuckDBPyConnection, table: str) -> duckdb.DuckDBPyRelation:
        """Return the newest version of each key of a table as a relation, every kept column included."""
        kinds = {f.name: duck(f.type) for part in self.parts(table) for f in pq.read_schema(part)}
        kept = {name: kind for name, kind in kinds.items() if name not in META}
        return connection.sql(self.current_sql(table, kept))

    def has_versions(self, table: str) -> bool:
        """Whether any key of the table has more than one version."""
        return bool(self.manifest()["tables"].get(table, {}).get("versions"))

    def sweep(self, *, wait: bool = False) -> None:
        """Remove what a killed batch left behind: staged files, and files that the manifest does not name.

        Files that somebody still reads (`Record.reading`) stay for the next sweep, or this one waits.
        """
        shutil.rmtree(self.staging, ignore_errors=True)
        named = {self.folder / path for path in manifest.named(self.manifest())}
        litter = [path for path in self.folder.glob("*/*.parquet") if path not in named]
        if litter:
            with (self.folder / ".reading").open("a") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                except OSError:
                    return
                for path in litter:
                    path.unlink()

    def out_of_step(self) -> dict[str, int]:
        """Return table → how many files its Delta log lacks or has too many. Changes nothing."""
        return delta.compare(self.folder, self.manifest())

    def repair(self, *, always: bool = False) -> dict[str, int]:
        """Bring the Delta logs in step with the manifest where a killed process left them behind.

        Returns table → files added to or removed from its log. `always`: also when it was noted that they are in step.
        """
        now = self.manifest()
        if not now["tables"] or (delta.in_step(self.folder, now) and not always):
            return {}
        return delta.bring_in_step(self.folder, now)

    def publish(self, change: Callable[[Manifest], None], staged: dict[str, Path], *, same_rows: bool = False) -> None:
        """Make a change visible: move its staged files into place, name them in the manifest, then follow in Delta.

        `change` is given the manifest to alter; `staged`: path below this folder → file of the staging folder.
        `same_rows`: files are only rewritten (compaction).
        """
        step("publish")
        for place, path in staged.items():
            target = self.folder / place
            target.parent.mkdir(exist_ok=True)
            sync(path)
            path.rename(target)
            sync(target.parent)
        now = manifest.read(self.folder)
        change(now)
        now["changes"] += 1
        manifest.write(self.folder, now)
        delta.bring_in_step(self.folder, now, same_rows=same_rows)


def _shown(name: str, kind: str, held: set[str]) -> str:
    """Return a column as asked for, whichever of its spellings the files have; empty where they have none."""
    first_format = name.removesuffix("__local_date") + " (local date)"  # how a record of format 1 spelled it
    spelled = [quoted(one) for one in (name, first_format) if one in held]
    if not spelled:
        return nulls({name: kind})
    return f"coalesce({', '.join([*spelled, 'NULL'])})::{kind} AS {quoted(name)}"


# Of several standing choices about one row the latest counts. Every column of both kinds of file takes part.
_CHOSEN = """(
    WITH choice AS (
        SELECT Key_Sha256 AS sha, Row_Version AS version, arg_max(Hash, (_version, _key)) AS hash FROM (
            SELECT * FROM {choices} QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _version DESC) = 1)
        WHERE State = 'standing' AND "Table" = {table} GROUP BY ALL),
    held AS (SELECT *, lower(hex(_hash)) AS said FROM {held}),
    other AS (SELECT *, lower(hex(_hash)) AS said FROM {conflicts})
    SELECT * EXCLUDE said FROM held h WHERE NOT EXISTS (
        FROM choice WHERE sha = sha256(h._key) AND version = h._version AND hash <> h.said
        AND EXISTS (FROM other o WHERE o._key = h._key AND o._version = h._version AND o.said = hash))
    UNION ALL BY NAME
    SELECT * EXCLUDE said FROM other o WHERE EXISTS (
        FROM choice WHERE sha = sha256(o._key) AND version = o._version AND hash = o.said)
)"""
