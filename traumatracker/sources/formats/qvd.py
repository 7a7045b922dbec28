"""QVD, the file a Qlik script stores: a header in XML, each column's distinct values, then rows of bit-packed indexes.

Rows are counted from 1. A value that carries a text is that text; a plain number in a column that Qlik shows as a date
or time is written in ISO 8601; other numbers are as in `typed.py`.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from xml.etree.ElementTree import Element, ParseError

import pyarrow as pa
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from traumatracker.errors import RefusedFile
from traumatracker.sources.formats.base import Chunk, Seen
from traumatracker.sources.formats.folder import Found
from traumatracker.sources.formats.headers import check_columns
from traumatracker.sources.formats.typed import SPOILT, text_of
from traumatracker.sources.formats.whole import ROWS_AT_ONCE, kept_of, seekable, settled, unreadable
from traumatracker.sources.profile import Column, Table

MOST_HEADER = 16 * 2**20  # bytes. Source: judgement; it grows with the script that made the file
MOST_SYMBOLS = 512 * 2**20  # bytes of one column's distinct values, which are held in memory. Source: judgement
_ENDS = b"\r\n\0"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - day 0 of Qlik, a local time
_MOST_BITS = 64
_FIXED = {1: "<i", 2: "<d", 4: "", 5: "<i", 6: "<d"}  # type byte → the number; 4, 5 and 6 are followed by a text


@dataclass(frozen=True)
class _Field:
    """One column: where its distinct values lie and which bits of a row name one of them."""

    name: str
    shows: str
    offset: int
    length: int
    bit: int
    width: int
    bias: int


@dataclass(frozen=True)
class _Head:
    """What the header says. `symbols_at`: where the distinct values begin; `rows_at`: where the rows do."""

    fields: list[_Field]
    symbols_at: int
    rows_at: int
    row_bytes: int
    rows: int


def read(source: Found, table: Table, seen: Seen) -> tuple[list[str], Iterator[Chunk]]:
    """Return the kept columns' names and the rows in chunks of text. Raises RefusedFile."""
    with seekable(source) as file:
        head = _head(file, source)
        header = [field.name for field in head.fields]
        check_columns(header, table, source.name)
        kept = kept_of(header, table)
        chunks = settled(source, lambda: _chunks(file, head, table, source.name), len(kept))
    seen(source.size)
    return kept, chunks


def columns(file: IO[bytes], source: Found) -> list[str]:
    """Return the names of the columns. Raises RefusedFile."""
    return [field.name for field in _head(file, source).fields]


def _head(file: IO[bytes], source: Found) -> _Head:
    start = file.read(MOST_HEADER)
    end = start.find(_ENDS)
    try:
        if end < 0:
            raise ValueError("no end of the header")
        told = fromstring(start[:end].decode("utf-8-sig"), forbid_dtd=True)
        symbols_at = end + len(_ENDS)
        fields = [_field(each) for each in told.iter("QvdFieldHeader")]
        rows_at, row_bytes = symbols_at + _whole(told, "Offset"), _whole(told, "RecordByteSize")
        head = _Head(fields, symbols_at, rows_at, row_bytes, _whole(told, "NoOfRecords"))
        file.seek(0, 2)
        _check(head, file.tell(), _whole(told, "Length"))
    except DefusedXmlException as unsafe:
        raise RefusedFile("unsafe_xml", f"{source.name} defines entities. Check where it is from.") from unsafe
    except (ValueError, ParseError) as bad:
        raise unreadable(source) from bad
    return head


def _field(told: Element) -> _Field:
    shows = told.findtext("NumberFormat/Type") or ""
    name = told.findtext("FieldName") or ""
    places = [_whole(told, each) for each in ("Offset", "Length", "BitOffset", "BitWidth")]
    return _Field(name, shows, *places, bias=int(told.findtext("Bias") or 0))


def _whole(told: Element, name: str) -> int:
    number = int(told.findtext(name) or "")
    if number < 0:
        raise ValueError("a size below nothing")
    return number


def _check(head: _Head, size: int, length: int) -> None:
    """Raise ValueError unless everything the header names lies within the file, and the rows fill their part."""
    fits = head.rows * head.row_bytes == length and head.rows_at + length <= size
    for field in head.fields:
        inside = field.bit + field.width <= 8 * head.row_bytes and field.width <= _MOST_BITS
        fits = fits and inside and head.symbols_at + field.offset + field.length <= head.rows_at
    if not fits or (head.rows and not head.row_bytes and any(field.width for field in head.fields)):
        raise ValueError("sizes that do not fit each other")


def _chunks(file: IO[bytes], head: _Head, table: Table, name: str) -> Iterator[Chunk]:
    kept = [field for field in head.fields if field.name in table.columns]
    texts = [_symbols(file, head, field, table.columns[field.name], name) for field in kept]
    file.seek(head.rows_at)
    for first in range(0, head.rows, ROWS_AT_ONCE):
        count = min(ROWS_AT_ONCE, head.rows - first)
        block = file.read(count * head.row_bytes)
        if len(block) < count * head.row_bytes:
            raise ValueError("cut short")
        rows = [
            int.from_bytes(block[at : at + head.row_bytes], "little")
            for at in range(0, len(block) or count, head.row_bytes or 1)
        ]
        yield _chunk(first + 1, kept, [_of(rows, field, each) for field, each in zip(kept, texts, strict=True)])


def _chunk(first: int, fields: list[_Field], columns: list[pa.Array]) -> Chunk:
    """Return the rows, without those of which a kept cell was spoilt (null)."""
    numbers, bad = list(range(first, first + len(columns[0]))), []
    spoilt: dict[int, str] = {}
    for field, column in zip(fields, columns, strict=True):
        if column.null_count:
            for at, gone in enumerate(column.is_null().to_pylist()):
                if gone:
                    spoilt.setdefault(at, field.name)
    if spoilt:
        bad = [(numbers[at], column, SPOILT) for at, column in sorted(spoilt.items())]
        good = [at for at in range(len(numbers)) if at not in spoilt]
        columns, numbers = [column.take(good) for column in columns], [numbers[at] for at in good]
    return Chunk(columns if numbers else [], numbers, bad)


def _of(rows: list[int], field: _Field, texts: list[str | None]) -> pa.Array:
    """Return one column of a block of rows. An index below 0 (that is what the bias is for) is an empty cell."""
    mask, bit, bias = (1 << field.width) - 1, field.bit, field.bias
    found = [((row >> bit) & mask) + bias for row in rows]
    if max(found) >= len(texts) and not (max(found) == 0 and not texts):
        raise ValueError("an index without a value")
    values = pa.array([*texts, ""], pa.string())
    return values.take(pa.array([at if 0 <= at < len(texts) else len(texts) for at in found], pa.int64()))


def _symbols(file: IO[bytes], head: _Head, field: _Field, column: Column, name: str) -> list[str | None]:
    """Return the distinct values of a column as texts; None for one that its type has spoilt."""
    if field.length > MOST_SYMBOLS:
        raise RefusedFile("too_large", f"{name}: '{field.name}' has too many values to hold. Export it in parts.")
    file.seek(head.symbols_at + field.offset)
    data, at = file.read(field.length), 0
    texts: list[str | None] = []
    while at < len(data):
        kind, at, number = data[at], at + 1, 0.0
        if how := _FIXED[kind]:
            (number,) = struct.unpack_from(how, data, at)
            at += struct.calcsize(how)
        if kind >= 4:
            end = data.index(b"\0", at)
            texts.append(data[at:end].decode())
            at = end + 1
        else:
            texts.append(_number(number, field.shows, column))
    return texts


def _number(number: float, shows: str, column: Column) -> str | None:
    if shows not in ("DATE", "TIMESTAMP", "TIME"):
        return text_of(number, column)
    moment = _EPOCH + timedelta(seconds=round(number * 86_400))
    shown = {"DATE": moment.date(), "TIME": moment.time(), "TIMESTAMP": moment}[shows]
    return text_of(shown, column)
