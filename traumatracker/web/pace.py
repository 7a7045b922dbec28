"""How long a writer may hold the store, and how long it then stays away, so that pages and messages get in.

SQLite has one writer at a time and its queue is not fair: those who wait look again after 1 to 100 ms, and a writer
that never pauses wins every time. Measured in docs/adr/0040-casework-store.md.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

AIM = 0.015  # seconds a transaction should take. Source: measured; 30 ms and more let pages wait several times longer.
ALONE = 0.005  # seconds to stay away when nobody else wrote. Source: judgement; long enough for a first page to get in.
SHARED = 0.045  # the same when somebody did. Source: measured; three times AIM leaves most of the time to them.
FEWEST, MOST = 20, 5_000  # rows: a floor so that a busy machine still gets on, a roof so that a fast one stays short


@dataclass
class Pace:
    """`rows`: how many the next transaction may hold, but for a person's rows, which are never divided."""

    rows: int = 200
    sleep: Callable[[float], None] = time.sleep

    def took(self, rows: int, seconds: float) -> None:
        """Learn from a transaction. Growth is at most twofold, so that one lucky measurement does little harm."""
        fitting = int(rows * AIM / max(seconds, 1e-6))
        self.rows = max(FEWEST, min(fitting, 2 * self.rows, MOST))

    def rest(self, others_wrote: bool) -> None:
        """Stay away from the store for a moment."""
        self.sleep(SHARED if others_wrote else ALONE)
