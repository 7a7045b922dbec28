"""The work behind the pages, started from the command line: refresh the store, prepare it, read one person's list."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection as casework
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from traumatracker.engine.pack import Pack
from traumatracker.engine.points import ONE
from traumatracker.errors import CannotRun
from traumatracker.sources.profile import Profile, find_profile
from traumatracker.web import gatekeeper, packs, rebuilding
from traumatracker.web.audit.chain import guard
from traumatracker.web.clock import today_at
from traumatracker.web.intake import actions as intake_actions
from traumatracker.web.intake.models import Run
from traumatracker.web.locks import alone
from traumatracker.web.people import erasure
from traumatracker.web.refreshing import Progress, Refresh
from traumatracker.web.retry import again


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
    return _refreshed(profile, pack, as_of or today_at(profile.time_zone), home, progress, folder)


def rebuild(profile_id: str, as_of: date | None, home: Path, progress: Progress) -> dict[str, Any]:
    """Drop everything that was derived for this profile and give it back from the record and the inbox.

    Person by person, so that nobody's page is ever empty meanwhile; none of it counts as a change. `as_of`: None is
    the day up to which the store counts now. Returns and raises what `refresh` does.
    """
    profile = find_profile(profile_id)
    prepare(home)
    day = as_of or rebuilding.day_of(profile)
    return _refreshed(profile, packs.pack_of(profile.pack), day, home, progress, None, rebuilt=True)


def check(profile_id: str, as_of: date | None, home: Path, progress: Progress) -> dict[str, Any]:
    """Rebuild beside the store and compare every derived row with it. Returns what `rebuilding.compare` does."""
    profile = find_profile(profile_id)
    prepare(home)
    with _alone(home):
        return rebuilding.compare(profile, as_of or rebuilding.day_of(profile), home, progress)


def erase(profile_id: str, hr_ref: str, home: Path, progress: Progress) -> dict[str, Any]:
    """Erase a person from the record of a profile and from the casework store; returns what was removed, in counts.

    Raises CannotRun while a refresh or a live worker runs (either would bring back what it read before), BadProfile.
    """
    profile = find_profile(profile_id)
    prepare(home)
    with _alone(home):
        return erasure.everywhere(
            profile, hr_ref, home, lambda done, total, _: progress("erasing (tables)", done, total)
        )


def _refreshed(
    profile: Profile,
    pack: Pack,
    as_of: date,
    home: Path,
    progress: Progress,
    folder: Path | None,
    *,
    rebuilt: bool = False,
) -> dict[str, Any]:
    with _alone(home):
        with _recorded(profile, pack, as_of) as run:
            run.counts = Refresh(profile, pack, run, home, progress, rebuilt).whole(folder)
        # A finished run has made use of their rows, and live loads them from the record.
        again(lambda: intake_actions.emptied(profile.id))
        return run.counts


def prepare(home: Path) -> None:
    """Make the store under `home`, or bring its tables up to date; nothing happens where they are."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a refresh and the pages may start together
        executor = MigrationExecutor(casework)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
            guard()


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


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the store against a second refresh. The system lets go of the lock of a process that died."""
    with alone(home / "refresh.lock", _refusal) as lock:
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, since {timezone.now():%d %B %Y %H:%M} UTC")
        lock.flush()
        again(_mark_the_dead)
        yield


def _mark_the_dead() -> None:
    """No run but ours can be running: whatever says so was stopped."""
    Run.objects.filter(state="running").update(
        state="failed", finished_at=timezone.now(), counts={"failed_because": "Stopped"}
    )


def _refusal(holder: str) -> str:
    return f"Another refresh is running ({holder}). Wait until it has ended, or stop it, and try again."


@contextmanager
def _recorded(profile: Profile, pack: Pack, as_of: date) -> Iterator[Run]:
    """Write down that a run began and how it ended: its counts, or the class of what stopped it and no more."""
    run = again(lambda: intake_actions.begin_run(profile.id, pack.label, as_of))
    try:
        yield run
        run.state = "done"
    except BaseException as stopped:
        run.state, run.counts = "failed", {"failed_because": type(stopped).__name__}
        raise
    finally:
        run.finished_at = timezone.now()
        again(run.save)
