"""Looks as the gatekeeper writes them down: at one's own record, and of a supervisor at their team."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.http import Http404

from traumatracker.access.rules import DataClass, Level, Relation, decide
from traumatracker.web import audit

Row = TypeVar("Row")

NAME_ONLY = "name_only"  # a name on a team list, with nothing else read


class Seen:
    """How many rows a page of one's own showed."""

    rows = 0

    def all(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows as a list, counted."""
        found = list(rows)
        self.rows += len(found)
        return found


@contextmanager
def own(reader: UUID, data_class: DataClass, surface: str, fields: tuple[str, ...]) -> Iterator[Seen]:
    """Check that this is the reader's own to see, and write the look down after what is read inside.

    In the same transaction, and last in it, because the audit has one writer at a time until the transaction ends.
    Raises Http404 where no rule opens it.
    """
    if not decide(Relation.SELF, Level.FULL, data_class).allowed:
        raise Http404
    with transaction.atomic():
        seen = Seen()
        yield seen
        who = (reader, reader, Relation.SELF, "own record")
        audit.record([audit.Look(*who, surface, data_class, fields=fields, rows=seen.rows)])


def supervisor(
    reader: UUID, subject: UUID, surface: str, data_class: str, fields: tuple[str, ...], rows: int
) -> audit.Look:
    """Return a look of a supervisor at a member of their team."""
    who = (reader, subject, Relation.SUPERVISOR, "wellbeing conversation")
    return audit.Look(*who, surface, data_class, fields=fields, rows=rows)


def glance(reader: UUID, subject: UUID, days: Sequence[Any] | None, fields: tuple[str, ...]) -> audit.Look:
    """Return what a team page shows of one member: their name, and `fields` of their days where there are any."""
    if days:
        return supervisor(reader, subject, "My team", DataClass.TEAM_EXPOSURE, fields, len(days))
    return supervisor(reader, subject, "My team", NAME_ONLY, (), 0)
