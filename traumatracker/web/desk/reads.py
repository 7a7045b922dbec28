"""How each source is: when it last brought rows, whether it is late, what is held. Counts and times only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Max
from django.utils import timezone

from traumatracker.errors import BadProfile
from traumatracker.sources.profile import find_profile
from traumatracker.web.desk.lateness import Expected, late_since
from traumatracker.web.desk.models import Arrival, Hold
from traumatracker.web.feed.models import FeedRefusal, FeedToken
from traumatracker.web.intake.models import InboxMessage, Run

FILES, LIVE = "files", "live"
SHOWN_DAYS = 14  # of the chart
NO_ZONE = "UTC"


@dataclass(frozen=True)
class Source:
    """One source: the files of a profile, or one system's live messages. `days`: rows of each of the last 14 days."""

    profile: str
    name: str
    kind: str
    expected: Expected
    last: datetime | None
    rows: int
    refused: int
    late_since: datetime | None
    days: list[int]


class Held(NamedTuple):
    """A batch that waits for a person."""

    id: int
    profile: str
    tables: list[dict[str, Any]]
    held_at: datetime


def sources(now: datetime | None = None) -> list[Source]:
    """Return every source there is, by profile and name."""
    now = now or timezone.now()
    profiles = {*Run.objects.values_list("profile", flat=True), *FeedToken.objects.values_list("profile", flat=True)}
    return [source for profile in sorted(profiles) for source in (*_files(profile, now), *_live(profile, now))]


def held() -> list[Held]:
    """Return the batches that wait for a release, oldest first."""
    rows = Hold.objects.filter(released_at=None).order_by("id").values_list(*Held._fields)
    return [Held._make(row) for row in rows]


def _files(profile: str, now: datetime) -> list[Source]:
    arrivals = list(Arrival.objects.filter(profile=profile).order_by("id").values_list("at", "rows"))
    last_run = Run.objects.filter(profile=profile, state="done").aggregate(at=Max("finished_at"))["at"]
    if not arrivals and last_run is None:
        return []
    last, rows = (arrivals[-1][0], sum(arrivals[-1][1].values())) if arrivals else (last_run, 0)
    expected, zone = _expected(profile, FILES)
    refused = Run.objects.filter(profile=profile, state="done").order_by("-id").values_list("counts", flat=True).first()
    counted = [(at, sum(said.values())) for at, said in arrivals]
    return [
        Source(profile, "files", FILES, expected, last, rows, (refused or {}).get("rows_quarantined", 0),
               late_since(expected, last, now, zone), _days(counted, now))
    ]  # fmt: skip


def _live(profile: str, now: datetime) -> list[Source]:
    standing = FeedToken.objects.filter(profile=profile, revoked_at=None)
    expected, zone = _expected(profile, LIVE)
    return [
        _feed(profile, name, expected, zone, now) for name in sorted(set(standing.values_list("source", flat=True)))
    ]


def _feed(profile: str, name: str, expected: Expected, zone: str, now: datetime) -> Source:
    sent = InboxMessage.objects.filter(profile=profile, channel=LIVE, source=name)
    since = now - timedelta(days=SHOWN_DAYS)
    last = sent.aggregate(at=Max("received_at"))["at"]
    made = FeedToken.objects.filter(profile=profile, source=name, revoked_at=None).aggregate(at=Max("created_at"))["at"]
    recent = [(at, 1) for at in sent.filter(received_at__gte=since).values_list("received_at", flat=True).iterator()]
    refused = FeedRefusal.objects.filter(profile=profile, source=name, received_at__gte=now - timedelta(days=1)).count()
    late = late_since(expected, last or made, now, zone)
    return Source(profile, name, LIVE, expected, last, sent.count(), refused, late, _days(recent, now))


def _days(counted: list[tuple[datetime, int]], now: datetime) -> list[int]:
    days = [0] * SHOWN_DAYS
    today = timezone.localtime(now).date()
    for at, rows in counted:
        back = (today - timezone.localtime(at).date()).days
        if 0 <= back < SHOWN_DAYS:
            days[SHOWN_DAYS - 1 - back] += rows
    return days


def _expected(profile_id: str, kind: str) -> tuple[Expected, str]:
    """Return when the profile says that this kind is to be heard, and its time zone."""
    try:
        profile = find_profile(profile_id)
    except BadProfile:
        return Expected(), NO_ZONE  # a profile that is gone expects nothing
    told = profile.health
    if kind == LIVE:
        return Expected(every_minutes=told.live_every_minutes), profile.time_zone
    return Expected(by=told.files_by), profile.time_zone
