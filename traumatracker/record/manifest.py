"""The manifest of one profile's record: which files count. Replaced whole, by one rename: that is the commit.

    {"format": 2,
     "changes": 7,                                     how often it was replaced; names rewritten files
     "batches": [{"batch", "received_at", "profile", "rows": {table: rows stored}, "quarantine": path or "",
                  "files", "refused"}],                oldest first
     "tables": {table: {"parts": [path], "conflicts": [path], "withheld": [path], "versions": true}}}

Paths are below the profile's folder. `versions`: whether any key of the table has more than one version.
A manifest of format 1 is understood, and written as format 2 with the next change.
"""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from traumatracker.errors import CannotRun
from traumatracker.record.steps import step

FORMAT = 2
KINDS = ("parts", "conflicts", "withheld")
Manifest = dict[str, Any]


def read(folder: Path) -> Manifest:
    """Return the manifest of a profile's folder; an empty one where there is none.

    Raises CannotRun when a newer version of this program wrote it.
    """
    path = folder / "manifest.json"
    if not path.exists():
        return {"format": FORMAT, "changes": 0, "batches": [], "tables": {}}
    found: Manifest = json.loads(path.read_text("utf-8"))
    if found["format"] > FORMAT:
        raise CannotRun("This record was written by a newer version of Traumatracker. Update this one, then try again.")
    return found if found["format"] == FORMAT else _upgraded(found)


def seen(folder: Path) -> Manifest:
    """Return the same, remembered while the file stays the same. Not to be altered."""
    path = folder / "manifest.json"
    told = path.stat() if path.exists() else None
    return _seen(folder, (told.st_ino, told.st_mtime_ns, told.st_size) if told else None)


@lru_cache(maxsize=4)  # a manifest of many batches is long, and a refresh asks for every table
def _seen(folder: Path, _told: tuple[int, int, int] | None) -> Manifest:
    return read(folder)


def write(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest: before the rename nothing has changed, after it everything has."""
    temporary = folder / ".manifest.json.new"
    temporary.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")
    sync(temporary)
    step("manifest")
    temporary.rename(folder / "manifest.json")
    sync(folder)


def table_of(manifest: Manifest, name: str) -> dict[str, Any]:
    """Return the entry of a table, made empty where it has none yet."""
    entry: dict[str, Any] = manifest["tables"].setdefault(name, {kind: [] for kind in KINDS} | {"versions": False})
    return entry


def named(manifest: Manifest) -> set[str]:
    """Return the path of every file that the manifest names."""
    paths = {path for table in manifest["tables"].values() for kind in KINDS for path in table[kind]}
    return paths | {batch["quarantine"] for batch in manifest["batches"] if batch["quarantine"]}


def _upgraded(old: Manifest) -> Manifest:
    """Format 1 named the files of each table batch by batch."""
    new: Manifest = {"format": FORMAT, "changes": len(old["batches"]), "batches": [], "tables": {}}
    for batch in old["batches"]:
        tables, withheld = batch.pop("tables"), batch.pop("withheld", {})
        new["batches"].append(batch | {"rows": {name: told["rows"] for name, told in tables.items()}})
        for name, told in tables.items():
            entry = table_of(new, name)
            entry["parts"].append(told["path"])
            entry["versions"] = entry["versions"] or bool(told["superseding"])
        for name, path in withheld.items():
            table_of(new, name)["withheld"].append(path)
    return new


def sync(path: Path) -> None:
    """Wait until a file, or the list of files in a folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
