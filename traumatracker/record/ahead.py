"""Two things at once where the second does not need the first to end: read on while rows are looked at, and write.

Arrow reads and writes without holding Python up, so that one more thread keeps the second core busy. Order is kept,
an error comes out where the item would have, and no more than a few items wait in memory.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
WAITING = 2  # items. Source: judgement; one being made and one made, each some 30,000 rows
_END: Any = object()


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items in their order, the next ones being made meanwhile."""
    source = iter(items)
    with ThreadPoolExecutor(1) as other:
        made = deque(other.submit(next, source, _END) for _ in range(WAITING))
        while (item := made.popleft().result()) is not _END:
            made.append(other.submit(next, source, _END))
            yield item
        for late in made:
            late.cancel()


class Behind:
    """Calls one after the other in another thread. What a call raises comes out of a later `do`, or of `end`."""

    def __init__(self) -> None:
        self._other = ThreadPoolExecutor(1)
        self._waiting: deque[Future[Any]] = deque()

    def do(self, work: Callable[..., Any], *arguments: Any) -> None:
        """Have `work(*arguments)` done after what was asked before; waits while too much is waiting."""
        while len(self._waiting) >= WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._other.submit(work, *arguments))

    def end(self) -> None:
        """Wait until all is done."""
        try:
            while self._waiting:
                self._waiting.popleft().result()
        finally:
            self._other.shutdown(cancel_futures=True)
