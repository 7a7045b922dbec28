"""The work behind the pages, started from the command line: refresh the store, prepare it, read one person's list."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import duckdb
from django.conf import settings
from django.core.management import call_command
from django.db import connection as casework
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from traumatracker.engine import bulk
from traumatracker.engine.pack import Pack
from traumatracker.engine.points import ONE
from traumatracker.errors import CannotRun
from traumatracker.record.store import Record
from traumatracker.sources import canonical, intake
from traumatracker.sources.profile import Profile, find_profile
from traumatracker.web import desired, gatekeeper, packs
from traumatracker.web.apply import apply
from traumatracker.web.intake.models import Run

Progress = Callable[[str, int, int | None], Any]  # progress(step, done, total): total None where nobody knows
# What DuckDB may hold before it uses the disk. Source: measured; the largest force fits, only slower.
MEMORY_MIB = 2_000


def refresh(profile_id: str, folder: Path, as_of: date | None, home: Path, progress: Progress) -> dict[str, Any]:
    """Read every export in `folder` and bring the store under `home` to what it now says, as of that day.

    `as_of`: None is today at the force. Returns what the refresh command prints: counts of rows, of what was refused
    and why, of exposures new, changed, withdrawn and unchanged, the codes nobody mapped, and seconds for each step.
    Raises CannotRun while another refresh runs and for a folder that cannot be read, BadProfile and BadPack.
    A run that fails or is killed is marked so; the next one takes up what it left.
    """
    profile = find_profile(profile_id)
    pack = packs.pack_of(profile.pack)
    if not folder.is_dir():
        raise CannotRun(f"There is no folder {folder.name!r} to read. Name the folder that holds the exports.")
    prepare(home)
    with _alone(home), _recorded(profile, pack, as_of or _today(profile)) as run:
        run.counts = _Refresh(profile, pack, run, home, progress).whole(folder)
        return run.counts


def prepare(home: Path) -> None:
    """Make the store under `home`, or bring its tables up to date; nothing happens where they are."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a refresh and the pages may start together
        executor = MigrationExecutor(casework)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)


def exposures_of(hr_ref: str) -> list[dict[str, Any]]:
    """Return one person's exposures, oldest first, as the gatekeeper lets the command line have them.

    Raises CannotRun when nobody has that `hr_ref`.
    """
    rows = gatekeeper.for_administrator(hr_ref, (*_LISTED, "reasons", "team__unit_ref", "team__name"))
    if rows is None:
        raise CannotRun("Nobody has that reference. Use the hr_ref of the HR file, after a refresh has read it.")
    return [_listed(row) for row in rows]


_LISTED = ("exposed_on", "known_on", "category", "category_weight", "points", "role", "role_weight", "rule", "pack")


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    """Points and role weight as decimals, as the pack's tables have them: 4.0, not 40000."""
    reasons, said = row["reasons"], {name: row[name] for name in _LISTED}
    said |= {name: row[name] / ONE for name in ("points", "role_weight")}
    names = ("roles", "source_records", "codes", "tags", "evidence")
    said["links"] = reasons.get("links", [])  # entries made before links were kept have none
    said |= {"event": reasons["event_id"], "occasion": reasons["occasion"]} | {name: reasons[name] for name in names}
    return said | {"team": row["team__unit_ref"], "team_name": row["team__name"]}


@dataclass
class _Refresh:
    """One refresh: read, link, evaluate, apply. `seconds`: how long each took."""

    profile: Profile
    pack: Pack
    run: Run
    home: Path
    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    def whole(self, folder: Path) -> dict[str, Any]:
        taken = self._read(folder)
        with bulk.connect(self.home / "spill", memory_mib=MEMORY_MIB) as connection:
            with self._step("link"):
                canonical.register(connection, self.profile, Record(self.home))
            with self._step("evaluate"):
                bulk.build(connection, self.pack, self.run.as_of)
            applied = self._apply(connection)
            found = _found(connection)
        return {
            "run": self.run.id,
            "profile": self.profile.id,
            "pack": self.pack.label,
            "as_of": self.run.as_of.isoformat(),
            **_taken(taken),
            **found,
            **applied.pop("exposures"),
            "applied": applied,
            "seconds": self.seconds,
        }

    def _read(self, folder: Path) -> intake.Taken:
        def told(done: int, total: int, what: str) -> None:
            self.progress("reading (bytes)", done, total)

        with self._step("read"):
            return intake.accept(self.profile, folder, Record(self.home), self._received_at(), told)

    def _received_at(self) -> datetime:
        """Return now; for a run as of a day still to come, the end of that day: its files are then no later than it."""
        zone = ZoneInfo(self.profile.time_zone)
        ends = datetime.combine(self.run.as_of + timedelta(days=1), time_of_day.min, zone)
        now = datetime.now(tz=UTC)
        return ends.astimezone(UTC) if self.run.as_of > now.astimezone(zone).date() else now

    def _apply(self, connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
        total = connection.sql("SELECT count(DISTINCT person_id) FROM person").fetchall()[0][0]
        with self._step("apply"):
            units, people = desired.units(connection), desired.everyone(connection)
            return apply(units, people, self.run, lambda done: self.progress("applying (people)", done, total))

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self.progress(name, 0, None)
        start = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - start, 3)


def _taken(taken: intake.Taken) -> dict[str, Any]:
    return {
        "rows_read": taken.rows_read,
        "rows_accepted": taken.rows_accepted,
        "rows_quarantined": taken.rows_quarantined,
        "quarantine_reasons": taken.quarantine_reasons,
        "quarantined": taken.quarantined,
        "duplicates": taken.duplicates,
        "files_refused": taken.refused,
        "files_ignored": taken.files_ignored,
        "notes": taken.notes,
    }


def _found(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Count what the engine found, from the tables that `bulk.build` left."""
    counted = {"incidents": "incident", "exposures": "exposure", "open_questions": "question"}
    counts = {name: connection.sql(f"SELECT count(*) FROM {table}").fetchall()[0][0] for name, table in counted.items()}
    counts["people"] = connection.sql("SELECT count(DISTINCT person_id) FROM person").fetchall()[0][0]
    unmapped = [
        {"code_system": one.code_system, "code": one.code, "label": one.label, "count": one.incidents}
        for one in sorted(bulk.unmapped(connection), key=lambda one: (-one.incidents, one.code_system, one.code))
    ]
    return counts | {"unmapped_codes": unmapped, "coverage": asdict(bulk.coverage(connection))}


def _today(profile: Profile) -> date:
    """Return the day it is at the force, or the one set in TRAUMATRACKER_TODAY."""
    return settings.TODAY or datetime.now(tz=ZoneInfo(profile.time_zone)).date()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the store against a second refresh. The system lets go of the lock of a process that died."""
    with (home / "refresh.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as busy:
            raise CannotRun(
                f"Another refresh is running ({_holder(lock)}). Wait until it has ended, or stop it, and try again."
            ) from busy
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, since {timezone.now():%d %B %Y %H:%M} UTC")
        lock.flush()
        Run.objects.filter(state="running").update(
            state="failed", finished_at=timezone.now(), counts={"failed_because": "Stopped"}
        )
        yield


def _holder(lock: TextIO) -> str:
    lock.seek(0)
    return lock.read(200) or "just started"


@contextmanager
def _recorded(profile: Profile, pack: Pack, as_of: date) -> Iterator[Run]:
    """Write down that a run began and how it ended: its counts, or the class of what stopped it and no more."""
    run = Run.objects.create(profile=profile.id, pack=pack.label, as_of=as_of)
    try:
        yield run
        run.state = "done"
    except BaseException as stopped:
        run.state, run.counts = "failed", {"failed_because": type(stopped).__name__}
        raise
    finally:
        run.finished_at = timezone.now()
        run.save()
