"""Time columns: local times as instants in UTC and local dates, a whole column at once.

`Times` says what one text means. `TimeColumn` gives the same for a column, without asking for every text: dates and
clocks are read apart, each distinct one once, and the offset of each distinct quarter hour is looked up once. Whatever
is not written plainly in the first format goes through `Times`. A test holds the two equal.
"""

from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from traumatracker.sources.profile import Column
from traumatracker.sources.times import DAY, QUARTER, SECOND, Format, Part, Reading, day_of, offsets, part
from traumatracker.sources.values import Bad, Bounds, Read, Reader, bad_of, day_name

# How far after its batch a time may lie. Source: judgement; clocks of exporting machines are minutes apart.
LATEST_AFTER = 600 * SECOND
_BEFORE_ALL = 800_000 * DAY  # makes any date of the calendar positive, because Arrow divides towards zero


class Moment(NamedTuple):
    """An instant in UTC (microseconds since 1970) and the local date (days). `second`: if it came twice, the other."""

    instant: int
    day: int
    second: int | None = None


class Times:
    """What the text of a time column, or the texts of a combined one, mean."""

    def __init__(self, column: Column, bounds: Bounds):
        self.offsets = offsets(column.zone or bounds.zone)
        self.home = self.offsets if not column.zone else offsets(bounds.zone)
        self.formats = [] if column.parts else [Format(text) for text in column.formats]
        self.parts = [part(text) for text in column.formats] if column.parts else []
        self.earliest = day_of(column.earliest)
        self.latest = bounds.received_at + LATEST_AFTER

    def __call__(self, cell: str | tuple[str, ...]) -> Moment | Bad:
        reading = self._combined(cell) if isinstance(cell, tuple) else self._single(cell.strip())
        if reading is None:
            return Bad("bad_time")
        if reading.aware:
            return self._bounded(Moment(reading.wall, self.home.day_at(reading.wall)))
        first, second = self.offsets[reading.wall // QUARTER]
        if first < second:
            return Bad("nonexistent_time")
        instant = reading.wall - first
        day = reading.wall // DAY if self.offsets is self.home else self.home.day_at(instant)
        return self._bounded(Moment(instant, day, reading.wall - second if second < first else None))

    def _bounded(self, moment: Moment) -> Moment | Bad:
        inside = moment.day >= self.earliest and moment.instant <= self.latest
        return moment if inside else Bad("time_out_of_range")

    def _single(self, text: str) -> Reading | None:
        return next((read for read in (how(text) for how in self.formats) if read is not None), None)

    def _combined(self, cells: tuple[str, ...]) -> Reading | None:
        parts = [read[text.strip()] for read, text in zip(self.parts, cells, strict=True)]
        return Reading(sum(each for each in parts if each is not None)) if None not in parts else None


class TimeRead(NamedTuple):
    """A column of moments: instants, local dates, the other instant of an hour that came twice, and reasons."""

    instant: pa.Array
    day: pa.Array
    second: pa.Array
    bad: pa.Array

    def not_before(self, other: "TimeRead") -> "TimeRead":
        """Take the second occurrence of an hour that came twice where the first would be before `other`."""
        if self.second.null_count == len(self.second):
            return self
        later = pc.and_(pc.is_valid(self.second), pc.less(self.instant, other.instant))
        return self._replace(instant=pc.if_else(pc.fill_null(later, False), self.second, self.instant))

    def named(self, column: str) -> Read:
        """Return it as the record stores it."""
        arrays = {
            column: self.instant.cast(pa.timestamp("us")),
            day_name(column): self.day.cast(pa.int32()).cast(pa.date32()),
        }
        return Read(arrays, self.bad if self.bad.null_count < len(self.bad) else None)


class TimeColumn:
    """Reads a time column, or a combined one."""

    def __init__(self, column: Column, bounds: Bounds):
        self.column = column
        self._times = Times(column, bounds)
        self._slow = Reader(column, self._times)
        self._plain = self._can_be_plain()

    def read(self, cells: list[pa.Array]) -> TimeRead:
        """Return the moments of a column: one array of texts, or one for each part."""
        if not self._plain:
            return self._one_by_one(cells)
        quick = self._bounded(self._walls(cells))
        left = pc.is_null(quick.instant)
        if not pc.any(left).as_py():
            return quick
        slow = self._one_by_one([texts.filter(left) for texts in cells])
        return TimeRead(*(pc.replace_with_mask(a, left, b) for a, b in zip(quick, slow, strict=True)))

    def _can_be_plain(self) -> bool:
        """Whether dates and clocks can be read apart, and no text that means something else would be read as a time."""
        times, column = self._times, self.column
        special = column.placeholders | column.restrict | column.private
        if times.home is not times.offsets or any(times.formats and times.formats[0](text) for text in special):
            return False
        return bool(times.parts) or bool(times.formats[0].gap)

    def _walls(self, cells: list[pa.Array]) -> pa.Array:
        """Return the wall clock readings; null where a text is not plain."""
        if self._times.parts:
            read = [_by_text(texts, each) for texts, each in zip(cells, self._times.parts, strict=True)]
        else:
            how = self._times.formats[0]
            heads, tails = _cut(cells[0], how.gap)
            read = [_by_text(heads, how.date), _by_text(tails, how.clock)]
        total = read[0]
        for each in read[1:]:
            total = pc.add(total, each)
        return total

    def _bounded(self, wall: pa.Array) -> TimeRead:
        """Return the moments of wall clock readings; all null where one is not an ordinary, allowed time."""
        first, second = self._times.offsets.of_quarters(_floor(wall, QUARTER))
        instant, day = pc.subtract(wall, first), _floor(wall, DAY)
        if self._all_ordinary(instant, day, pc.equal(first, second)):
            return TimeRead(instant, day, pa.nulls(len(wall), pa.int64()), pa.nulls(len(wall), pa.string()))
        allowed = pc.and_(pc.less_equal(instant, self._times.latest), pc.greater_equal(day, self._times.earliest))
        allowed = pc.and_(allowed, pc.greater_equal(first, second))
        none = pa.scalar(None, pa.int64())
        twice = pc.and_(allowed, pc.less(second, first))
        return TimeRead(
            pc.if_else(allowed, instant, none),
            pc.if_else(allowed, day, none),
            pc.if_else(twice, pc.subtract(wall, second), none),
            pa.nulls(len(wall), pa.string()),
        )

    def _all_ordinary(self, instant: pa.Array, day: pa.Array, once: pa.Array) -> bool:
        """Whether all that could be read are allowed times of hours that came once: as most columns are."""
        latest, earliest = pc.max(instant).as_py(), pc.min(day).as_py()
        if latest is None or not pc.all(once).as_py():
            return False
        return bool(latest <= self._times.latest and earliest >= self._times.earliest)

    def _one_by_one(self, cells: list[pa.Array]) -> TimeRead:
        if self.column.parts:
            return self._each(list(zip(*(texts.to_pylist() for texts in cells), strict=True)))
        coded = cells[0].dictionary_encode()  # most are blank
        return TimeRead(*(part.take(coded.indices) for part in self._each(coded.dictionary.to_pylist())))

    def _each(self, cells: list[Any]) -> TimeRead:
        values = [self._slow[cell] for cell in cells]
        moments = [value if value.__class__ is Moment else None for value in values]
        return TimeRead(
            pa.array([moment and moment.instant for moment in moments], pa.int64()),
            pa.array([moment and moment.day for moment in moments], pa.int64()),
            pa.array([moment and moment.second for moment in moments], pa.int64()),
            bad_of(values),
        )


def _cut(texts: pa.Array, gap: str) -> tuple[pa.Array, pa.Array]:
    """Return what stands before and after the first gap of each text; null for both where there is none.

    Nearly always the gap is at the same place in all of them, which costs a fifth of splitting each.
    """
    place = pc.find_substring(texts, gap)
    found = pc.greater_equal(place, 0)
    some = not pc.all(found).as_py()
    least, most = pc.min_max(place.filter(found) if some else place).values()
    if least.as_py() is None:
        return pa.nulls(len(texts), pa.string()), pa.nulls(len(texts), pa.string())
    if least.as_py() == most.as_py() and pc.all(pc.string_is_ascii(texts)).as_py():  # places are counted in bytes
        texts = pc.if_else(found, texts, pa.scalar(None, pa.string())) if some else texts
        start = least.as_py()
        return pc.utf8_slice_codeunits(texts, 0, start), pc.utf8_slice_codeunits(texts, start + len(gap))
    pieces = pc.split_pattern(texts, gap, max_splits=1)
    pieces = pc.if_else(found, pieces, pa.scalar([None, None], pieces.type))
    return pc.list_element(pieces, 0), pc.list_element(pieces, 1)


def _by_text(texts: pa.Array, read: Part) -> pa.Array:
    coded = texts.dictionary_encode()
    return pa.array([read[text] for text in coded.dictionary.to_pylist()], pa.int64()).take(coded.indices)


def _floor(numbers: pa.Array, unit: int) -> pa.Array:
    return pc.subtract(pc.divide(pc.add(numbers, _BEFORE_ALL), unit), _BEFORE_ALL // unit)
