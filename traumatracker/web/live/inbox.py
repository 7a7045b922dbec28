"""The messages that live and a refresh read, in the order of their numbers."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max

from traumatracker.sources.profile import Profile
from traumatracker.sources.rows import Cells
from traumatracker.web.intake.models import InboxMessage, Run

AT_A_TIME = 500  # messages taken together. Source: measured; one by one, a thousand took half a minute
UP_TO = "inbox_up_to"  # where a run's counts say which message was the last it read


class Message(NamedTuple):
    """One message: its number, when it came, and its rows: table → rows of cells."""

    id: int
    received_at: datetime
    rows: Cells


def after(profile: str, message: int, most: int) -> list[Message]:
    """Return the next messages after this one, the oldest first."""
    found = InboxMessage.objects.filter(profile=profile, id__gt=message).order_by("id")
    return [Message(*row) for row in found.values_list("id", "received_at", "rows")[:most]]


def held_until(profile: str, message: int) -> list[Message]:
    """Return the messages up to this one whose rows are still in the inbox."""
    found = InboxMessage.objects.filter(profile=profile, id__lte=message).exclude(rows={}).order_by("id")
    return [Message(*row) for row in found.values_list("id", "received_at", "rows")]


def waiting(profile: str) -> tuple[list[Message], int]:
    """Return the messages that no batch of the record holds yet, and the number of the last message there is."""
    last = InboxMessage.objects.filter(profile=profile).aggregate(last=Max("id"))["last"] or 0
    found = InboxMessage.objects.filter(profile=profile, batch="", id__lte=last).order_by("id")
    return [Message(*row) for row in found.values_list("id", "received_at", "rows")], last


def together(profile: Profile, messages: Iterable[Message]) -> dict[str, list[list[str]]]:
    """Return the rows of some messages, table by table; of tables that the profile no longer has, none."""
    rows: dict[str, list[list[str]]] = defaultdict(list)
    known = {table.name for table in profile.tables if table.channel}
    for message in messages:
        for table in sorted(known & message.rows.keys()):
            rows[table] += [list(row) for row in message.rows[table]]
    return dict(rows)


def in_groups(profile: Profile, messages: list[Message]) -> list[tuple[Cells, datetime]]:
    """Return the rows of many messages, a good many at a time, each with when the last of them came."""
    groups = (messages[at : at + AT_A_TIME] for at in range(0, len(messages), AT_A_TIME))
    return [(together(profile, group), max(message.received_at for message in group)) for group in groups]


def newest_done(profile: str) -> Run | None:
    """Return the newest run of this profile that finished, or None before the first."""
    return Run.objects.filter(profile=profile, state="done").order_by("-id").first()
