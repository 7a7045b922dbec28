"""Taking a folder of exports into the record: every row accepted or set aside with a reason, none lost.

One call is one batch. It becomes visible at once, when everything in it is on disk; a process killed in between
leaves the record as it was, and the next call begins again.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from traumatracker.errors import RefusedFile
from traumatracker.record.ahead import ahead
from traumatracker.record.manifest import Manifest, table_of
from traumatracker.record.quarantine import Quarantine
from traumatracker.record.settle import settle
from traumatracker.record.stage import Stage
from traumatracker.record.steps import step
from traumatracker.record.store import ProfileRecord, Record
from traumatracker.sources import databases
from traumatracker.sources.formats import Found, Survey, find_files, read, survey
from traumatracker.sources.profile import Profile, Table
from traumatracker.sources.rows import Cells, Columns, Place, Rows, bounds_of, chunk_of
from traumatracker.sources.taken import FileTaken, Taken

Progress = Callable[[int, int, str], None]

__all__ = ["FileTaken", "Taken", "accept", "accept_cells"]

# Reasons that depend on when or beside what a file is read: such a file is read again rather than remembered.
_OF_THE_MOMENT = {"conflict", "time_out_of_range"}


def accept(
    profile: Profile,
    folder: Path,
    record: Record,
    received_at: datetime,
    progress: Progress | None = None,
    also: Cells | None = None,
    check: Callable[[list[FileTaken]], Any] | None = None,
) -> Taken:
    """Read every file of `folder` that the profile knows and append what can be kept to the record.

    `received_at`: when the batch came (a moment without a zone is taken as UTC). `progress(done, total, what)` counts
    bytes, each file's twice. `also`: rows of channel tables that wait in the inbox, taken in the same batch (see
    `accept_cells`; they are named "inbox"). `check` is told of every file when all are read and before anything is
    kept; what it raises keeps the whole batch out. Raises CannotRun: no such folder, nothing in it to read, or another
    batch is being taken.
    """
    listing = find_files(profile, Path(folder))
    listing.found += databases.listed(profile, record.of(profile.id))
    taken = Taken(files_ignored=listing.ignored)
    taken.refused += [_refusal(name, why) for name, why in listing.refused]
    told = _Told(progress, 2 * sum(found.size for found in listing.found))
    with record.taking(profile.id) as held:
        batch = _Batch(profile, held, received_at, taken, told)
        for table in profile.files:
            batch.take(table, [found for found in listing.found if found.table == table.name])
        if check:
            check(list(taken.files))
        batch.take_cells(also or {}, "inbox")
        batch.publish()
    return taken


def accept_cells(profile: Profile, record: Record, rows: Cells, received_at: datetime, name: str) -> Taken:
    """Append rows of channel tables to the record as one batch: table → rows of cells as text, in `table.columns`.

    They are judged, compared and published as the rows of a file are; `name` stands where a file's name would, and the
    first row of each table is row 1. Rows already held are duplicates, so a batch may be given again after a failure.
    Raises CannotRun while another batch is being taken, KeyError for a table that the profile has not as a channel.
    """
    taken = Taken()
    with record.taking(profile.id) as held:
        batch = _Batch(profile, held, received_at, taken, _Told(None, 0))
        batch.take_cells(rows, name)
        batch.publish()
    return taken


class _Told:
    """Bytes read so far, passed on as progress."""

    def __init__(self, progress: Progress | None, total: int):
        self._progress, self._total, self._done, self.what = progress, total, 0, ""

    def __call__(self, count: int) -> None:
        self._done += count
        if self._progress:
            self._progress(min(self._done, self._total), self._total, self.what)


class _Batch:
    """One batch on its way in."""

    def __init__(self, profile: Profile, held: ProfileRecord, at: datetime, taken: Taken, told: _Told):
        self.profile, self.held, self.at, self.taken, self.told = profile, held, at, taken, told
        self.earlier = held.batches()
        self.number = f"{len(self.earlier) + 1:06d}"
        self.bounds = bounds_of(profile, at)
        self.quarantine = Quarantine(held, self.number)
        self.staged: dict[str, Path] = {}
        self.named: list[tuple[str, str, str]] = []  # table, kind of file, place
        self.rows: dict[str, int] = {}
        self.superseding: dict[str, int] = {}

    def take(self, table: Table, sources: list[Found]) -> None:
        """Take all files of one table, then settle their rows against each other and what is held."""
        rows = Rows(table, self.bounds)
        stage = Stage(self.held, table.name, self.number, rows.columns)
        mine = [file for file in (self._file(table, source, rows, stage) for source in sources) if file]
        if not sources:
            self.taken.notes.append(f"No file for table {table.name} ({', '.join(table.files)}).")
        self._settle(table, mine, rows, stage)

    def take_cells(self, cells: Cells, name: str) -> None:
        """Take rows of channel tables, as cells of text."""
        for table in (self.profile.channel_table(table_name) for table_name in sorted(cells)):
            if not cells[table.name]:
                continue
            rows = Rows(table, self.bounds)
            stage = Stage(self.held, table.name, self.number, rows.columns)
            told = json.dumps(cells[table.name], ensure_ascii=False).encode()
            file = FileTaken(name, table.name, sha256(told).hexdigest())
            self._take(file, rows.take(list(table.columns), chunk_of(table, cells[table.name]), name), stage)
            self.taken.files.append(file)
            self._settle(table, [file], rows, stage)

    def _settle(self, table: Table, files: list[FileTaken], rows: Rows, stage: Stage) -> None:
        """Decide what becomes of the staged rows of one table, and stage the files that hold them."""
        stage.close()
        settled = settle(stage, versioned=bool(table.version))
        for file in files:
            conflicts = [(row, "", "conflict") for name, row in settled.conflicts if name == file.name]
            if conflicts:
                self.quarantine.put(table.name, file.name, file.sha256, conflicts)
                file.set_aside(conflicts)
                file.rows_accepted -= len(conflicts)
            file.duplicates += settled.duplicates.get(file.name, 0)
        step("stage")
        self._stage(table, "withheld", self.held.stage_withheld(table.name, rows.withheld))
        self._stage(table, "conflicts", stage.keep(settled.aside, settled.mask, "aside"))
        self._stage(table, "parts", stage.keep(settled.kept, settled.mask))
        if settled.kept:
            self.rows[table.name], self.superseding[table.name] = settled.kept, settled.superseding

    def _stage(self, table: Table, kind: str, path: Path | None) -> None:
        if path:
            place = f"{table.name}/batch-{self.number}{'' if kind == 'parts' else f'.{kind}'}.parquet"
            self.staged[place] = path
            self.named.append((table.name, kind, place))

    def publish(self) -> None:
        """Make the batch visible, unless there is nothing new in it."""
        path = self.quarantine.close()
        quarantine = f"quarantine/batch-{self.number}.parquet" if path else ""
        if path:
            self.staged[quarantine] = path
        if not self.staged:
            return
        entry = {
            "batch": self.number,
            "received_at": (self.at if self.at.tzinfo else self.at.replace(tzinfo=UTC)).astimezone(UTC).isoformat(),
            "profile": self.profile.fingerprint,
            "rows": self.rows,
            "quarantine": quarantine,
            "files": [vars(file) for file in self.taken.files],
            "refused": self.taken.refused,
        }

        def add(manifest: Manifest) -> None:
            manifest["batches"].append(entry)
            for table, kind, place in self.named:
                table_of(manifest, table)[kind].append(place)
            for table, superseding in self.superseding.items():
                told = table_of(manifest, table)
                told["versions"] = told["versions"] or superseding > 0

        self.held.publish(add, self.staged)
        self.taken.batch = self.number
        self.taken.rows_stored = sum(self.rows.values())

    def _file(self, table: Table, source: Found, rows: Rows, stage: Stage) -> FileTaken | None:
        """Read one file into the stage. A refused file is noted, and the others go on."""
        self.told.what = source.name
        try:
            found = survey(source, table, self.told)
            file = FileTaken(source.name, table.name, found.sha256)
            if not self._remembered(file, table):
                self._read(file, source, table, found, (rows, stage))
        except RefusedFile as why:
            self.taken.refused.append(_refusal(source.name, why))
            return None
        if found.foreign:
            self.taken.notes.append(
                f"{source.name}: some text is not UTF-8; those characters were read as windows-1252."
            )
        self.taken.files.append(file)
        return file

    def _read(self, file: FileTaken, source: Found, table: Table, found: Survey, into: tuple[Rows, Stage]) -> None:
        rows, stage = into
        step("parse")
        header, chunks = read(source, table, found, self.told)
        for chunk in ahead(chunks):
            self._take(file, rows.take(header, chunk, source.name), stage)
        if not file.rows_read:
            self.taken.notes.append(f"{source.name} has a header and no rows.")

    def _take(self, file: FileTaken, taken: tuple[int, Columns, list[Place]], stage: Stage) -> None:
        """Stage the rows of a chunk that can be kept, set the others aside, and count both."""
        accepted, columns, bad = taken
        step("validate")
        if bad:
            self.quarantine.put(file.table, file.name, file.sha256, bad)
            file.set_aside(bad)
        if accepted:
            stage.write(accepted, columns)
        file.rows_accepted += accepted
        file.rows_read += accepted + len(bad)

    def _remembered(self, file: FileTaken, table: Table) -> bool:
        """Fill in the counts of a file already taken, byte for byte, by this very profile: all of it is held.

        Not for a table whose newest row counts and which has changed since: the old file would then be news again.
        """
        for batch in reversed(self.earlier):
            for known in batch["files"]:
                same = (known["sha256"], known["table"], batch["profile"])
                settled = not _OF_THE_MOMENT & set(known["quarantine_reasons"])
                if settled and same == (file.sha256, table.name, self.profile.fingerprint):
                    for name in ("rows_read", "rows_accepted", "rows_quarantined", "quarantine_reasons", "places"):
                        setattr(file, name, known[name])
                    file.duplicates = file.rows_accepted
                    return True
            if table.name in batch["rows"] and not table.version:
                return False
        return False


def _refusal(name: str, why: RefusedFile) -> dict[str, str]:
    return {"file": name, "reason": why.reason, "message": str(why)}
