"""Taking a folder of exports into the record: every row accepted or set aside with a reason, none lost.

One call is one batch. It becomes visible at once, when everything in it is on disk; a process killed in between
leaves the record as it was, and the next call begins again.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from traumatracker.errors import RefusedFile
from traumatracker.record.quarantine import Quarantine
from traumatracker.record.settle import settle
from traumatracker.record.store import ProfileRecord, Record, Stage
from traumatracker.sources.formats import Found, Survey, find_files, read, survey
from traumatracker.sources.profile import Profile, Table
from traumatracker.sources.reasons import meaning
from traumatracker.sources.rows import Rows
from traumatracker.sources.times import instant_of, offsets
from traumatracker.sources.values import Bounds

Progress = Callable[[int, int, str], None]

PLACES_SHOWN = 3  # of each reason in each file; whoever wants all of them opens the quarantine
# Reasons that depend on when or beside what a file is read: such a file is read again rather than remembered.
_OF_THE_MOMENT = {"conflict", "time_out_of_range"}


@dataclass
class FileTaken:
    """What became of the rows of one file: rows_read = rows_accepted + rows_quarantined.

    `places`: for each reason the first few rows set aside, as [row, column]; all of them are in the quarantine.
    """

    name: str
    table: str
    sha256: str = ""
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    duplicates: int = 0
    quarantine_reasons: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[list[Any]]] = field(default_factory=dict)

    def set_aside(self, found: list[tuple[int, str, str]]) -> None:
        """Count rows set aside, each (row, column, reason), and remember where the first ones are."""
        for row, column, reason in found:
            self.quarantine_reasons[reason] = self.quarantine_reasons.get(reason, 0) + 1
            if len(shown := self.places.setdefault(reason, [])) < PLACES_SHOWN:
                shown.append([row, column])
        self.rows_quarantined += len(found)


@dataclass
class Taken:
    """What a batch took, in total and file by file. `refused`: {file, reason, message}; such a file gives 0 rows.

    `batch`: its number, "" when there was nothing new to store. `rows_stored`: accepted rows that were not duplicates.
    """

    batch: str = ""
    rows_stored: int = 0
    files: list[FileTaken] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    files_ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        return sum(file.rows_read for file in self.files)

    @property
    def rows_accepted(self) -> int:
        return sum(file.rows_accepted for file in self.files)

    @property
    def rows_quarantined(self) -> int:
        return sum(file.rows_quarantined for file in self.files)

    @property
    def duplicates(self) -> int:
        return sum(file.duplicates for file in self.files)

    @property
    def quarantined(self) -> list[dict[str, Any]]:
        """Return, for each file and reason: file, reason, rows, what it means, and the first places (row, column)."""
        return [
            {"file": file.name, "reason": reason, "rows": count, "meaning": meaning(reason),
             "first": [{"row": row, "column": column} for row, column in file.places.get(reason, [])]}
            for file in self.files
            for reason, count in sorted(file.quarantine_reasons.items())
        ]  # fmt: skip

    @property
    def quarantine_reasons(self) -> dict[str, int]:
        total: Counter[str] = Counter()
        for file in self.files:
            total.update(file.quarantine_reasons)
        return dict(sorted(total.items()))


def accept(
    profile: Profile, folder: Path, record: Record, received_at: datetime, progress: Progress | None = None
) -> Taken:
    """Read every file of `folder` that the profile knows and append what can be kept to the record.

    `received_at`: when the batch came (a moment without a zone is taken as UTC). `progress(done, total, what)` counts
    bytes, each file's twice. Raises CannotRun: no such folder, nothing in it to read, or another batch is being taken.
    """
    listing = find_files(profile, Path(folder))
    at = received_at if received_at.tzinfo else received_at.replace(tzinfo=UTC)
    taken = Taken(files_ignored=listing.ignored)
    taken.refused += [_refusal(name, why) for name, why in listing.refused]
    told = _Told(progress, 2 * sum(found.size for found in listing.found))
    with record.taking(profile.id) as held:
        batch = _Batch(profile, held, at, taken, told)
        for table in profile.files:
            batch.take(table, [found for found in listing.found if found.table == table.name])
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
        self.bounds = Bounds(instant_of(at), profile.time_zone)
        self.today = offsets(profile.time_zone).day_at(self.bounds.received_at)
        self.quarantine = Quarantine(held, self.number)
        self.staged: dict[str, Path] = {}
        self.tables: dict[str, dict[str, Any]] = {}
        self.withheld: dict[str, str] = {}

    def take(self, table: Table, sources: list[Found]) -> None:
        """Take all files of one table, then settle their rows against each other and what is held."""
        rows = Rows(table, self.bounds, self.today)
        stage = Stage(self.held, table.name, self.number, rows.columns)
        mine = [file for file in (self._file(table, source, rows, stage) for source in sources) if file]
        stage.close()
        if not sources:
            self.taken.notes.append(f"No file for table {table.name} ({', '.join(table.files)}).")
        settled = settle(stage, versioned=bool(table.version))
        for file in mine:
            conflicts = [(row, "", "conflict") for name, row in settled.conflicts if name == file.name]
            if conflicts:
                self.quarantine.put(table.name, file.name, file.sha256, conflicts)
                file.set_aside(conflicts)
                file.rows_accepted -= len(conflicts)
            file.duplicates += settled.duplicates.get(file.name, 0)
        if gone := self.held.stage_withheld(table.name, rows.withheld):
            self.withheld[table.name] = f"{table.name}/batch-{self.number}.withheld.parquet"
            self.staged[self.withheld[table.name]] = gone
        path = stage.keep(settled.kept, settled.mask)
        if path:
            place = f"{table.name}/batch-{self.number}.parquet"
            self.staged[place] = path
            self.tables[table.name] = {"path": place, "rows": settled.kept, "superseding": settled.superseding}

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
            "received_at": self.at.astimezone(UTC).isoformat(),
            "profile": self.profile.fingerprint,
            "tables": self.tables,
            "withheld": self.withheld,
            "quarantine": quarantine,
            "files": [vars(file) for file in self.taken.files],
            "refused": self.taken.refused,
        }
        self.held.publish(entry, self.staged)
        self.taken.batch = self.number
        self.taken.rows_stored = sum(table["rows"] for table in self.tables.values())

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
        header, chunks = read(source, table, found, self.told)
        for chunk in chunks:
            columns, bad = rows.take(header, chunk, source.name)
            file.rows_read += len(chunk.numbers) + len(chunk.bad)
            if bad:
                self.quarantine.put(table.name, source.name, found.sha256, bad)
                file.set_aside(bad)
            if columns:
                file.rows_accepted += len(columns["_key"])
                stage.write(columns)
        if not file.rows_read:
            self.taken.notes.append(f"{source.name} has a header and no rows.")

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
            if table.name in batch["tables"] and not table.version:
                return False
        return False


def _refusal(name: str, why: RefusedFile) -> dict[str, str]:
    return {"file": name, "reason": why.reason, "message": str(why)}
