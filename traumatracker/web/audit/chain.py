"""Appends to the chain: one writer at a time, by the lock of the head's row; each event hashes the one before it.

The lock is held until the caller's transaction ends, so this is the last thing a transaction does. SQLite has one
writer at a time anyway.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from traumatracker.errors import CannotRun
from traumatracker.web.audit import guards
from traumatracker.web.audit.canonical import digest
from traumatracker.web.audit.request import request_id
from traumatracker.web.people.models import AuditEvent, AuditHead

SHOWN, CHANGED, RESEALED = "shown", "changed", "resealed"
HEAD = 1  # the id of the only head


@dataclass(frozen=True)
class Look:
    """One look at one person, or one change: who, at whom, by what right, what for, on which page, at what data.

    `fields` and `rows`: which columns of how many rows, never what stood in them. `office`: whose hand it was where
    `actor` is None. `subject` is None only where the event is about the chain itself.
    """

    actor: UUID | None
    subject: UUID | None
    basis: str
    purpose: str
    surface: str
    data_class: str
    office: str = ""
    fields: tuple[str, ...] = ()
    rows: int = 0
    outcome: str = SHOWN


def record(looks: Iterable[Look]) -> None:
    """Append one event for each look. The caller holds the transaction; any failure here must reach it."""
    append(list(looks))


def changed(looks: Iterable[Look]) -> None:
    """Append that somebody changed people's records. Called at the end of the transaction that changes them."""
    append([replace(look, outcome=CHANGED) for look in looks])


def own_change(person: UUID, purpose: str, surface: str, data_class: str) -> Look:
    """Return a change that somebody makes to what is their own."""
    return Look(person, person, "self", purpose, surface, data_class, rows=1)


def append(looks: Sequence[Look], at: datetime | None = None) -> None:
    """Append the looks in this order. `at`: when it was, by default the database's clock.

    Raises CannotRun when the head is missing, and whatever the store raises.
    """
    if not looks:
        return
    with transaction.atomic(savepoint=False):  # part of the caller's transaction where there is one
        sequence, previous, now = _locked_head()
        events = []
        for look in looks:
            sequence += 1
            event = _event(look, sequence, at or now)
            event.hash = previous = digest(previous, vars(event))
            events.append(event)
        AuditEvent.objects.bulk_create(events)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {AuditHead._meta.db_table} SET sequence = %s, hash = %s WHERE id = %s",
                [sequence, previous, HEAD],
            )


def _event(look: Look, sequence: int, at: datetime) -> AuditEvent:
    return AuditEvent(
        sequence=sequence,
        at=at,
        actor_id=look.actor,
        office=look.office,
        subject_id=look.subject,
        basis=str(look.basis),
        purpose=look.purpose,
        surface=look.surface,
        data_class=str(look.data_class),
        fields=" ".join(look.fields),
        rows=look.rows,
        outcome=look.outcome,
        request=request_id.get(),
    )


def _locked_head() -> tuple[int, str, datetime]:
    """Return the number and hash of the newest event and the database's time, holding the head until the end.

    SQLite works in this process, so its clock is ours; and its write lock was taken when the transaction began.
    """
    is_sqlite = connection.vendor == "sqlite"
    clock, lock = ("NULL", "") if is_sqlite else ("clock_timestamp()", "FOR UPDATE")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT sequence, hash, {clock} FROM {AuditHead._meta.db_table} WHERE id = %s {lock}", [HEAD])
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        raise CannotRun(
            "The head of the audit chain is missing. Restore the store from its backup, then `audit verify`."
        )
    return row[0], row[1], timezone.now() if is_sqlite else row[2].astimezone(UTC)


def is_guarded() -> bool:
    """Return whether the triggers that refuse changes are in place and at work."""
    with connection.cursor() as cursor:
        cursor.execute(guards.standing(connection.vendor))
        return guards.names(connection.vendor) <= {name for (name,) in cursor.fetchall()}


def guard() -> None:
    """Put the triggers in place where they are not: a migration in SQLite may make a table anew, without them."""
    if not is_guarded():
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in [*guards.down(connection.vendor), *guards.up(connection.vendor)]:
                cursor.execute(statement)
