"""What to do when the store is away, or when two writers got into each other's way: wait a little and do it again.

Only whole transactions are done again. The answer to a commit may be lost although it happened: `once` asks the
database what became of it before it does anything twice, and `again` is for what may be done twice, such as reading.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

from traumatracker.errors import CannotRun

Result = TypeVar("Result")

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0  # seconds. Source: judgement; a job is back at work within LONGEST_PAUSE
JOB_PATIENCE = 15 * 60  # seconds a refresh waits for a database that is away. Source: judgement; a restart takes ten
PAGE_PATIENCE = 3  # seconds a page does; its reader waits. Source: judgement


class Trouble(StrEnum):
    """Why the store could not do it. `AWAY` and `CLASH` pass by themselves; a full disk does not."""

    AWAY = "away"
    CLASH = "clash"
    FULL = "full"


class StoreAway(CannotRun):
    """The store stayed away, busy or full for as long as we were ready to wait; `trouble` says which."""

    def __init__(self, why: Trouble):
        super().__init__(SAID[why])
        self.trouble = why


# Source: PostgreSQL's manual, appendix A. No code at all: the server was never reached, or hung up.
_POSTGRESQL = {
    "57P01": Trouble.AWAY, "57P02": Trouble.AWAY, "57P03": Trouble.AWAY, "57P05": Trouble.AWAY,
    "53300": Trouble.AWAY, "25P03": Trouble.AWAY, "25006": Trouble.AWAY,
    "40001": Trouble.CLASH, "40P01": Trouble.CLASH, "55P03": Trouble.CLASH,
    "53000": Trouble.FULL, "53100": Trouble.FULL, "53200": Trouble.FULL, "58030": Trouble.FULL,
}  # fmt: skip
_SQLITE = {
    sqlite3.SQLITE_BUSY: Trouble.CLASH, sqlite3.SQLITE_LOCKED: Trouble.CLASH,
    sqlite3.SQLITE_FULL: Trouble.FULL, sqlite3.SQLITE_IOERR: Trouble.FULL, sqlite3.SQLITE_CANTOPEN: Trouble.FULL,
    sqlite3.SQLITE_READONLY: Trouble.FULL,
}  # fmt: skip
_PRIMARY = 0xFF  # an extended code of SQLite holds the primary one in its last byte

SAID = {
    Trouble.AWAY: "The casework store cannot be reached. See whether its database runs, then run the same again.",
    Trouble.CLASH: "Others kept writing to the casework store and this never got its turn. Run the same again.",
    Trouble.FULL: "The casework store cannot write. See whether its disk is full or read-only, then run it again.",
}


def trouble(error: BaseException | None) -> Trouble | None:
    """Return why the store could not do it, or None where the fault is not the store's."""
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get((getattr(cause, "sqlite_errorcode", None) or 0) & _PRIMARY)
    code = getattr(cause, "sqlstate", None)
    if code is None or code.startswith("08"):
        return Trouble.AWAY
    return _POSTGRESQL.get(code)


def again(
    work: Callable[[], Result],
    patience: float = JOB_PATIENCE,
    *,
    sleep: Callable[[float], Any] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Result:
    """Return what `work` returns, doing it again while the store is away or clashes, for `patience` seconds.

    `work` comes to the same when it is done twice; a transaction is done by `once`. Inside somebody else's transaction
    it is done once, because what was done before it is already lost. Raises StoreAway when patience ends or the disk is
    full, and whatever else `work` raises.
    """
    if connection.in_atomic_block:
        return work()
    ends, pause = clock() + patience, FIRST_PAUSE
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError) as error:
            why = trouble(error)
            if why is None:
                raise
            if why is not Trouble.CLASH:
                connection.close()
            if why is Trouble.FULL or clock() + pause > ends:
                raise StoreAway(why) from error
        sleep(_uneven(pause))
        pause = min(2 * pause, LONGEST_PAUSE)


def once(
    work: Callable[[], Result],
    patience: float = JOB_PATIENCE,
    within: Callable[[], AbstractContextManager[Any]] = transaction.atomic,
) -> Result:
    """Do `work` in one transaction, which happens exactly once, and return what it returned.

    `within` opens the transaction. What goes wrong in it is done again as `again` says; raises as `again` does.
    """
    tried: list[tuple[str | None, Result]] = []

    def attempt() -> Result:
        if tried and tried[-1][0] and _committed(tried[-1][0]):
            return tried[-1][1]
        tried.clear()
        with within():
            result = work()
            tried.append((_number(), result))
        return result

    return again(attempt, patience)


def _number() -> str | None:
    """Return the number of the transaction we are in, by which the server knows later what became of it."""
    if connection.vendor == "sqlite":  # its commit is a call, not a message: there is no answer to lose
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text")
        return str(cursor.fetchone()[0])


def _committed(number: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_xact_status(%s::text::xid8)", [number])
        status = cursor.fetchone()[0]
    if status == "in progress":  # the server has not seen yet that we hung up
        raise OperationalError("a transaction of ours has not ended yet")
    return bool(status == "committed")


def _uneven(pause: float) -> float:
    """Return the pause or up to half of it less, differently for each process, so that they do not meet again."""
    return pause * (1 - (os.getpid() * 7919 % 1000) / 2000)
