"""How fast one token may send: a bucket that fills evenly and holds a few seconds' worth.

Each process counts for itself, so with several the limit is that much higher: it is there to stop a source that has
run wild, not to share out capacity.
"""

import time
from collections.abc import Callable
from threading import Lock

from traumatracker.sources.feed.body import MESSAGES

# Seconds' worth a bucket holds, so that a source may catch up after a pause. Source: judgement.
SECONDS_HELD = 10


class Limit:
    """Counts messages for each token. `clock` gives seconds that only ever rise."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._lock = clock, Lock()
        self._buckets: dict[int, tuple[float, float]] = {}

    def wait_for(self, token_id: int, messages: int, a_second: int) -> int:
        """Count `messages` and return 0; or count nothing and return the whole seconds to wait before asking again.

        `a_second`: messages a second; 0 means no limit. A request that is allowed at all never waits for ever.
        """
        if not a_second:
            return 0
        most = max(SECONDS_HELD * a_second, MESSAGES)
        with self._lock:
            now = self._clock()
            left, since = self._buckets.get(token_id, (float(most), now))
            left = min(most, left + (now - since) * a_second)
            if messages > left:
                self._buckets[token_id] = (left, now)
                return int((messages - left) / a_second) + 1
            self._buckets[token_id] = (left - messages, now)
            return 0
