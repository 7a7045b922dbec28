"""Windows of days: how many exposures, and their points, up to and including a day. No decay."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol

from traumatracker.engine.points import Load


class Counted(Protocol):
    """Anything with a day and points: an exposure of the engine or of the store."""

    @property
    def exposed_on(self) -> date: ...
    @property
    def points(self) -> int: ...


def years_before(day: date, years: int) -> date:
    """Return the same date so many years earlier; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def first_day(as_of: date, window_days: int) -> date:
    """Return the first day of a window of that many days that ends with, and includes, `as_of`."""
    if window_days < 1:
        raise ValueError("a window has at least one day")
    return as_of - timedelta(days=window_days - 1)


def load_between(exposures: Iterable[Counted], first: date, last: date) -> Load:
    """Return the count and points of the exposures from `first` to `last`, both included."""
    inside = [exposure.points for exposure in exposures if first <= exposure.exposed_on <= last]
    return Load(len(inside), sum(inside))


def load(exposures: Iterable[Counted], as_of: date, window_days: int) -> Load:
    """Return the count and points of the `window_days` days up to and including `as_of`."""
    return load_between(exposures, first_day(as_of, window_days), as_of)


def five_years_start(as_of: date) -> date:
    """Return the first day of the five years shown to a person: the same date five years earlier."""
    return years_before(as_of, 5)
