"""What cannot be computed again is on the disk before it is answered: what people decided, what a live feed sent.

The store otherwise waits for the disk only now and then, because a page writes a row for every look; a power cut
may take the last looks with it, but never part of one (docs/adr/0040-casework-store.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

FULL = 2  # SQLite's number for it


@contextmanager
def on_disk() -> Iterator[None]:
    """One transaction that is on the disk when it ends. Used as `with on_disk():` or as the decorator `@on_disk()`.

    Inside a transaction of the caller it is part of that one, and as durable as that one is.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic():
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
