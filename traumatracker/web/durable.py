"""What cannot be computed again is on the disk before it is answered: what people decided, what a live feed sent.

SQLite otherwise waits for the disk only now and then, because a page writes a row for every look; a power cut
may take the last looks with it, but never part of one (docs/adr/0040-casework-store.md). PostgreSQL waits each time
unless its administrator said otherwise, which is respected for looks and not for decisions.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar

from django.db import connection, transaction

from traumatracker.web.retry import PAGE_PATIENCE, once

FULL = 2  # SQLite's number for it
_ON_DISK = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"

Action = TypeVar("Action", bound=Callable[..., Any])


class on_disk:  # used like a function
    """One transaction that is on the disk when it ends. Used as `with on_disk():` or as the decorator `@on_disk()`.

    Inside a transaction of the caller it is part of that one, and as durable as that one is. As a decorator it is done
    again when the store was away for a moment or two writers clashed (`web.retry.once`).
    """

    def __enter__(self) -> None:
        self._entered = _transaction()
        self._entered.__enter__()

    def __exit__(self, *raised: Any) -> Any:
        return self._entered.__exit__(*raised)

    def __call__(self, action: Action) -> Action:
        """Return the action, each call of it one such transaction."""

        @wraps(action)
        def decided(*words: Any, **named: Any) -> Any:
            return once(lambda: action(*words, **named), PAGE_PATIENCE, within=_transaction)

        return decided  # type: ignore[return-value]


# A first load writes everything once, in order: kept in memory until some of it is a good deal, instead of a megabyte
# at a time. Source: measured, bench/five_years.py.
_ROOMY = {"cache_size": -196_608, "wal_autocheckpoint": 100_000}  # KiB when negative; pages of 4 KiB


@contextmanager
def roomy() -> Iterator[None]:
    """Give SQLite room for a great deal of writing while this lasts; other databases have their own way."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in _ROOMY}
        for name, value in _ROOMY.items():
            cursor.execute(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name, value in before.items():
                cursor.execute(f"PRAGMA {name} = {value}")
            if not connection.in_atomic_block:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # gives the disk back what the writing took


@contextmanager
def _transaction() -> Iterator[None]:
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    if connection.vendor != "sqlite":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_ON_DISK)
            yield
        return
    with connection.cursor() as cursor:
        before = int(cursor.execute("PRAGMA synchronous").fetchone()[0])
        cursor.execute(f"PRAGMA synchronous = {FULL}")
        try:
            with transaction.atomic():
                yield
        finally:
            cursor.execute(f"PRAGMA synchronous = {before}")


def turn(*of: Any) -> None:
    """Wait until no other transaction has the turn of this name, and have it until the transaction ends.

    For what is read first and written then, such as "the newest choice, unless it says the same". In SQLite every
    writer has the only turn there is; PostgreSQL lets writers work side by side and keeps turns by a number.
    Call it inside a transaction, before reading.
    """
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number_of(*of)])


def number_of(*of: Any) -> int:
    """Return the number of a turn: 63 bits of a hash of its name, so that two names all but never share one."""
    name = "|".join(map(str, of))
    return int.from_bytes(sha256(f"traumatracker|{name}".encode()).digest()[:8], "big") >> 1
