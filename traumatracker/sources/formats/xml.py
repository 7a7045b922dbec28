"""XML: one element a row. Columns are the paths of its leaves: `Code`, `Details/Code`, `@id`, `Details/@type`.

Namespaces are left out of names. Rows are counted from 1. An element that is not there is an empty cell, because XML
exports leave out what is empty; one that nobody declared refuses the file. A declared container that is dropped goes
with all that is in it.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from traumatracker.sources.formats.base import Chunk, Seen
from traumatracker.sources.formats.elements import elements, local
from traumatracker.sources.formats.folder import Found
from traumatracker.sources.formats.headers import check_columns
from traumatracker.sources.formats.whole import Collected, settled
from traumatracker.sources.profile import Table

_ABOUT_XML = ("{http://www.w3.org/2001/XMLSchema-instance}", "{http://www.w3.org/XML/1998/namespace}")


def read(source: Found, table: Table, seen: Seen) -> tuple[list[str], Iterator[Chunk]]:
    """Return the kept columns' names and the rows in chunks of text. Raises RefusedFile."""
    kept = [name for name, column in table.columns.items() if not column.parts]
    return kept, settled(source, lambda: _chunks(source, table, kept, seen), len(kept))


def _chunks(source: Found, table: Table, kept: list[str], seen: Seen) -> Iterator[Chunk]:
    rows = Collected(len(kept))
    with source.open() as file:
        for number, element in enumerate(elements(file, frozenset({table.row}), source.name, seen), 1):
            _take(element, number, table, kept, rows, source.name)
            if rows.full:
                yield rows.chunk()
    yield rows.chunk()


def _take(row: Element, number: int, table: Table, kept: list[str], rows: Collected, name: str) -> None:
    cells: dict[str, list[str]] = {}
    for path, text in _leaves(row, "", table):
        cells.setdefault(path, []).append(text)
    if not cells.keys() <= table.columns.keys() | table.dropped:
        check_columns([*cells, *(path for path in table.header if path not in cells)], table, name)
    for path, texts in cells.items():
        if path in table.columns and len(texts) > 1 and not table.columns[path].split:
            return rows.set_aside(number, path, "repeated_element")
    joined = {path: (table.columns[path].split or "").join(cells[path]) for path in kept if path in cells}
    return rows.put(number, [joined.get(path, "") for path in kept])


def _leaves(element: Element, path: str, table: Table) -> Iterator[tuple[str, str]]:
    """Return (path, text) of each leaf and attribute, without what is under a dropped column."""
    if path in table.dropped:
        return
    before = path + "/" if path else ""
    for attribute, text in element.attrib.items():
        if not attribute.startswith(_ABOUT_XML):
            yield before + "@" + attribute.rpartition("}")[2], text
    text = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    if path and (text or not len(element)):
        yield path, text
    for child in element:
        yield from _leaves(child, before + local(child), table)
