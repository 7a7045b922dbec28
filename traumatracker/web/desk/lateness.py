"""When a source is late: on silence, whatever the errors say. Pure: no store, no clock.

A source is due at a time of day of the force, or so many minutes after it last spoke. It is late from that moment on,
until it speaks again; a file without rows is no word.
"""

from datetime import UTC, datetime, time, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

EARLY = timedelta(hours=12)  # how long before its time a nightly export may come and count. Source: judgement
ENOUGH_BATCHES = 5  # earlier batches without which nothing is usual yet. Source: judgement
REMEMBERED = 20  # batches whose median is usual. Source: judgement; some three weeks of nightly exports
FEWEST_ROWS = 20  # of a table that usually brings fewer, a fall says nothing. Source: judgement
FALL, RISE = 0.1, 10.0  # of what is usual. Source: the fault catalogue of this project, a 90% fall or tenfold rise


class Expected(NamedTuple):
    """When a source is to be heard: by a time of day at the force, or every so many minutes; both may be None."""

    by: time | None = None
    every_minutes: int | None = None


class Sudden(NamedTuple):
    """A table that brought far fewer or far more rows than usual. `kind`: "fall" or "rise"."""

    table: str
    rows: int
    usual: int
    kind: str


def late_since(expected: Expected, last: datetime | None, now: datetime, zone: str) -> datetime | None:
    """Return since when a source is late, or None while it is not. Moments carry their zone.

    `last`: when it last brought rows, None for never, which is late only where a time of day has passed.
    """
    late = [moment for moment in (_by(expected, last, now, zone), _every(expected, last, now)) if moment]
    return min(late, default=None)


def _every(expected: Expected, last: datetime | None, now: datetime) -> datetime | None:
    if expected.every_minutes is None or last is None:
        return None
    due = last.astimezone(UTC) + timedelta(minutes=expected.every_minutes)  # in UTC, so that no clock change shifts it
    return due if now >= due else None


def _by(expected: Expected, last: datetime | None, now: datetime, zone: str) -> datetime | None:
    if expected.by is None:
        return None
    slot = newest_slot(expected.by, now, zone)
    return slot if last is None or last < slot - EARLY else None


def newest_slot(by: time, now: datetime, zone: str) -> datetime:
    """Return the newest moment, in UTC, at which the force's clock said `by`: once a day, also when clocks change.

    A time that the clocks skip is the moment they skip; of one they show twice it is the first.
    """
    at_force = ZoneInfo(zone)
    today = now.astimezone(at_force).date()
    slots = [datetime.combine(today - timedelta(days=back), by, at_force).astimezone(UTC) for back in (0, 1)]
    return next((slot for slot in slots if slot <= now), slots[-1])


def sudden(counts: dict[str, int], history: list[dict[str, int]]) -> list[Sudden]:
    """Return the tables whose rows fell by 90% or rose tenfold against the median of the newest earlier batches.

    `counts`: rows read of each table by this batch; `history`: the same of earlier batches, oldest first. A table that
    a batch had no file of is not in it and says nothing.
    """
    found = []
    for table, rows in sorted(counts.items()):
        earlier = [batch[table] for batch in history if table in batch][-REMEMBERED:]
        if len(earlier) < ENOUGH_BATCHES:
            continue
        usual = int(median(earlier))
        if usual >= FEWEST_ROWS and rows <= usual * FALL:
            found.append(Sudden(table, rows, usual, "fall"))
        elif rows >= max(usual, 1) * RISE and rows >= FEWEST_ROWS:
            found.append(Sudden(table, rows, usual, "rise"))
    return found
