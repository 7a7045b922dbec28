"""Time inside the generator: whole seconds, UTC, counted from day 0 of the calendar, so that adding is cheap.

Files hold British local time. Going from UTC to local time never gives an hour that does not exist, which is
why nothing here is ever built from a local time inside the night.
"""

from datetime import date, timedelta
from functools import cache

DAY = 86_400
HOUR = 3_600
MINUTE = 60


@cache
def _summer(year: int) -> tuple[int, int]:
    """Return the first and the last second of British Summer Time: 01:00 UTC on two last Sundays."""
    changes = []
    for month, last in ((3, 31), (10, 31)):
        end = date(year, month, last)
        sunday = end - timedelta(days=(end.weekday() + 1) % 7)
        changes.append(sunday.toordinal() * DAY + HOUR)
    return changes[0], changes[1]


@cache
def _day(ordinal: int) -> tuple[int, str, int, int]:
    when = date.fromordinal(ordinal)
    return when.year, f"{when:%d/%m/%Y}", *_summer(when.year)


def offset(t: int) -> int:
    """Return how many seconds local time is ahead of UTC at `t`."""
    _, _, begins, ends = _day(t // DAY)
    return HOUR if begins <= t < ends else 0


def at(ordinal: int, hour: int, minute: int = 0) -> int:
    """Return the instant of a local time of day. Only for hours from 04:00, where local time has no gap."""
    wall = ordinal * DAY + hour * HOUR + minute * MINUTE
    return wall - offset(wall - 2 * HOUR)


def local_day(t: int) -> int:
    """Return the local date of an instant, as an ordinal."""
    return (t + offset(t)) // DAY


def text(t: int | None) -> str:
    """Return dd/mm/yyyy HH:MM:SS in local time, or empty text."""
    if t is None:
        return ""
    wall = t + offset(t)
    ordinal, second = divmod(wall, DAY)
    return f"{_day(ordinal)[1]} {second // HOUR:02d}:{second % HOUR // MINUTE:02d}:{second % MINUTE:02d}"


def day_text(ordinal: int | None) -> str:
    """Return dd/mm/yyyy, or empty text."""
    return "" if ordinal is None else _day(ordinal)[1]


def iso(ordinal: int) -> str:
    """Return yyyy-mm-dd."""
    return date.fromordinal(ordinal).isoformat()


def is_weekend(ordinal: int) -> bool:
    """Return whether a day is a Saturday or a Sunday."""
    return (ordinal + 6) % 7 >= 5


def midnight(ordinal: int) -> int:
    """Return the instant at which a local day begins: the clocks never change at that hour."""
    wall = ordinal * DAY
    return wall - offset(wall - HOUR)


def spring_sunday(year: int) -> int:
    """Return the day on which the clocks go forward."""
    return _summer(year)[0] // DAY
