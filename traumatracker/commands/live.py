"""See to live messages as they come, and rebuild what is derived."""

import argparse
import os
import signal
import sys
import threading
from argparse import Namespace
from typing import Any

from traumatracker.commands.common import DONE, REFUSED_SOME, day, django, home, show, stand_back, with_json
from traumatracker.console import Progress, as_json, table


def add(each: Any) -> None:
    """Add these commands to the command line."""
    _live(each.add_parser("live", help="see to live messages as they come"))
    _rebuild(each.add_parser("rebuild", help="drop everything derived and give it back from the record"))


def _live(command: argparse.ArgumentParser) -> None:
    command.description = (
        "See to the live messages of one profile as they come, until Ctrl-C. `serve` starts one of these for each "
        "profile by itself; start it alone where the pages run elsewhere. Only one may run for a profile."
    )
    command.add_argument("--profile", required=True, help="the source profile whose messages to see to")
    command.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    with_json(command)
    command.set_defaults(command=live)


def _rebuild(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Drop every exposure, question and posting of a profile and give them back from the record and the inbox, "
        "person by person. With --check nothing is changed: everything is derived beside the store and compared."
    )
    command.add_argument("--profile", required=True, help="the source profile whose findings to rebuild")
    command.add_argument("--check", action="store_true", help="only compare; exit 1 when anything differs")
    command.add_argument("--as-of", type=day, metavar="DATE", help="count up to this day (default: as the store does)")
    with_json(command)
    command.set_defaults(command=rebuild)


def live(chosen: Namespace) -> int:
    """See to live messages until Ctrl-C, a signal to end, or the end of the parent."""
    django()
    from traumatracker.web import jobs
    from traumatracker.web.live.supervise import only_worker

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if chosen.with_parent:
        threading.Thread(target=_end_with_parent, args=(stop,), daemon=True).start()
    jobs.prepare(home())
    with only_worker(chosen.profile, home()) as worker:
        said = {"profile": chosen.profile, "process": os.getpid()}
        print(as_json(said) if chosen.json else f"Seeing to the live messages of {chosen.profile}.", flush=True)
        worker.work(stop.is_set, stop.wait)
    return DONE


def _end_with_parent(stop: threading.Event) -> None:
    """Wait until standard input closes: the system closes it with the parent, however that one died."""
    while sys.stdin.buffer.read(1):
        pass
    stop.set()


def rebuild(chosen: Namespace) -> int:
    """Rebuild what is derived, or compare it with what it would be."""
    django()
    from traumatracker.web import jobs

    stand_back()
    progress = Progress()
    work = jobs.check if chosen.check else jobs.rebuild
    done = work(chosen.profile, chosen.as_of, home(), progress)
    progress.finish()
    show(chosen, done, _checked if chosen.check else _rebuilt)
    return REFUSED_SOME if chosen.check and not done["identical"] else DONE


def _rebuilt(done: dict[str, Any]) -> str:
    return (
        f"Rebuilt as of {done['as_of']}: {done['exposures']:,} exposures and {done['open_questions']:,} open questions "
        f"of {done['people']:,} people."
    )


def _checked(done: dict[str, Any]) -> str:
    rows = ", ".join(f"{count:,} of kind {kind}" for kind, count in done["rows"].items())
    if done["identical"]:
        return f"Identical as of {done['as_of']}: {rows}."
    first = table(("kind", "key", "where"), [(one["kind"], one["key"], one["side"]) for one in done["first"]])
    return f"{done['differences']:,} rows differ as of {done['as_of']}, of {rows}.\n\n{first}"
