"""What cannot be computed again is on the disk before it is answered: what people decided, what a live feed sent.

The store otherwise waits for the disk only now and then, because a page writes a row for every look; a power cut
may take the last looks with it, but never part of one (docs/adr/0040-casework-store.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager

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
