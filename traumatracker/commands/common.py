"""What the commands share: the exit codes, the home folder, Django, and how an answer is printed."""

import argparse
import os
import sys
from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import Any

from traumatracker.console import as_json

DONE, REFUSED_SOME = 0, 1


def home() -> Path:
    """Return the folder that holds the record and the casework store: TRAUMATRACKER_HOME, else ./var."""
    return Path(os.environ.get("TRAUMATRACKER_HOME", "var")).resolve()


def django() -> None:
    """Make the web application's models usable from a command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "traumatracker.web.settings")
    import django as framework

    framework.setup()


def stand_back() -> None:
    """Let pages and live messages have the processor first: nobody waits for this process by the second."""
    os.nice(19)


def show(chosen: Namespace, value: Any, in_words: Any) -> None:
    """JSON when asked for, or when another program reads the output; words for a person."""
    if chosen.json or not sys.stdout.isatty():
        print(as_json(value))
    else:
        print(in_words(value))


def with_json(command: argparse.ArgumentParser) -> None:
    """Let a command print JSON."""
    command.add_argument(
        "--json", action="store_true", help="print JSON (the default when the output goes to another program)"
    )


def day(text: str) -> date:
    """Read a date option. Raises ArgumentTypeError with the way to write it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write it as 2026-11-30") from None
