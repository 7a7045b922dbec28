"""From the text of a cell to what the record keeps, a column at a time. Times are read in `moments.py`.

Each distinct text is read once and remembered (force exports repeat themselves), so the cost of a row is a few
look-ups. A cell that cannot be kept becomes a `Bad` with its reason; its text goes no further.
"""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from traumatracker.engine.codes import NOTATIONS
from traumatracker.sources.profile import Column
from traumatracker.sources.times import DAY, Format, day_of

# How far ahead a planned end may lie, where the column allows a future. Source: judgement.
PLANNED_AHEAD = timedelta(days=5 * 366)

# The longest text kept of a cell, in characters: the casework store's columns hold no more. Source: judgement; a
# reference, a code, a name or a title is shorter, and what is longer is free text that should not have been kept.
LONGEST = 200

_UNREADABLE = re.compile("[\x00\x1e\x1f\ufffd]")
_TEXTS = {"text", "ref", "person", "code"}
_INT64 = 2**63
_PLAIN_NUMBER = "^-?[0-9]{1,18}$"  # always fits 64 bits
_REMEMBERED = 100_000


class Bad(NamedTuple):
    """A cell that cannot be kept, and why."""

    reason: str


class Bounds(NamedTuple):
    """When the batch came (microseconds since 1970) and the force's time zone."""

    received_at: int
    zone: str


class Read(NamedTuple):
    """The values of one column, under the names the record gives them, and for each the reason it is bad, or null."""

    arrays: dict[str, pa.Array]
    bad: pa.Array | None


class Reader(dict[Any, Any]):
    """Reads the cells of one column. As a dictionary it remembers what each text means; `bad_seen`: any was Bad."""

    def __init__(self, column: Column, read: Callable[[Any], Any]):
        super().__init__()
        self.column, self._read, self.bad_seen = column, read, False
        self._special = column.placeholders | column.restrict | column.private
        self._special_is_number = any(re.fullmatch(_PLAIN_NUMBER, text) for text in self._special)
        self._lowered = pa.array(sorted(self._special), pa.string())
        changed = column.normalise or column.before or column.split
        self._mostly_distinct = False
        self._only_trimmed = column.kind in ("text", "ref", "person") and not changed

    def __missing__(self, cell: Any) -> Any:
        value = self._guarded(cell)
        self.bad_seen = self.bad_seen or value.__class__ is Bad
        if len(self) >= _REMEMBERED:
            self.clear()
        self[cell] = value
        return value

    def read(self, cells: pa.Array) -> "Read":
        """Return the values of a column: each distinct text is read once, unless hardly any comes twice."""
        if self.column.kind == "number" and (quick := self._whole_numbers(cells)):
            return quick
        if self._only_trimmed and self._mostly_distinct and not cells.null_count:
            values, bad = self._trimmed(cells)
            return Read({self.column.name: values}, bad if self.bad_seen else None)
        coded = cells.dictionary_encode()
        self._mostly_distinct = 1_000 < len(cells) < 2 * len(coded.dictionary)
        if self._only_trimmed:
            values, bad = self._trimmed(coded.dictionary)
        else:
            values, bad = self._one_by_one(coded.dictionary)
        return Read({self.column.name: values.take(coded.indices)}, bad.take(coded.indices) if self.bad_seen else None)

    def _whole_numbers(self, cells: pa.Array) -> "Read | None":
        """Return a column of nothing but plainly written whole numbers at once; None where any may mean something else.

        They are mostly distinct (row and sequence numbers), so reading each distinct text once would gain nothing.
        """
        plain = pc.all(pc.match_substring_regex(cells, _PLAIN_NUMBER)).as_py() and not self._special_is_number
        return Read({self.column.name: cells.cast(pa.int64())}, None) if plain else None

    def _one_by_one(self, texts: pa.Array) -> tuple[pa.Array, pa.Array]:
        values = [self[text] for text in texts.to_pylist()]
        kind = stored_as(self.column)[self.column.name]
        return of_type([None if value.__class__ is Bad else value for value in values], kind), bad_of(values)

    def _trimmed(self, texts: pa.Array) -> tuple[pa.Array, pa.Array]:
        """The same for texts that are kept as they stand: only those that may mean something else are looked at."""
        trimmed = pc.utf8_trim_whitespace(texts)
        odd = pc.or_(
            pc.is_in(pc.utf8_lower(trimmed), self._lowered), pc.match_substring_regex(texts, _UNREADABLE.pattern)
        )
        odd = pc.or_(odd, pc.greater(pc.utf8_length(trimmed), LONGEST))
        bad = pa.nulls(len(texts), pa.string())
        if not pc.any(odd).as_py():
            return trimmed, bad
        values, reasons = self._one_by_one(texts.filter(odd))
        return pc.replace_with_mask(trimmed, odd, values), pc.replace_with_mask(bad, odd, reasons)

    def _guarded(self, cell: Any) -> Any:
        """The rules every kind shares: what is restricted, unreadable, a placeholder or missing."""
        column = self.column
        texts: Sequence[str] = (cell,) if cell.__class__ is str else cell
        if column.split:
            texts = cell.split(column.split)
        special = not self._special.isdisjoint([text.strip().casefold() for text in texts])
        if special and (why := self._must_not_be_kept(texts)):
            return why
        if any(map(_UNREADABLE.search, texts)):
            return Bad("unreadable_text")
        value = None if special and not column.split else self._read(cell)
        if column.kind in _TEXTS and _too_long(value):
            return Bad("too_long")
        if value is None and column.required:
            return Bad("placeholder_person" if column.kind == "person" else "missing_value")
        return value

    def _must_not_be_kept(self, texts: Sequence[str]) -> Bad | None:
        folded = [text.strip().casefold() for text in texts]
        if self.column.restrict.intersection(folded):
            return Bad("restricted")
        return Bad("private_role") if self.column.private.intersection(folded) else None


def _too_long(value: str | list[str] | None) -> bool:
    texts = [value] if isinstance(value, str) else value or []
    return any(len(text) > LONGEST for text in texts)


def reader(column: Column, bounds: Bounds) -> Reader:
    """Return the reader of a column that is not a time, for a file that came at `bounds.received_at`."""
    if column.kind == "date":
        return Reader(column, _Dates(column, bounds))
    kinds: dict[str, Callable[[Column], Callable[[str], Any]]] = {
        "flag": _flag, "choice": _choice, "number": lambda _: _number,
    }  # fmt: skip
    return Reader(column, kinds.get(column.kind, _words)(column))


def stored_as(column: Column) -> dict[str, pa.DataType]:
    """Return the record's columns for one kept column, with their types: a time is an instant and a local date."""
    if column.kind == "time":
        return {column.name: pa.timestamp("us"), day_name(column.name): pa.date32()}
    plain = {"date": pa.date32(), "flag": pa.bool_(), "number": pa.int64()}.get(column.kind, pa.string())
    return {column.name: pa.list_(plain) if column.split else plain}


def of_type(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Return an array; days and microseconds since 1970 may be given as whole numbers."""
    whole = {pa.date32(): pa.int32(), pa.timestamp("us"): pa.int64()}.get(kind)
    return pa.array(values, whole).cast(kind) if whole else pa.array(values, kind)


def bad_of(values: list[Any]) -> pa.Array:
    """Return the reason of each Bad value, null for the others."""
    return pa.array([value.reason if value.__class__ is Bad else None for value in values], pa.string())


def day_name(column: str) -> str:
    """Return the name under which the record keeps the local date of a time column."""
    return f"{column}__local_date"  # no blank in it: Spark takes no such column of a Delta table


def _words(column: Column) -> Callable[[str], Any]:
    """Texts, references, persons and codes: trimmed, cut, split, normalised."""
    steps = [_STEPS[step] for step in column.normalise]
    notation = NOTATIONS[column.notation] if column.kind == "code" else str.strip

    def one(text: str) -> str | None:
        text = text.split(column.before, 1)[0] if column.before else text
        if not text.strip():
            return None
        text = notation(text)
        for step in steps:
            text = step(text)
        return text if text and text.casefold() not in column.placeholders else None

    def several(text: str) -> list[str] | None:
        found = [value for value in map(one, text.split(column.split)) if value is not None]
        return list(dict.fromkeys(found)) or None

    return several if column.split else one


_STEPS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "no_spaces": lambda text: "".join(text.split()),
    "no_punctuation": lambda text: re.sub(r"[^\w\s]|_", "", text),
    "strip_leading_letters": lambda text: re.sub(r"^[^\W\d_]+\s*", "", text),
    "strip_leading_zeros": lambda text: text.lstrip("0") or ("0" if text else ""),
}


def _flag(column: Column) -> Callable[[str], Any]:
    meaning: dict[str, bool] = dict.fromkeys(column.yes, True) | dict.fromkeys(column.no, False)
    return lambda text: meaning.get(text.strip().casefold(), Bad("bad_flag"))


def _choice(column: Column) -> Callable[[str], Any]:
    unknown = Bad("unknown_" + (column.of or re.sub(r"\W+", "_", column.name.strip().casefold())))

    def read(text: str) -> Any:
        ours = column.choices.get(text.strip().casefold(), unknown)
        return ours if ours != "" else None

    return read


def _number(text: str) -> Any:
    text = text.strip()
    plain = text.isascii() and text.lstrip("-").isdigit() and len(text) < 20
    return int(text) if plain and -_INT64 <= int(text) < _INT64 else Bad("bad_number")


class _Dates:
    """Reads a date column into days since 1970."""

    def __init__(self, column: Column, bounds: Bounds):
        self._formats = [Format(text) for text in column.formats]
        self._earliest = day_of(column.earliest)
        ahead = PLANNED_AHEAD.days if column.future else 1
        self._latest = bounds.received_at // DAY + ahead

    def __call__(self, text: str) -> int | Bad:
        reading = next((read for read in (how(text.strip()) for how in self._formats) if read is not None), None)
        if reading is None:
            return Bad("bad_time")
        day = reading.wall // DAY
        return day if self._earliest <= day <= self._latest else Bad("time_out_of_range")
