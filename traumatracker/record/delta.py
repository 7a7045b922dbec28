"""Each table's folder as a Delta Lake table, for readers that know that format: Databricks, Fabric, Spark, Power BI.

The manifest is the truth and is replaced first; Delta's log is then brought in step with it, naming the very same
Parquet files. Delta has no transaction over several tables, so a reader of one table never sees half a batch of it,
and a process killed in between leaves a log that is behind until the next batch, or `repair`, brings it in step.
Decided in docs/adr/0060-record-on-delta-lake.md.
"""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from traumatracker.record.manifest import Manifest, sync
from traumatracker.record.steps import step

LOG = "_delta_log"
_STAMP = ".delta-in-step"  # holds `changes` of the manifest that the logs last agreed with


def in_step(folder: Path, manifest: Manifest) -> bool:
    """Whether the logs were brought in step with this very manifest."""
    stamp = folder / _STAMP
    return stamp.exists() and stamp.read_text("utf-8") == str(manifest["changes"])


def bring_in_step(folder: Path, manifest: Manifest, *, same_rows: bool = False) -> dict[str, int]:
    """Make every table's log name the files of the manifest, and no other; return table → files added and removed.

    `same_rows`: the files were only rewritten, so a reader that follows changes has nothing new to read.
    """
    changed = {}
    for name in sorted(manifest["tables"]):
        wanted = [Path(path).name for path in manifest["tables"][name]["parts"]]
        if count := _Log(folder / name).follow(wanted, data_change=not same_rows):
            changed[name] = count
    (folder / _STAMP).write_text(str(manifest["changes"]), "utf-8")
    sync(folder / _STAMP)
    return changed


def compare(folder: Path, manifest: Manifest) -> dict[str, int]:
    """Return table → how many files its log lacks or has too many; tables in step are left out. Changes nothing."""
    differing = {}
    for name in sorted(manifest["tables"]):
        wanted = {Path(path).name for path in manifest["tables"][name]["parts"]}
        if count := len(wanted ^ set(_Log(folder / name).files())):
            differing[name] = count
    return differing


class _Log:
    """The Delta log of one table's folder. `deltalake` takes 0.15 s to import, which a page need not wait for."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._table = self._opened()

    def files(self) -> list[str]:
        """Return the names of the files the log counts."""
        if self._table is None:
            return []
        return [str(path) for path in self._table.get_add_actions().column("path").to_pylist()]

    def follow(self, wanted: list[str], *, data_change: bool) -> int:
        """Add the wanted files that are missing and remove the rest; return how many of both."""
        now = set(self.files())
        add, remove = [name for name in wanted if name not in now], sorted(now - set(wanted))
        if not add and not remove:
            return 0
        step("delta")
        schema = _union([pq.read_schema(self.folder / name) for name in add])
        if self._table is None or not self._widened(schema):
            shutil.rmtree(self.folder / LOG, ignore_errors=True)
            add, remove = wanted, []
            self._create(_union([pq.read_schema(self.folder / name) for name in add]), add)
        else:
            self._commit(add, remove, data_change)
        self._synced()
        return len(add) + len(remove)

    def _opened(self) -> Any:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        if not (self.folder / LOG).exists():
            return None
        try:
            return DeltaTable(str(self.folder))
        except (DeltaError, ValueError, OSError):  # cut short by a power cut: it is made again from the manifest
            return None

    def _create(self, schema: pa.Schema, add: list[str]) -> None:
        from deltalake import Schema
        from deltalake.transaction import create_table_with_add_actions

        actions = [self._added(name, data_change=True) for name in add]
        create_table_with_add_actions(str(self.folder), Schema.from_arrow(schema), actions)

    def _commit(self, add: list[str], remove: list[str], data_change: bool) -> None:
        from deltalake.transaction import RemoveAction

        now = int(time.time() * 1000)
        actions = [self._added(name, data_change) for name in add]
        actions += [RemoveAction(name, data_change, now) for name in remove]
        self._table.create_write_transaction(actions, "append", self._table.schema())

    def _widened(self, schema: pa.Schema) -> bool:
        """Add columns that the log does not know yet; False when a column has changed its type."""
        from deltalake import DeltaTable, Schema

        known = {field.name: field.type for field in self._table.schema().fields}
        fields = Schema.from_arrow(schema).fields
        if any(known.get(field.name, field.type) != field.type for field in fields):
            return False
        if new := [field for field in fields if field.name not in known]:
            self._table.alter.add_columns(new)
            self._table = DeltaTable(str(self.folder))
        return True

    def _added(self, name: str, data_change: bool) -> Any:
        """A file as the log names it: how many rows, and no smallest or largest value of any column."""
        from deltalake.transaction import AddAction

        path = self.folder / name
        told, rows = path.stat(), pq.read_metadata(path).num_rows
        stats = json.dumps({"numRecords": rows})
        return AddAction(name, told.st_size, {}, int(told.st_mtime * 1000), data_change, stats)

    def _synced(self) -> None:
        for path in sorted((self.folder / LOG).glob("*.json"))[-2:]:
            sync(path)
        sync(self.folder / LOG)


def _union(schemas: list[pa.Schema]) -> pa.Schema:
    """Every column of these files; of one that has changed its type, the newest."""
    fields = {field.name: field for schema in schemas for field in schema}
    return pa.schema(list(fields.values()))
