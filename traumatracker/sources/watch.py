"""A watched folder: files are taken when they are whole, in the order they came, and each once.

A file is whole when its size and time did not change between two looks far enough apart; or, where the profile says so,
when `NAME.done` stands beside it, or `NAME.manifest.json` with its `sha256` or its number of `rows`. What was taken is
remembered under the home, so that a restart takes up where it was left; a process killed in between takes the files of
its last round again, which changes nothing.
"""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any

from traumatracker.errors import CannotRun, RefusedFile, TraumatrackerError
from traumatracker.sources.formats import Found, read, survey
from traumatracker.sources.formats.folder import tables_of
from traumatracker.sources.profile import Profile

FIRST_WAIT, LONGEST_WAIT = 5.0, 600.0  # seconds after a round that failed, doubling. Source: judgement
WRITTEN = "it is new or still being written"
_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload", ".done", ".manifest.json")
_MOST_MANIFEST = 65_536  # bytes; it names one file

Look = tuple[int, int]  # size in bytes, time of change in nanoseconds


@dataclass(frozen=True)
class Waiting:
    """A file that is there and was not taken. `why`: the sentence that says what it waits for; "" when it is whole."""

    path: Path
    look: Look
    why: str


@dataclass(frozen=True)
class Round:
    """What one look came to. `wait_seconds`: until the next; `left`: what is there and was not taken."""

    wait_seconds: float
    left: list[Waiting]
    taken: int = 0
    failed: str = ""

    @property
    def may_settle(self) -> bool:
        """Whether something is left that only has to stay the same for a while."""
        return any(each.why == WRITTEN for each in self.left)


@dataclass
class Watch:
    """One folder watched for one profile. `take(folder)` refreshes from a folder that holds only what is to be taken.

    `settle_seconds`: how long a file must stay the same. `tell(event)` is called with what happened, for people.
    """

    profile: Profile
    folder: Path
    home: Path
    take: Callable[[Path], dict[str, Any]]
    tell: Callable[[dict[str, Any]], None]
    settle_seconds: float = 10.0
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[Look, float]] = field(default_factory=dict)
    _said: dict[str, str] = field(default_factory=dict)
    _failures: int = 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder's memory against a second watcher of this profile. Raises CannotRun."""
        self._own.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._own / "watch.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as busy:
                raise CannotRun(
                    f"Another process already watches for profile {self.profile.id}. Stop it first."
                ) from busy
            yield

    def round(self) -> Round:
        """Look once and take what is whole; whatever goes wrong with it is told, and tried again later."""
        waiting = self.waiting()
        self._say_why(waiting)
        chosen = self._chosen([each for each in waiting if not each.why])
        if not chosen:
            return Round(self.settle_seconds, waiting)
        left = [each for each in waiting if each not in chosen]
        try:
            done = self.take(self._handed_over(chosen))
        except (TraumatrackerError, OSError) as why:
            return self._failed(str(why) if isinstance(why, TraumatrackerError) else type(why).__name__, waiting)
        except Exception as why:  # whatever it is, the folder goes on being watched; its text may hold a value
            return self._failed(type(why).__name__, waiting)
        self._failures = 0
        self._remember(chosen)
        self.tell({"event": "taken", "files": [each.path.name for each in chosen], **done})
        return Round(0.0, left, taken=len(chosen))

    def waiting(self) -> list[Waiting]:
        """Return the files that were not taken yet, oldest first, each with what it waits for."""
        if not self.folder.is_dir():
            return []  # a share that is away for a while is no reason to stop
        taken, now = self._taken(), self.clock()
        found: list[Waiting] = []
        for path in self.folder.iterdir():
            look = _look(path)
            if look and taken.get(path.name) != list(look) and tables_of(self.profile, path):
                found.append(Waiting(path, look, self._why(path, look, now)))
        return sorted(found, key=lambda each: (each.look[1], _natural(each.path.name)))

    def _why(self, path: Path, look: Look, now: float) -> str:
        """Return what a file waits for; "" when it is whole."""
        before, since = self._seen.get(path.name, (None, now))
        if before != look:
            self._seen[path.name] = (look, now)
            return WRITTEN
        how = {table.complete for table in tables_of(self.profile, path)}
        if "done" in how and not path.with_name(path.name + ".done").exists():
            return f"there is no {path.name}.done yet"
        if "manifest" in how:
            return self._against_manifest(path)
        if "done" not in how and now - since < self.settle_seconds:
            return WRITTEN
        return ""

    def _against_manifest(self, path: Path) -> str:
        beside = path.with_name(path.name + ".manifest.json")
        try:
            told = json.loads(beside.read_bytes()[:_MOST_MANIFEST])
            told = {name: told[name] for name in ("sha256", "rows") if name in told}
        except FileNotFoundError:
            return f"there is no {beside.name} yet"
        except (OSError, ValueError, TypeError):
            return f"{beside.name} is no JSON object yet"
        if not told:
            return f"{beside.name} says neither sha256 nor rows"
        with path.open("rb") as file:
            if "sha256" in told and file_digest(file, "sha256").hexdigest() != str(told["sha256"]).lower():
                return f"its bytes are not those that {beside.name} tells of"
        if "rows" in told and (count := self._rows(path)) != told["rows"]:
            return f"it holds {count} rows, and {beside.name} says {told['rows']}"
        return ""

    def _rows(self, path: Path) -> int:
        """Count the rows of a file, good and bad; none of one that is refused."""
        (table, *_) = tables_of(self.profile, path)
        source = Found(table.name, path.name, path, "", path.stat().st_size)
        try:
            _, chunks = read(source, table, survey(source, table, lambda _: None), lambda _: None)
            return sum(len(chunk.numbers) + len(chunk.bad) for chunk in chunks)
        except RefusedFile:
            return 0

    def _chosen(self, whole: list[Waiting]) -> list[Waiting]:
        """Return what to take in one batch: of a table without a version one file, so that a later one supersedes."""
        busy: set[str] = set()
        chosen: list[Waiting] = []
        for each in whole:
            tables = tables_of(self.profile, each.path)
            if not busy & {table.name for table in tables}:
                chosen.append(each)
            # Also where it was left for later: what came after it must not overtake it.
            busy |= {table.name for table in tables if not table.version}
        return chosen

    def _handed_over(self, chosen: list[Waiting]) -> Path:
        """Return a folder that holds the chosen files and no other, as links."""
        place = self._own / "now"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700, parents=True)
        for each in chosen:
            (place / each.path.name).symlink_to(each.path.resolve())
        return place

    def _remember(self, chosen: list[Waiting]) -> None:
        """Write down what was taken, as it was when it was chosen: a file that changed meanwhile is taken again."""
        taken = self._taken() | {each.path.name: list(each.look) for each in chosen}
        there = {path.name for path in self.folder.iterdir()}
        fresh = self._own / "taken.json.new"
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({name: look for name, look in sorted(taken.items()) if name in there}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._own / "taken.json")

    def _taken(self) -> dict[str, list[int]]:
        try:
            return dict(json.loads((self._own / "taken.json").read_text("utf-8")))
        except (FileNotFoundError, ValueError):
            return {}

    def _say_why(self, waiting: list[Waiting]) -> None:
        """Say of each file once what it waits for, and again when that changes."""
        why = {each.path.name: each.why for each in waiting if each.why}
        for name, reason in why.items():
            if self._said.get(name) != reason:
                self.tell({"event": "waiting", "file": name, "why": reason})
        self._said = why

    def _failed(self, why: str, left: list[Waiting]) -> Round:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**self._failures)
        self._failures += 1
        self.tell({"event": "failed", "why": why, "again_in_seconds": wait})
        return Round(wait, left, failed=why)

    @property
    def _own(self) -> Path:
        return self.home / "watch" / self.profile.id


def _look(path: Path) -> Look | None:
    """Return the size and time of a file that may be taken; None for what is no file, hidden or marked unfinished."""
    if path.name.startswith((".", "~$")) or path.name.casefold().endswith(_UNFINISHED):
        return None
    try:
        told = path.stat()
    except OSError:
        return None  # it went away between two calls
    return (told.st_size, told.st_mtime_ns) if path.is_file() else None


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort "logs_9" before "logs_10"."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name.casefold()) if part]
