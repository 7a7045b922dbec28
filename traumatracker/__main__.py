"""The command line: `traumatracker COMMAND --help`.

Exit codes: 0 done; 1 done, but something was refused or quarantined; 2 could not run, and why.
"""

import argparse
import os
import sys
from collections.abc import Sequence

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
    except BrokenPipeError:  # whoever read the output has had enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
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
    for group in commands.GROUPS:
        group.add(each)
    return top


if __name__ == "__main__":
    raise SystemExit(main())
