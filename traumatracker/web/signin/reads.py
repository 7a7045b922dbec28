"""Sessions, accounts and offices, as plain values. Of a person's sessions, only that person's own are shown."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from traumatracker.web.clock import today
from traumatracker.web.signin.models import OfficeGrant, SignInSession

SELF = "self"


class Standing(NamedTuple):
    """A session that has not been ended, and whose it is."""

    id: int
    acting_as: str
    issuer: str
    subject: str
    person: UUID | None
    started_at: datetime
    seen_at: datetime
    authenticated_at: datetime | None


class OwnSession(NamedTuple):
    """One session as its person sees it."""

    id: int
    browser: str
    started_at: datetime
    seen_at: datetime


class Granted(NamedTuple):
    """One grant of an office."""

    office: str
    subject: str
    granted_at: datetime
    until: object
    revoked_at: datetime | None


def standing(session_id: int) -> Standing | None:
    """Return a session that was not ended, or None; how long it has lasted is the caller's to judge."""
    columns = ("id", "acting_as", "account__issuer", "account__subject", "account__person")
    row = SignInSession.objects.filter(id=session_id, ended_at=None).values_list(*columns, *Standing._fields[5:])
    found = row.first()
    return Standing._make(found) if found else None


def offices_of(issuer: str, subject: str) -> list[str]:
    """Return the offices an account holds today."""
    rows = OfficeGrant.objects.filter(holds_today(), issuer=issuer, subject=subject)
    return sorted(set(rows.values_list("office", flat=True)))


def holds_today() -> Q:
    """A grant that holds: not revoked, and its last day, if it has one, has not passed."""
    return Q(revoked_at=None) & (Q(until=None) | Q(until__gte=today()))


def own_sessions(person: UUID, since: datetime) -> list[OwnSession]:
    """Return a person's sessions that were not ended and began after `since`, newest first."""
    rows = SignInSession.objects.filter(account__person=person, ended_at=None, started_at__gt=since)
    return [OwnSession._make(row) for row in rows.order_by("-id").values_list(*OwnSession._fields)]


def grants() -> list[Granted]:
    """Return every grant ever made, newest first."""
    return [Granted._make(row) for row in OfficeGrant.objects.order_by("-id").values_list(*Granted._fields)]
