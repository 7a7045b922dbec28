"""One of a kind at a time: one refresh, one live worker. By a lock of the system, and in PostgreSQL by one there too.

The system's lock is kept by the process and let go when it dies, however it dies. It says nothing to another machine,
which shares a PostgreSQL store but not the folder; there the database keeps the lock, as long as the connection lives.
A connection that was lost takes its locks along: they are taken again with the next one, before it is used.
"""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.db import connection, connections
from django.db.backends.signals import connection_created

from traumatracker.errors import CannotRun
from traumatracker.web.durable import number_of

ELSEWHERE = "on another machine"
TRIES, BETWEEN_TRIES = 20, 0.25  # times and seconds. Source: judgement


@contextmanager
def alone(path: Path, refusal: Callable[[str], str]) -> Iterator[TextIO]:
    """Hold the lock of this file, and of its name in the database; yields the file, in which to write who holds it.

    Raises CannotRun with `refusal(who holds it)` while somebody else does. Locks of one thread's connection: what is
    done under it is done in this thread.
    """
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as busy:
            lock.seek(0)
            raise CannotRun(refusal(lock.read(200) or "just started")) from busy
        with _in_database(path.name, refusal):
            yield lock


@contextmanager
def _in_database(name: str, refusal: Callable[[str], str]) -> Iterator[None]:
    if connection.vendor == "sqlite":
        yield
        return
    mine, number = connections["default"], number_of("alone", name)
    if not _ask(mine, "pg_try_advisory_lock", number):
        raise CannotRun(refusal(ELSEWHERE))

    def taken_again(connection: Any, **_: Any) -> None:
        if connection is mine and not _soon(mine, number):
            mine.close()  # nothing may be done with it, for it is no longer ours alone
            raise CannotRun(refusal(ELSEWHERE))

    connection_created.connect(taken_again)
    try:
        yield
    finally:
        connection_created.disconnect(taken_again)
        if mine.is_usable():
            _ask(mine, "pg_advisory_unlock", number)


def _soon(connection: Any, number: int) -> bool:
    """Return whether the lock was had within seconds: a server may take a moment to see that we hung up."""
    for _ in range(TRIES):
        if _ask(connection, "pg_try_advisory_lock", number):
            return True
        time.sleep(BETWEEN_TRIES)
    return False


def _ask(connection: Any, function: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [number])
        return bool(cursor.fetchone()[0])
