"""Look after the record: fewer files, nothing kept too long, nobody kept who must not be."""

import argparse
from argparse import Namespace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from traumatracker.commands.common import DONE, django, home, show, with_json
from traumatracker.console import Progress, table
from traumatracker.errors import CannotRun
from traumatracker.record.store import Record
from traumatracker.sources.profile import Profile, find_profile
from traumatracker.sources.retention import YEARS


def add(each: Any) -> None:
    """Add these commands to the command line."""
    _compact(each.add_parser("compact", help="rewrite the record's many small files into few"))
    _retain(each.add_parser("retain", help="drop the rows of incidents kept for long enough"))
    _erase(each.add_parser("erase", help="erase a person from the record and the casework store"))
    _repair(each.add_parser("repair", help="bring the record's Delta tables in step after a kill"))


def _compact(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Rewrite the record's many small files into few, and take what a source restricted later off the disk. What "
        "counts is the same before and after; it is read back and compared before anything is replaced."
    )
    _profile(command)
    command.add_argument(
        "--forget-history", action="store_true", help="also drop every version that a newer one superseded"
    )
    with_json(command)
    command.set_defaults(command=compact)


def _retain(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Drop the rows of incidents whose latest day is longer ago than they may be kept; rows of the HR file stay. "
        "The entries that came of them go with the next refresh."
    )
    _profile(command)
    command.add_argument("--years", type=int, default=YEARS, metavar="N", help=f"how long to keep (default {YEARS})")
    command.add_argument("--check", action="store_true", help="only say what would be dropped")
    with_json(command)
    command.set_defaults(command=retain)


def _erase(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Write every row of the record that names the person again without them, and delete what the casework store "
        "holds about them; that somebody looked at them stays, without a name. Let the HR file forget them first: a "
        "later export that names them brings them back. Stop `serve` and `live` before, and run a refresh afterwards."
    )
    _profile(command)
    command.add_argument("--person", required=True, metavar="HR_REF", help="the hr_ref of the HR file")
    with_json(command)
    command.set_defaults(command=erase)


def _repair(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Bring the record's Delta tables in step with its manifest, and remove what a killed process left behind. The "
        "next refresh does the same by itself."
    )
    _profile(command)
    with_json(command)
    command.set_defaults(command=repair)


def _profile(command: argparse.ArgumentParser) -> None:
    command.add_argument("--profile", required=True, help="the source profile, such as synthetic or seattle")


def compact(chosen: Namespace) -> int:
    """Rewrite small files, and say how many there were and are."""
    from traumatracker.record.compact import compact as compacted

    profile, record = _held(chosen)
    with _Told("compacting (tables)") as told:
        done = compacted(record, profile.id, forget_history=chosen.forget_history, progress=told)
    show(chosen, {"profile": profile.id, "tables": done}, _compacted)
    return DONE


def _compacted(told: dict[str, Any]) -> str:
    names = ("files_before", "files", "rows_before", "rows")
    rows = [(name, *(counts[key] for key in names)) for name, counts in told["tables"].items()]
    if not rows:
        return "Nothing to do: every table is in few files already."
    return table(("table", "files before", "files", "rows before", "rows"), rows)


def retain(chosen: Namespace) -> int:
    """Drop what is kept for long enough, and say how much."""
    from traumatracker.sources.retention import retain as retained

    if chosen.years < 1:
        raise CannotRun("--years is a whole number of years, 1 or more.")
    profile, record = _held(chosen)
    with _Told("looking (tables)") as told:
        done = retained(profile, record, _today(profile), years=chosen.years, check=chosen.check, progress=told)
    show(chosen, {"profile": profile.id, "check": chosen.check, **done}, _retained)
    return DONE


def _retained(told: dict[str, Any]) -> str:
    verb = "would go" if told["check"] else "went"
    said = f"{told['incidents']:,} incidents whose latest day is before {told['before']}: these rows {verb}."
    rows = list(told["rows"].items())
    return f"{said}\n\n{table(('table', 'rows'), rows)}" if rows else f"Nothing is kept from before {told['before']}."


def erase(chosen: Namespace) -> int:
    """Erase a person, and say in counts what was removed."""
    django()
    from traumatracker.web import jobs

    profile, _ = _held(chosen)
    progress = Progress()
    done = jobs.erase(profile.id, chosen.person, home(), progress)
    progress.finish()
    show(chosen, {"profile": profile.id, **done}, _erased)
    return DONE


def _erased(told: dict[str, Any]) -> str:
    rows = [(name, count, told["rows_emptied"].get(name, 0)) for name, count in told["rows_removed"].items()]
    rows += [(name, 0, count) for name, count in told["rows_emptied"].items() if name not in told["rows_removed"]]
    deleted = list(told["casework_deleted"].items())
    if not rows and not deleted:
        return "Nothing was held about anybody of that reference."
    parts = [f"They had {told['identifiers']} identifiers."]
    if rows:
        parts.append(table(("table of the record", "rows removed", "rows without them now"), rows))
    if deleted:
        parts.append(table(("casework", "rows deleted"), deleted))
    return "\n\n".join([*parts, "Run a refresh now, so that nothing computed before is left."])


def repair(chosen: Namespace) -> int:
    """Bring the Delta tables in step, and say which were not."""
    profile, record = _held(chosen)
    differing = record.of(profile.id).out_of_step()
    with record.taking(profile.id) as held:
        held.repair(always=True)
    show(chosen, {"profile": profile.id, "repaired": differing}, _repaired)
    return DONE


def _repaired(told: dict[str, Any]) -> str:
    rows = list(told["repaired"].items())
    return table(("table", "files added or removed"), rows) if rows else "Every table was in step."


class _Told:
    """Progress over tables, as the work tells it."""

    def __init__(self, what: str):
        self.what, self.progress = what, Progress()

    def __enter__(self) -> "_Told":
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.finish()

    def __call__(self, done: int, total: int, name: str) -> None:
        self.progress(self.what, done, total)


def _held(chosen: Namespace) -> tuple[Profile, Record]:
    """Return the profile and the record. Raises CannotRun where nothing has been taken yet."""
    profile, record = find_profile(chosen.profile), Record(home())
    if not record.of(profile.id).batches():
        raise CannotRun(f"The record of {profile.id} is empty. Run `traumatracker refresh` first.")
    return profile, record


def _today(profile: Profile) -> date:
    """Return the day it is at the force, or the one set in TRAUMATRACKER_TODAY."""
    django()
    from django.conf import settings

    return settings.TODAY or datetime.now(tz=ZoneInfo(profile.time_zone)).date()
