"""How each source is: when it last brought rows, whether it is late, what is held. Counts and times only."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Max
from django.db.models.functions import TruncHour
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
    since = now - timedelta(days=SHOWN_DAYS)
    arrivals = list(Arrival.objects.filter(profile=profile, at__gte=since).order_by("id").values_list("at", "rows"))
    if not arrivals:
        arrivals = list(Arrival.objects.filter(profile=profile).order_by("-id").values_list("at", "rows")[:1])
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
    days = _days(_sent_by_day(profile, name, now), now)
    refused = FeedRefusal.objects.filter(profile=profile, source=name, received_at__gte=now - timedelta(days=1)).count()
    last, late = _last_sent(profile, name), _feed_late_since(profile, name, expected, zone, now)
    return Source(profile, name, LIVE, expected, last, sum(days), refused, late, days)


def _sent_by_day(profile: str, name: str, now: datetime) -> list[tuple[datetime, int]]:
    since = now - timedelta(days=SHOWN_DAYS)
    sent = InboxMessage.objects.filter(profile=profile, channel=LIVE, source=name, received_at__gte=since)
    by_hour = sent.annotate(hour=TruncHour("received_at", tzinfo=UTC)).values_list("hour")
    return list(by_hour.annotate(Count("id")).order_by())


def _last_sent(profile: str, name: str) -> datetime | None:
    sent = InboxMessage.objects.filter(profile=profile, channel=LIVE, source=name).order_by("-id")
    return sent.values_list("received_at", flat=True).first()


def _feed_late_since(profile: str, name: str, expected: Expected, zone: str, now: datetime) -> datetime | None:
    """A source that never sent anything is late from its token on."""
    standing = FeedToken.objects.filter(profile=profile, source=name, revoked_at=None)
    last = _last_sent(profile, name) or standing.aggregate(at=Max("created_at"))["at"]
    return late_since(expected, last, now, zone)


class Age(NamedTuple):
    """How old what a source brought is; `last` None: it never brought anything."""

    name: str
    last: datetime | None
    is_late: bool


def ages(now: datetime) -> list[Age]:
    """Return the age of every source, for the foot of every page: a few look-ups of an index, nothing counted."""
    found = []
    for profile in sorted(set(Arrival.objects.values_list("profile", flat=True).distinct())):
        expected, zone = _expected(profile, FILES)
        last = Arrival.objects.filter(profile=profile).order_by("-id").values_list("at", flat=True).first()
        found.append(Age("Files", last, late_since(expected, last, now, zone) is not None))
    standing = FeedToken.objects.filter(revoked_at=None)
    for profile, name in sorted(set(standing.values_list("profile", "source"))):
        expected, zone = _expected(profile, LIVE)
        late = _feed_late_since(profile, name, expected, zone, now)
        found.append(Age(f"Live: {name}", _last_sent(profile, name), late is not None))
    return found


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
