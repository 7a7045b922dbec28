"""The live worker: takes each message as it comes and brings the store to what a refresh would now say of it.

It keeps the rows of one profile beside it (`tables.py`), loaded when it starts and again after each finished refresh,
in a thread, while it goes on with those it has. How far it has come stands in the store, written with what it changed;
a worker that dies leaves nothing but a position to go on from. Decided in docs/adr/0062-live-evaluation.md.
"""

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from django.db import InterfaceError, OperationalError, connection

from traumatracker.errors import CannotRun
from traumatracker.record.steps import step
from traumatracker.record.store import Record
from traumatracker.sources.profile import find_profile
from traumatracker.web import packs
from traumatracker.web.apply import apply_events
from traumatracker.web.clock import today_at
from traumatracker.web.intake.models import Run
from traumatracker.web.live import inbox, touched
from traumatracker.web.live.tables import LiveTables

MESSAGES_AT_A_TIME = 100  # Source: judgement; two seconds of the busiest feed that is promised
# Seen to again after a refresh, between messages. Source: judgement; a message waits a fraction of a second for them.
EVENTS_AT_A_TIME = 40
SECONDS_BETWEEN_LOOKS = 0.05  # Source: judgement; a twentieth of the second in which a message must be seen
SECONDS_BETWEEN_LOOKS_FOR_A_RUN = 1.0  # Source: judgement; a refresh takes longer
SECONDS_AFTER_TROUBLE = 1.0  # Source: judgement; a database that restarts takes ten

STANDS_BACK = 15  # niceness of the thread that loads tables, so that messages meanwhile come first. Source: judgement

log = logging.getLogger(__name__)
_numbers = itertools.count(1)  # of the folders this process has made


@dataclass
class _Loading:
    """Tables on their way in: of which run, with which messages, and what went wrong."""

    run: Run
    position: int
    thread: threading.Thread | None = None
    tables: LiveTables | None = None
    failed: Exception | None = None


@dataclass
class Worker:
    """Sees to the messages of one profile. Not to be shared between threads."""

    profile_id: str
    home: Path
    tables: LiveTables | None = None
    run: Run | None = None
    position: touched.LivePosition = field(default_factory=touched.LivePosition)
    _left: set[str] = field(default_factory=set)
    _again: set[str] = field(default_factory=set)
    _loading: _Loading | None = None
    _looked_at: float = 0.0

    def __post_init__(self) -> None:
        self.profile = find_profile(self.profile_id)
        self.pack = packs.pack_of(self.profile.pack)

    def work(self, stop: Callable[[], bool], pause: Callable[[float], Any] = time.sleep) -> None:
        """See to messages until told to stop. A store that is away is waited for.

        Raises CannotRun when another worker sees to the same profile, and what DuckDB raises when it cannot go on.
        """
        while not stop():
            try:
                seen = self.once()
            except (OperationalError, InterfaceError):
                connection.close()
                log.warning("The live worker waits for the casework store.")
                pause(SECONDS_AFTER_TROUBLE)
                continue
            if not seen:
                pause(SECONDS_BETWEEN_LOOKS)
        self.close()

    def once(self) -> int:
        """See to what has come since; returns how many messages and events, 0 also while no refresh ever finished.

        Messages come first. Events to be seen to again, after a refresh, follow a few at a time: they stand in the
        store as they were last found, so that nothing is missing meanwhile.
        """
        self._renew()
        if self.tables is None:
            return 0
        messages = inbox.after(self.profile_id, self.position.message, MESSAGES_AT_A_TIME)
        if messages:
            self._see_to(messages)
        elif self._left:  # the store was away when they were to be written
            self._bring(self._left, self.position.message)
            self._left.clear()
        again = sorted(self._again)[:EVENTS_AT_A_TIME]
        if again:
            self._bring(set(again), self.position.message)
            self._again -= set(again)
        return len(messages) + len(again)

    def close(self) -> None:
        """Let go of the tables."""
        if self._loading and self._loading.thread:
            self._loading.thread.join()
            if self._loading.tables:
                self._loading.tables.close()
        if self.tables:
            self.tables.close()
        self.tables = self._loading = None

    def _see_to(self, messages: list[inbox.Message]) -> None:
        """Apply some messages together; where one cannot be, each alone, and that one is left to the next refresh."""
        step("inbox")
        try:
            self._apply(messages)
        except (OperationalError, InterfaceError, CannotRun, duckdb.FatalException, MemoryError):
            raise
        except Exception as wrong:
            if len(messages) > 1:
                for message in messages:
                    self._see_to([message])
                return
            log.warning("Live left a message to the next refresh (%s).", type(wrong).__name__)
            self._left.clear()
            self._write([], set(), messages[-1].id, set_aside=type(wrong).__name__)

    def _apply(self, messages: list[inbox.Message]) -> None:
        assert self.tables  # noqa: S101 - asked by the caller
        rows = inbox.together(self.profile, messages)
        # Kept until they are written: what was linked before is no longer known once the rows are taken.
        self._left |= self.tables.take(rows, max(message.received_at for message in messages))
        self._bring(self._left, messages[-1].id)
        self._left.clear()

    def _bring(self, incidents: set[str], message: int) -> None:
        """Bring the store to what these incidents, and all they are linked with, now come to."""
        assert self.tables  # noqa: S101 - asked by the caller
        step("link")
        events, people = self.tables.come_to(self.pack, incidents, self.as_of())
        step("evaluate")
        self._write(people, events, message)

    def _write(self, people: list[Any], events: set[str], message: int, set_aside: str = "") -> None:
        assert self.run  # noqa: S101 - there are tables
        step("apply")
        done = touched.Step(
            profile=self.profile_id, message=max(message, self.position.message), events=sorted(events),
            step=self.position.step, run=self.run.id, as_of=self.as_of(), set_aside=set_aside,
        )  # fmt: skip
        apply_events(people, events, self.run, done)
        self.position = touched.position(self.profile_id)

    def as_of(self) -> date:
        """Return the day up to which live counts: today at the force, or the run's if that is later."""
        assert self.run  # noqa: S101 - there are tables
        return max(self.run.as_of, today_at(self.profile.time_zone))

    def _renew(self) -> None:
        """Begin to load anew when a refresh has finished, and take over when that is done."""
        if self._loading is None:
            if self.tables and time.monotonic() < self._looked_at + SECONDS_BETWEEN_LOOKS_FOR_A_RUN:
                return
            self._looked_at = time.monotonic()
            newest = inbox.newest_done(self.profile_id)
            if newest is None or (self.run and newest.id == self.run.id):
                return
            self._begin_loading(newest)
        loading = self._loading
        assert loading and loading.thread  # noqa: S101 - begun above
        if self.tables is None:
            loading.thread.join()
        if not loading.thread.is_alive():
            self._take_over(loading)

    def renewed(self) -> None:
        """Look for a finished refresh at once, and wait until its tables are there. For tests and a last look."""
        self._looked_at = float("-inf")
        self._renew()
        if self._loading and self._loading.thread:
            self._loading.thread.join()
            self._renew()

    def _begin_loading(self, run: Run) -> None:
        """Messages are read before the record, so that none is missed when it moves from the one to the other."""
        self.position = touched.position(self.profile_id)
        messages = inbox.held_until(self.profile_id, self.position.message)
        waiting = inbox.in_groups(self.profile, messages)
        folder = self.home / "live" / f"{self.profile_id}-{os.getpid()}-{next(_numbers)}"
        loading = self._loading = _Loading(run, self.position.message)

        def load() -> None:
            if hasattr(os, "sched_getaffinity"):  # Linux, where one thread of a process may stand back
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), STANDS_BACK)
            try:
                loading.tables = LiveTables(self.profile, Record(self.home), folder, waiting)
            except Exception as wrong:  # said by the thread that waits for it
                loading.failed = wrong

        loading.thread = threading.Thread(target=load, name="live tables", daemon=True)
        loading.thread.start()

    def _take_over(self, loading: _Loading) -> None:
        """Use the tables just loaded: with the messages that came meanwhile, and again for what stood on the old."""
        self._loading = None
        if loading.failed:
            raise loading.failed
        assert loading.tables  # noqa: S101 - it did not fail
        old, self.tables, self.run = self.tables, loading.tables, loading.run
        if old:
            old.close()
        held = inbox.held_until(self.profile_id, self.position.message)
        missed = [message for message in held if message.id > loading.position]
        for rows, received_at in inbox.in_groups(self.profile, missed):
            self._again |= self.tables.take(rows, received_at)
        self._again |= set(touched.touched_before(self.profile_id, self.run.id))
