"""XLSX: one sheet, its cells as the text they were typed as, and a clear no where that can no longer be known.

Row numbers are the sheet's own. A row that is hidden, or of which a kept cell is merged, spoilt by its number format,
or a formula without a stored value, is set aside; what stands in a dropped column does not matter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from xml.etree.ElementTree import Element

from openpyxl.utils.datetime import from_excel

from traumatracker.errors import RefusedFile
from traumatracker.sources.formats.base import FIELD, Chunk, Seen
from traumatracker.sources.formats.elements import elements, local
from traumatracker.sources.formats.folder import Found
from traumatracker.sources.formats.headers import check_columns
from traumatracker.sources.formats.typed import SPOILT, text_of
from traumatracker.sources.formats.whole import Collected, seekable, settled
from traumatracker.sources.formats.workbook import Workbook, open_workbook, text_in
from traumatracker.sources.profile import Table

_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?\Z")
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384  # of a sheet, in Excel


def read(source: Found, table: Table, seen: Seen) -> tuple[list[str], Iterator[Chunk]]:
    """Return the kept columns' names and the rows in chunks of text. Raises RefusedFile."""
    with seekable(source) as file:
        book = open_workbook(file, source.name)
        sheet = _Sheet(book, table, source.name)
        width = len([c for c in table.columns.values() if not c.parts])
        chunks = settled(source, lambda: sheet.chunks(seen), width)
    return [name for name, c in table.columns.items() if not c.parts], sheet.without_merged(chunks)


def columns(book: Workbook, table: Table, name: str) -> list[str]:
    """Return the names of the columns of a sheet: its first row that is not empty. Raises RefusedFile."""
    sheet = _Sheet(book, table, name)
    with book.sheet(table.sheet) as file:
        for row in elements(file, frozenset({"row"}), name, lambda _: None):
            if names := sheet.names(dict(_cells(row))):
                return names
    raise RefusedFile("empty_file", f"{name}: the sheet is empty. Ask for the export again.")


@dataclass
class _Sheet:
    """One sheet being read. `merged`: (first row, last row, first column, last column) of each merged area."""

    book: Workbook
    table: Table
    name: str
    header: list[str] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    def chunks(self, seen: Seen) -> Iterator[Chunk]:
        self._kept = [name for name, column in self.table.columns.items() if not column.parts]
        rows, number = Collected(len(self._kept)), 0
        with self.book.sheet(self.table.sheet) as file:
            for element in elements(file, frozenset({"row", "mergeCell"}), self.name, seen):
                if local(element) == "mergeCell":
                    self.merged.append(_area(element.attrib.get("ref", "")))
                    continue
                number = _row(element.attrib.get("r", str(number + 1)))
                self._take(number, element, rows)
                if rows.full:
                    yield rows.chunk()
        if not self.header:
            raise RefusedFile("empty_file", f"{self.name}: the sheet is empty. Ask for the export again.")
        yield rows.chunk()

    def without_merged(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """Set aside the rows of which a kept cell is merged: nobody can say which of them its value is of."""
        kept = {at for at, name in enumerate(self.header) if name in self.table.columns}
        spoilt = bytearray(_MOST_ROWS + 1)
        for first, last, left, right in self.merged:
            if any(left <= at <= right for at in kept):
                spoilt[first : last + 1] = b"\1" * (last + 1 - first)
        for chunk in chunks:
            bad = [at for at, number in enumerate(chunk.numbers) if spoilt[number]]
            if bad:
                good = [at for at, number in enumerate(chunk.numbers) if not spoilt[number]]
                chunk.bad = sorted([*chunk.bad, *((chunk.numbers[at], "", "merged_cell") for at in bad)])
                chunk.columns = [column.take(good) for column in chunk.columns] if good else []
                chunk.numbers = [chunk.numbers[at] for at in good]
            yield chunk

    def _take(self, number: int, row: Element, rows: Collected) -> None:
        cells = dict(_cells(row))
        if not self.header:
            self._take_header(cells)
        elif any(_has_value(cell) for cell in cells.values()):
            self._take_row(number, row, cells, rows)

    def names(self, cells: dict[int, Element]) -> list[str]:
        """Return a row's cells as the names of columns, up to the last that is not empty."""
        names = {at: str(self._value(cell) or "").strip() for at, cell in cells.items()}
        last = max((at for at, name in names.items() if name), default=-1)
        return [names.get(at, "") for at in range(last + 1)]

    def _take_header(self, cells: dict[int, Element]) -> None:
        self.header = self.names(cells)
        if self.header:
            check_columns(self.header, self.table, self.name)

    def _take_row(self, number: int, row: Element, cells: dict[int, Element], rows: Collected) -> None:
        if row.attrib.get("hidden") in ("1", "true"):
            return rows.set_aside(number, "", "hidden_row")
        if any(at >= len(self.header) and _has_value(cell) for at, cell in cells.items()):
            return rows.set_aside(number, "", "ragged_row")
        texts: dict[str, str] = {}
        for at, name in enumerate(self.header):
            if name in self.table.columns and at in cells:
                text, reason = self._text(cells[at], name)
                if reason:
                    return rows.set_aside(number, name, reason)
                texts[name] = text
        return rows.put(number, [texts.get(name, "") for name in self._kept])

    def _text(self, cell: Element, name: str) -> tuple[str, str]:
        """Return the text of a kept cell, or the reason why it has none."""
        parts = {local(each): each.text or "" for each in cell}
        if "f" in parts and not parts.get("v"):
            return "", "formula_without_value"
        if cell.attrib.get("t") == "e":
            return "", "formula_error"
        text = text_of(self._value(cell), self.table.columns[name])
        if text is None:
            return "", SPOILT
        return (text, "") if len(text) <= FIELD else ("", "ragged_row")

    def _value(self, cell: Element) -> str | float | int | bool | date | time | timedelta | None:
        kind = cell.attrib.get("t", "n")
        if kind == "inlineStr":
            return "".join(text_in(each) for each in cell if local(each) == "is")
        raw = next((each.text for each in cell if local(each) == "v"), None)
        if raw is None:
            return None
        if kind == "s":
            return self.book.texts[int(raw)]
        if kind == "b":
            return raw.strip() == "1"
        return self._number(raw, int(cell.attrib.get("s", 0))) if kind == "n" else raw

    def _number(self, raw: str, style: int) -> float | int | date | time | timedelta:
        number = int(raw) if raw.isascii() and raw.lstrip("-").isdigit() and len(raw) < 20 else float(raw)
        how = self.book.dates.get(style)
        if not how:
            return number
        try:
            moment = from_excel(number, self.book.epoch)
        except (OverflowError, ValueError):
            return number  # too far from any day: it stays what it is, and no time column takes it
        return moment.date() if how == "date" and isinstance(moment, datetime) else moment


def _cells(row: Element) -> Iterator[tuple[int, Element]]:
    at = -1
    for cell in row:
        if local(cell) == "c":
            at = _column(cell.attrib["r"]) if "r" in cell.attrib else at + 1
            yield at, cell


def _has_value(cell: Element) -> bool:
    return any(local(each) in ("v", "is", "f") for each in cell)


def _column(place: str) -> int:
    return _area(place)[2]


def _area(text: str) -> tuple[int, int, int, int]:
    """Return (first row, last row, first column, last column) of "B3:C7". Raises ValueError for anything else."""
    found = _AREA.match(text)
    if not found:
        raise ValueError("no place of a sheet")
    left, top, right, bottom = found.groups()
    first, last = _number_of(left), _number_of(right or left)
    return _row(top), _row(bottom or top), first, last


def _row(text: str) -> int:
    number = int(text)
    if not 0 < number <= _MOST_ROWS:
        raise ValueError("no row of a sheet")
    return number


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    if number > _MOST_COLUMNS:
        raise ValueError("no column of a sheet")
    return number - 1
