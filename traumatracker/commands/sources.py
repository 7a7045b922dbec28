"""The sources: watch a folder for files that arrive."""

import argparse
import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from traumatracker.commands.common import DONE, REFUSED_SOME, django, home, with_json
from traumatracker.console import Progress
from traumatracker.errors import CannotRun


def add(each: Any) -> None:
    """Add these commands to the command line."""
    group = each.add_parser("sources", help="watch a folder for a source's files")
    group.description = "The force's sources: what their files look like, and taking them as they arrive."
    inner = group.add_subparsers(dest="sources_command", required=True, metavar="WHAT", help="what to do")
    _watch(inner.add_parser("watch", help="take files from a folder as they arrive"))


def _watch(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Look into DIR again and again. A file is taken when it is whole: unchanged for some seconds, or confirmed by "
        "the file beside it that the profile asks for. Stop it with Ctrl-C; started again, it goes on where it was."
    )
    command.add_argument("--profile", required=True, help="the source profile, or the path of a .toml file")
    command.add_argument("folder", type=Path, metavar="DIR", help="the folder that the exports arrive in")
    command.add_argument(
        "--settle", type=float, default=10.0, metavar="SECONDS", help="how long a file must stay the same (default 10)"
    )
    command.add_argument("--once", action="store_true", help="stop when nothing is left to take")
    with_json(command)
    command.set_defaults(command=watch)


def watch(chosen: Namespace) -> int:
    """Watch a folder until Ctrl-C, or with --once until all that is there was taken."""
    django()
    from traumatracker.sources.adopted import adopt
    from traumatracker.sources.profile import find_profile
    from traumatracker.sources.watch import Watch
    from traumatracker.web import jobs

    if not chosen.folder.is_dir():
        raise CannotRun(f"There is no folder {chosen.folder}. Give the folder that the exports arrive in.")
    profile, progress = find_profile(adopt(chosen.profile)), Progress()

    def take(folder: Path) -> dict[str, Any]:
        done = jobs.refresh(profile.id, folder, None, home(), progress)
        progress.finish()
        return {name: done[name] for name in _TOLD}

    told = _tell(as_lines=chosen.json or not sys.stdout.isatty())
    watched = Watch(profile, chosen.folder, home(), take, told, chosen.settle)
    with watched.alone():
        while True:
            found = watched.round()
            if chosen.once and found.failed:
                raise CannotRun(found.failed)
            if chosen.once and not found.taken and not found.may_settle:
                return REFUSED_SOME if found.left else DONE
            time.sleep(found.wait_seconds)


_TOLD = ("rows_read", "rows_accepted", "rows_quarantined", "incidents", "exposures", "new", "changed", "withdrawn")


def _tell(as_lines: bool) -> Callable[[dict[str, Any]], None]:
    """Return what says each event: a line of JSON for a program, a sentence for a person."""

    def tell(event: dict[str, Any]) -> None:
        stamped = {"at": datetime.now(tz=UTC).isoformat(timespec="seconds"), **event}
        print(json.dumps(stamped, ensure_ascii=False) if as_lines else _in_words(stamped), flush=True)

    return tell


def _in_words(event: dict[str, Any]) -> str:
    at = event["at"][:19].replace("T", " ")
    if event["event"] == "waiting":
        return f"{at}  {event['file']} waits: {event['why']}."
    if event["event"] == "failed":
        return f"{at}  Nothing was taken: {event['why']} Trying again in {event['again_in_seconds']:.0f} s."
    counts = ", ".join(f"{event[name]:,} {name.replace('_', ' ')}" for name in _TOLD)
    return f"{at}  Took {', '.join(event['files'])}: {counts}."
