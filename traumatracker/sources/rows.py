"""One chunk of text rows turned into columns for the record, and the rows that cannot be.

Works a column at a time. What is stored of a row, and what its hash covers, is exactly its kept columns.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

from traumatracker.record.stage import META
from traumatracker.sources.formats import Chunk
from traumatracker.sources.moments import TimeColumn, TimeRead
from traumatracker.sources.profile import Column, Profile, Table
from traumatracker.sources.times import instant_of, offsets
from traumatracker.sources.values import Bounds, Read, Reader, reader, stored_as

_FIRST = {"restricted", "private_role"}  # what must not be kept is counted as such, whatever else is wrong
_BETWEEN = "\x1f"  # no text holds it (see values.py): it separates the parts of a key and of a hash

Place = tuple[int, str, str]  # row, column, reason
Columns = Callable[[], dict[str, pa.Array]]
Cells = dict[str, list[list[str]]]  # channel table → rows, each the cells as text in the order of the table's columns


def chunk_of(table: Table, rows: Sequence[Sequence[str]]) -> Chunk:
    """Return rows of cells as the reader of a file would, numbered from 1; a row of another length is a bad one."""
    width, numbered = len(table.columns), list(enumerate(rows, 1))
    whole = [(number, row) for number, row in numbered if len(row) == width]
    return Chunk(
        [pa.array([row[at] for _, row in whole], pa.string()) for at in range(width)],
        [number for number, _ in whole],
        [(number, "", "ragged_row") for number, row in numbered if len(row) != width],
    )


def arrow_rows(
    profile: Profile, table: Table, rows: Sequence[Sequence[str]], received_at: datetime
) -> tuple[pa.Table, list[Place]]:
    """Return rows of a channel table as the record would hold them, and the (row, column, reason) of the others.

    `rows`: cells as text in the order of `table.columns`, the first being row 1. The columns are those of the record:
    the kept ones, then META, `_batch` and `_file` being empty. Nothing is written. Meant for few rows at a time.
    """
    reading = Rows(table, bounds_of(profile, received_at))
    count, columns_of, bad = reading.take(list(table.columns), chunk_of(table, rows), "")
    schema = pa.schema(list((reading.columns | META).items()))
    if not count:
        return schema.empty_table(), bad
    columns = columns_of()
    columns["_batch"] = pa.repeat(pa.scalar(""), count)
    columns["_seq"] = pa.array(range(count), pa.int64())
    return pa.table([columns[name] for name in schema.names], schema=schema), bad


def bounds_of(profile: Profile, received_at: datetime) -> Bounds:
    """Return the bounds of rows that came at this moment (without a zone: in UTC)."""
    at = received_at if received_at.tzinfo else received_at.replace(tzinfo=UTC)
    return Bounds(instant_of(at), profile.time_zone)


class Rows:
    """Turns the rows of one table's files into columns of the record. Keeps what its columns have read before."""

    def __init__(self, table: Table, bounds: Bounds):
        self.table, self.bounds = table, bounds
        self._today = offsets(bounds.zone).day_at(bounds.received_at)
        self._times = {c.name: TimeColumn(c, bounds) for c in table.stored if c.kind == "time"}
        self._others: dict[str, Reader] = {c.name: reader(c, bounds) for c in table.stored if c.kind != "time"}
        self.columns = {name: kind for column in table.stored for name, kind in stored_as(column).items()}
        self.withheld: set[tuple[str, int]] = set()

    def take(self, header: list[str], chunk: Chunk, file: str) -> tuple[int, Columns, list[Place]]:
        """Return how many rows can be kept, what makes their columns, and the place and reason of those that cannot.

        The columns, with keys and hashes, are made when asked for, which any thread may do.
        """
        bad: list[Place] = list(chunk.bad)
        if not chunk.numbers:
            return 0, dict, bad
        read = self._read(dict(zip(header, chunk.columns, strict=True)), len(chunk.numbers))
        places = self._bad(read)
        numbers = _numbers(chunk.numbers)
        arrays = {name: array for column in read.values() for name, array in column.arrays.items()}
        if places:
            self._withhold([at for at, (_, reason) in places.items() if reason in _FIRST], arrays)
            good = pc.invert(pc.is_in(pa.arange(0, len(numbers)), value_set=pa.array(sorted(places), pa.int64())))
            arrays = {name: array.filter(good) for name, array in arrays.items()}
            bad = sorted(bad + [(chunk.numbers[at], column, reason) for at, (column, reason) in places.items()])
            numbers = numbers.filter(good)
        return len(numbers), partial(self._with_meta, arrays, numbers, file), bad

    def _read(self, cells: dict[str, pa.Array], count: int) -> dict[str, Read]:
        empty = pa.repeat(pa.scalar(""), count)

        def texts(name: str) -> pa.Array:
            return cells.get(name, empty)

        read = {name: column.read(texts(name)) for name, column in self._others.items()}
        times: dict[str, TimeRead] = {}
        for name, time in self._times.items():
            times[name] = time.read([texts(part) for part in time.column.parts or (name,)])
        for name, time in self._times.items():
            after = time.column.after
            read[name] = (times[name].not_before(times[after]) if after else times[name]).named(name)
        return read

    def _bad(self, read: dict[str, Read]) -> dict[int, tuple[str, str]]:
        """Return row → (column, reason): the first column in the profile's order, but what is restricted first."""
        places: dict[int, tuple[str, str]] = {}
        for name in self.table.columns:
            bad = read[name].bad if name in read else None
            if bad is None:
                continue
            found = pc.indices_nonzero(pc.is_valid(bad))
            for at, reason in zip(found.to_pylist(), bad.take(found).to_pylist(), strict=True):
                if at not in places or reason in _FIRST:
                    places[at] = (name, reason)
        return places

    def _withhold(self, found: list[int], arrays: dict[str, pa.Array]) -> None:
        """Remember which keys must not be kept from which version on, as a hash that gives nothing away.

        A row taken before, when it was not restricted yet, must not stay. A row without a whole key says nothing.
        """
        at = pa.array(found, pa.int64())
        texts = [_text(self.table.columns[name], arrays[name]).take(at) for name in self.table.key]
        versions = self._versions(arrays, len(next(iter(arrays.values())))).take(at)
        whole = pc.is_valid(versions)
        for text in texts:
            whole = pc.and_(whole, pc.is_valid(text))
        for key, version in zip(
            _joined(texts).filter(whole).to_pylist(), versions.filter(whole).to_pylist(), strict=True
        ):
            self.withheld.add((sha256(key.encode()).hexdigest(), version))

    def _with_meta(self, arrays: dict[str, pa.Array], numbers: pa.Array, file: str) -> dict[str, pa.Array]:
        texts = {column.name: _text(column, arrays[column.name]) for column in self.table.stored}
        content = _joined(list(texts.values())).cast(pa.binary()).to_pylist()
        instants, days = self._known(arrays, len(numbers))
        arrays["_key"] = _joined([texts[name] for name in self.table.key])
        arrays["_version"] = self._versions(arrays, len(numbers))
        arrays["_hash"] = pa.array([sha256(text).digest() for text in content], pa.binary(32))
        arrays["_known_at"] = instants
        arrays["_known_on"] = days
        arrays["_file"] = pa.repeat(pa.scalar(file), len(numbers))
        arrays["_row"] = numbers
        return arrays

    def _versions(self, arrays: dict[str, pa.Array], count: int) -> pa.Array:
        if not self.table.version:
            return pa.repeat(pa.scalar(self.bounds.received_at, pa.int64()), count)
        version = arrays[self.table.version]
        return (version.cast(pa.int32()) if version.type == pa.date32() else version).cast(pa.int64())

    def _known(self, arrays: dict[str, pa.Array], count: int) -> tuple[pa.Array, pa.Array]:
        """When the source knew each row: instants and local dates; the batch's where the row does not say."""
        instant = pa.scalar(self.bounds.received_at, pa.int64()).cast(pa.timestamp("us"))
        day = pa.scalar(self._today, pa.int32()).cast(pa.date32())
        names = [list(stored_as(self.table.columns[name])) for name in self.table.known_at]
        return (
            pc.coalesce(*(arrays[at] for at, _ in names), pa.repeat(instant, count)),
            pc.coalesce(*(arrays[on] for _, on in names), pa.repeat(day, count)),
        )


def _numbers(numbers: list[int] | range) -> pa.Array:
    return pa.arange(numbers.start, numbers.stop) if isinstance(numbers, range) else pa.array(numbers, pa.int64())


def _text(column: Column, values: pa.Array) -> pa.Array:
    """Return kept content as text, for keys and hashes: the instant of a time, the day number of a date."""
    if column.split:
        return pc.binary_join(values, "\x1e")
    if column.kind == "time":
        return values.cast(pa.int64()).cast(pa.string())
    return values.cast(pa.int32()).cast(pa.string()) if column.kind == "date" else values.cast(pa.string())


def _joined(texts: list[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(*texts, _BETWEEN, null_handling="replace", null_replacement="")
