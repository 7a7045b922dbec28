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
# The same where nothing was ever found: there is no page yet to wait for. Source: judgement; still under 200 ms.
FIRST_AIM, FIRST_ALONE, FIRST_MOST = 0.1, 0.001, 40_000


@dataclass
class Pace:
    """`rows`: how many the next transaction may hold, but for a person's rows, which are never divided."""

    rows: int = 200
    sleep: Callable[[float], None] = time.sleep
    aim_seconds: float = AIM
    alone_seconds: float = ALONE
    most_rows: int | None = None  # None: MOST

    @classmethod
    def of_first_load(cls) -> "Pace":
        """Return the pace for a store in which nothing was ever found."""
        return cls(aim_seconds=FIRST_AIM, alone_seconds=FIRST_ALONE, most_rows=FIRST_MOST)

    def took(self, rows: int, seconds: float) -> None:
        """Learn from a transaction. Growth is at most twofold, so that one lucky measurement does little harm."""
        fitting = int(rows * self.aim_seconds / max(seconds, 1e-6))
        self.rows = max(FEWEST, min(fitting, 2 * self.rows, self.most_rows or MOST))

    def rest(self, others_wrote: bool) -> None:
        """Stay away from the store for a moment."""
        self.sleep(SHARED if others_wrote else self.alone_seconds)
