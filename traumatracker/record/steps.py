"""Named steps of taking and rewriting, so that a test can kill the process at any of them.

Nothing happens unless the tests ask for it by the environment:

    TRAUMATRACKER_TEST_KILL_AT=publish:2    the process kills itself (SIGKILL) when it passes this step the second time
    TRAUMATRACKER_TEST_STEPS_TO=FILE        every step passed is added to this file, one name a line
"""

import os
import signal
from collections import Counter

_passed: Counter[str] = Counter()


def step(name: str) -> None:
    """Say that the process is about to do `name`; it may not live to do it."""
    asked, listing = os.environ.get("TRAUMATRACKER_TEST_KILL_AT"), os.environ.get("TRAUMATRACKER_TEST_STEPS_TO")
    if not asked and not listing:
        return
    _passed[name] += 1
    if listing:
        with open(listing, "a", encoding="utf-8") as file:  # noqa: PTH123 - one write: a line is whole or not there
            file.write(f"{name}\n")
    if asked == f"{name}:{_passed[name]}":
        os.kill(os.getpid(), signal.SIGKILL)
