"""Writes who looked at whom. Called inside the transaction that reads, so that a look that cannot be written
down is a look that does not happen."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from traumatracker.web.people.models import AuditEvent


@dataclass(frozen=True)
class Look:
    """One look at one person: who, at whom, by what right, what for, on which page, at what kind of data."""

    actor: UUID | None  # None: the command line
    subject: UUID
    basis: str
    purpose: str
    surface: str
    data_class: str


def record(looks: Iterable[Look]) -> None:
    """Store one row per look. The caller holds the transaction; any failure here must reach it."""
    at = timezone.now()
    AuditEvent.objects.bulk_create(
        AuditEvent(
            at=at,
            actor_id=look.actor,
            subject_id=look.subject,
            basis=look.basis,
            purpose=look.purpose,
            surface=look.surface,
            data_class=look.data_class,
        )
        for look in looks
    )
