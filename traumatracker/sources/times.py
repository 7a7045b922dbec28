"""Local times of a force turned into instants.

Everything is counted in whole microseconds since 1970: a *wall clock* reading, an *instant* in UTC, a *day* number.
Two hours need a rule (source: judgement, docs/reference/profiles.md): the hour that comes twice in autumn is its
first occurrence unless the column names another that must not be later; the hour that never comes in spring is
refused, because nobody can say which time was meant.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

SECOND = 1_000_000
DAY = 86_400 * SECOND
QUARTER = 900 * SECOND  # every zone's offset has been a whole number of quarter hours since 1972
_QUARTERS = 96  # in a day
LONGEST_RUN = 60 * 366 * _QUARTERS  # quarters kept side by side: sixty years, a career and more
_NONE = pa.array([], pa.int64())

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DATE_WORDS = re.compile(r"%[dmYybBjaAUWGuV]")
_CLOCK_WORDS = re.compile(r"%[HIMSpf]")
_ZONE_WORDS = re.compile(r"%[zZc]")


class Offsets(dict[int, tuple[int, int]]):
    """UTC offsets of a zone by wall-clock quarter hour: (first, second) occurrence, worked out when first asked for.

    Equal: an ordinary quarter. First greater than second: it comes twice. First smaller: it never comes.
    """

    def __init__(self, zone: str):
        super().__init__()
        self._zone = ZoneInfo(zone)
        self._days: dict[int, int] = {}
        self._run: tuple[int, pa.Array, pa.Array] = (0, _NONE, _NONE)

    def of_quarters(self, quarters: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Return the first and second offset of each quarter hour of an array; null for null.

        The quarters of a few decades are looked up in one go, in a run of neighbours that is kept; others singly.
        """
        least, most = pc.min_max(quarters).values()
        low, high = least.as_py(), most.as_py()
        start, first, second = self._run
        end = start + len(first)
        if low is not None and (low < start or high >= end):
            start, end = (min(low, start), max(high + 1, end)) if len(first) else (low, high + 1)
        more = end - start - len(first)
        if low is None or end - start > LONGEST_RUN or more > 100 + 8 * len(quarters):  # not worth a longer run
            coded = quarters.dictionary_encode()
            first, second = _pairs(self[quarter] for quarter in coded.dictionary.to_pylist())
            return first.take(coded.indices), second.take(coded.indices)
        if more:
            begun = self._run[0] if len(first) else end
            before = _pairs(self[quarter] for quarter in range(start, begun))
            after = _pairs(self[quarter] for quarter in range(begun + len(first), end))
            first = pa.concat_arrays([before[0], first, after[0]])
            second = pa.concat_arrays([before[1], second, after[1]])
            self._run = (start, first, second)
        places = pc.subtract(quarters, start)
        return first.take(places), second.take(places)

    def day_at(self, instant: int) -> int:
        """Return the local date of an instant, in days since 1970."""
        quarter = instant // QUARTER
        if quarter not in self._days:
            try:
                local = (_EPOCH + timedelta(microseconds=quarter * QUARTER)).astimezone(self._zone)
                self._days[quarter] = _microseconds(local.utcoffset())
            except OverflowError:
                self._days[quarter] = 0
        return (instant + self._days[quarter]) // DAY

    def __missing__(self, quarter: int) -> tuple[int, int]:
        """Fill in the whole day: one answer where the offset is the same the day before and the day after."""
        start = quarter // _QUARTERS * _QUARTERS
        before, after = self._pair(start - _QUARTERS), self._pair(start + 2 * _QUARTERS)
        quarters = range(start, start + _QUARTERS)
        steady = before == after and before[0] == before[1]
        self.update(dict.fromkeys(quarters, before) if steady else {each: self._pair(each) for each in quarters})
        return self[quarter]

    def _pair(self, quarter: int) -> tuple[int, int]:
        try:
            wall = (_EPOCH + timedelta(microseconds=quarter * QUARTER)).replace(tzinfo=self._zone)
            return _microseconds(wall.utcoffset()), _microseconds(wall.replace(fold=1).utcoffset())
        except OverflowError:  # the ends of the calendar: out of any range a profile allows
            return 0, 0


def _pairs(pairs: Iterable[tuple[int, int]]) -> tuple[pa.Array, pa.Array]:
    listed = list(pairs)
    return pa.array([pair[0] for pair in listed], pa.int64()), pa.array([pair[1] for pair in listed], pa.int64())


@cache
def offsets(zone: str) -> Offsets:
    """Return the offsets of a zone, shared by all columns."""
    return Offsets(zone)


def instant_of(moment: datetime) -> int:
    """Return the microseconds since 1970 of an aware moment. Raises ValueError for one without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is no instant")
    return _microseconds(moment - _EPOCH)


def day_of(day: date) -> int:
    """Return the number of days since 1970."""
    return day.toordinal() - _EPOCH_DAY


class Reading(NamedTuple):
    """What a text says: a wall clock reading, or an instant where the text itself gives its offset."""

    wall: int
    aware: bool = False


class Format:
    """One way of writing a time. A text of one date and one clock (with a `gap` between) is read from two Parts.

    Called with a text: a Reading, or None when the text is written otherwise.
    """

    def __init__(self, text: str):
        self._whole = _whole(text)
        self.gap, date_format, clock_format = _halves(text)
        self.date, self.clock = part(date_format), part(clock_format)

    def __call__(self, text: str) -> Reading | None:
        if not self.gap:
            return self._whole(text)
        head, _, tail = text.partition(self.gap)
        day, clock = self.date[head], self.clock[tail]
        return None if day is None or clock is None else Reading(day + clock)


class Part(dict[str, int | None]):
    """One part of a time, by its text: a date as microseconds since 1970, a clock as microseconds since midnight.

    None: not written in this format. Remembers what it has read.
    """

    def __init__(self, how: str):
        super().__init__()
        self._how, self._is_date = how, bool(_DATE_WORDS.search(how))

    def __missing__(self, text: str) -> int | None:
        if len(self) > 200_000:  # a column of nonsense must not fill the memory
            self.clear()
        found = self[text] = self._read(text)
        return found

    def _read(self, text: str) -> int | None:
        try:
            read = datetime.strptime(text, self._how).replace(tzinfo=UTC)
        except ValueError:
            return None
        whole = read - (_EPOCH if self._is_date else read.replace(hour=0, minute=0, second=0, microsecond=0))
        return _microseconds(whole)


@cache
def part(how: str) -> Part:
    """Return the part written as `how`, shared by all columns."""
    return Part(how)


def _halves(text: str) -> tuple[str, str, str]:
    """Split "%d/%m/%Y %H:%M" into its gap, its date and its clock; no gap when it cannot be split safely."""
    for gap in (" ", "T"):
        head, found, tail = text.partition(gap)
        clean = found and gap not in tail and not _ZONE_WORDS.search(text)
        if clean and _is_only(head, _DATE_WORDS, _CLOCK_WORDS) and _is_only(tail, _CLOCK_WORDS, _DATE_WORDS):
            return gap, head, tail
    return "", "", ""


def _is_only(how: str, words: re.Pattern[str], others: re.Pattern[str]) -> bool:
    return bool(words.search(how)) and not others.search(how)


def _whole(how: str) -> Callable[[str], Reading | None]:
    def read(text: str) -> Reading | None:
        try:
            moment = datetime.fromisoformat(text) if how == "iso" else datetime.strptime(text, how)  # noqa: DTZ007
            if moment.tzinfo is None:
                return Reading(_microseconds(moment.replace(tzinfo=UTC) - _EPOCH))
            return Reading(_microseconds(moment - _EPOCH), aware=True)
        except (ValueError, OverflowError):
            return None

    return read


def _microseconds(span: timedelta | None) -> int:
    assert span is not None  # noqa: S101 - a ZoneInfo always knows its offset
    return (span.days * 86_400 + span.seconds) * SECOND + span.microseconds
