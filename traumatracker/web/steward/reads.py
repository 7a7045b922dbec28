"""What the queue's pages show. An item of the sources names nobody; one of a person goes through the gatekeeper."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from traumatracker.record.conflicts import contents
from traumatracker.record.store import Record
from traumatracker.sources.profile import find_profile
from traumatracker.web.feed.models import FeedRefusal
from traumatracker.web.steward.models import QueueItem, QueueStep
from traumatracker.web.steward.transitions import KINDS, STATES
from traumatracker.web.steward.waiting import NOTHING_TO_DO, Found

FRESH = timedelta(days=7)  # how long a refused message stays in the queue. Source: judgement; a feed repeats its faults
PAGE = 50  # items on a page


class Row(NamedTuple):
    """One item in the list."""

    id: int
    kind: str
    source: str
    reference: str
    reason: str
    count: int
    first_seen: datetime
    last_seen: datetime
    state: str
    how: str
    about: dict[str, Any]
    profile: str


class Step(NamedTuple):
    """One step of an item."""

    at: datetime
    office: str
    event: str
    how: str


@dataclass(frozen=True)
class Listed:
    """One page of the queue. `kinds`, `states`: how many items of each, whatever is chosen."""

    rows: list[Row]
    total: int
    kinds: dict[str, int]
    states: dict[str, int]
    sources: list[str]


def queue(kind: str, state: str, source: str, page: int) -> Listed:
    """Return the items of this kind, state and source ("" is any), those about most rows first. `page`: from 1 on."""
    chosen = {name: value for name, value in (("kind", kind), ("state", state), ("source", source)) if value}
    found = QueueItem.objects.filter(**chosen).order_by("-count", "id")
    in_state = QueueItem.objects.filter(state=state) if state else QueueItem.objects.all()
    by_kind = dict(in_state.values_list("kind").annotate(Count("id")).order_by())
    by_state = dict(QueueItem.objects.values_list("state").annotate(Count("id")).order_by())
    start = (max(page, 1) - 1) * PAGE
    return Listed(
        rows=[Row._make(row) for row in found.values_list(*Row._fields)[start : start + PAGE]],
        total=found.count(),
        kinds={name: by_kind.get(name, 0) for name in KINDS},
        states={name: by_state.get(name, 0) for name in STATES},
        sources=sorted(in_state.values_list("source", flat=True).distinct()),
    )


def item(item_id: int) -> Row | None:
    """Return one item, or None."""
    row = QueueItem.objects.filter(id=item_id).values_list(*Row._fields).first()
    return Row._make(row) if row else None


def steps(item_id: int) -> list[Step]:
    """Return what became of an item, oldest first."""
    rows = QueueStep.objects.filter(item=item_id).order_by("id")
    return [Step._make(row) for row in rows.values_list(*Step._fields)]


def refused_messages(profile: str) -> list[Found]:
    """Return the live messages of the last week that were not taken, by system, reason and place in the message."""
    since = timezone.now() - FRESH
    refused = FeedRefusal.objects.filter(profile=profile, received_at__gte=since)
    rows = refused.values_list("source", "reason", "place").annotate(Count("id")).order_by("source", "reason", "place")
    return [
        Found("quarantined", source, f"live messages{f' at {place}' if place else ''}", reason, count)
        for source, reason, place, count in rows
        if reason not in NOTHING_TO_DO
    ]


@dataclass(frozen=True)
class Version:
    """One of two rows that contradict each other. `differs`: column and what it says, of the columns that differ."""

    hash: str
    is_held: bool
    differs: list[tuple[str, str]]


def versions(row: Row) -> list[Version]:
    """Return what the rows of a conflict say where they differ; the held one first.

    Plain text may be a name, so of such a column only that it differs is said.
    """
    about, profile = row.about, find_profile(row.profile)
    with Record(settings.HOME).reading(row.profile) as held:
        said = contents(held, about["table"], about["key_sha256"], about["version"])
    tables = [table for table in profile.tables if table.name == about["table"]]  # a profile may have lost it since
    kinds = {name: column.kind for table in tables for name, column in table.columns.items()}
    rows = [said.get(one, {}) for one in about["hashes"]]
    differing = [
        name for name in sorted({name for one in rows for name in one}) if len({str(r.get(name)) for r in rows}) > 1
    ]
    return [
        Version(one, number == 0, [(name, _shown(rows[number].get(name), kinds.get(name, ""))) for name in differing])
        for number, one in enumerate(about["hashes"])
    ]


def _shown(value: Any, kind: str) -> str:
    if value is None:
        return "empty"
    return "differs; look it up at the source" if kind == "text" else str(value)


def unmapped_owned() -> dict[tuple[str, str], str]:
    """Return the codes a steward has taken on: (code system, code) → why they stay as they are."""
    rows = QueueItem.objects.filter(kind="unmapped", state="resolved").values_list("source", "reference", "how")
    return {(source, code): how.partition(":")[2] for source, code, how in rows}


def waiting() -> int:
    """Return how many items are open."""
    return QueueItem.objects.filter(state="open").count()
