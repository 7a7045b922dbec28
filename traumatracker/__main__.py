"""The command line: `traumatracker COMMAND --help`.

Exit codes: 0 done; 1 done, but something was refused or quarantined; 2 could not run, and why.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from traumatracker import __version__, commands
from traumatracker.errors import TraumatrackerError

COULD_NOT_RUN = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    os.umask(0o077)  # whatever is written is for its owner alone
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.command(chosen))
    except TraumatrackerError as error:
        return _could_not_run(str(error))
    except KeyboardInterrupt:
        return _could_not_run("stopped. What was finished is kept; run the same command to go on.")
    except OSError as error:
        return _could_not_run(f"cannot use {error.filename or 'a file'}: {error.strerror or type(error).__name__}.")
    except Exception as error:  # its text may hold a value of somebody's record, so only its kind is shown
        if os.environ.get("TRAUMATRACKER_TRACEBACK"):
            raise
        return _could_not_run(
            f"something went wrong that nobody foresaw ({type(error).__name__}). What was finished is kept. "
            "Set TRAUMATRACKER_TRACEBACK=1 to see where; what it then prints may hold values of records."
        )


def _could_not_run(why: str) -> int:
    print(f"traumatracker: {why}", file=sys.stderr)
    return COULD_NOT_RUN


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command; tests check that each is documented."""
    top = argparse.ArgumentParser(
        prog="traumatracker",
        description="Counts who was exposed to what, from what a force already records.",
        epilog="Exit codes: 0 done; 1 done, but something was refused; 2 could not run, and why.",
    )
    top.add_argument("--version", action="version", version=f"traumatracker {__version__}")
    each = top.add_subparsers(dest="name", required=True, metavar="COMMAND")
    _synthesise(each.add_parser("synthesise", help="write a made-up force as the files a real one would export"))
    _refresh(each.add_parser("refresh", help="read a folder of exports and bring everyone's record up to date"))
    _exposures(each.add_parser("exposures", help="list one person's exposures with their reasons"))
    _score(each.add_parser("score-truth", help="measure precision and recall against a made-up force's hidden truth"))
    _serve(each.add_parser("serve", help="serve the pages on this machine"))
    return top


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--json", action="store_true", help="print JSON (the default when the output goes to another program)"
    )


def _synthesise(command: argparse.ArgumentParser) -> None:
    command.description = "Write a made-up force: the same people, years, seed and day give the same bytes."
    command.add_argument("--people", type=int, default=300, help="people in post at any time (default 300)")
    command.add_argument("--years", type=int, default=5, help="years of records (default 5)")
    command.add_argument("--seed", type=int, default=7, help="which force to make up (default 7)")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
    command.add_argument("--as-of", type=_day, metavar="DATE", help="the day the export is drawn (default today)")
    _json(command)
    command.set_defaults(command=commands.synthesise)


def _refresh(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Read every export in DIR: what is good is kept, what is bad is quarantined with its reason, and nothing "
        "is counted twice. Running it again on the same files changes nothing."
    )
    command.add_argument("--profile", required=True, help="the source profile, such as synthetic or seattle")
    command.add_argument("folder", type=Path, metavar="DIR", help="the folder of exports")
    command.add_argument("--as-of", type=_day, metavar="DATE", help="count up to this day (default today)")
    _json(command)
    command.set_defaults(command=commands.refresh)


def _exposures(command: argparse.ArgumentParser) -> None:
    command.description = "List one person's exposures. The look is recorded for them to see."
    command.add_argument("--person", required=True, metavar="ID", help="the hr_ref of the HR file")
    _json(command)
    command.set_defaults(command=commands.exposures)


def _score(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Precision and recall for each category and part, with 0, 20 and 50% of crews and linked crimes missing."
    )
    command.add_argument("folder", type=Path, metavar="DIR", help="a folder written by synthesise")
    command.add_argument("--as-of", type=_day, metavar="DATE", help="count up to this day (default today)")
    _json(command)
    command.set_defaults(command=commands.score_truth)


def _serve(command: argparse.ArgumentParser) -> None:
    command.description = "Serve the pages on this machine until Ctrl-C. Demonstration mode only, for now."
    command.add_argument("--port", type=int, default=8000, help="default 8000")
    _json(command)
    command.set_defaults(command=commands.serve)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write it as 2026-11-30") from None


if __name__ == "__main__":
    raise SystemExit(main())
