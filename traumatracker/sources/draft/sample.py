"""What stands in files nobody has described: their columns, by name or without one, and a sample of the cells."""

import csv
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree.ElementTree import Element

import pyarrow as pa
import pyarrow.parquet as pq

from traumatracker.errors import CannotRun, RefusedFile
from traumatracker.sources import formats
from traumatracker.sources.draft.words import VOCABULARY, words_of
from traumatracker.sources.formats import qvd, spreadsheet, workbook
from traumatracker.sources.formats.base import DAMAGED
from traumatracker.sources.formats.elements import elements, local
from traumatracker.sources.formats.folder import Found, members
from traumatracker.sources.formats.whole import seekable, unreadable
from traumatracker.sources.profile import DELIMITERS, Column, Table

MOST_ROWS = 20_000  # of a table that are looked at. Source: judgement; enough to see rare codes, quick to read
_CONTROL = [chr(code) for code in range(32) if chr(code) not in "\t\n\v\f\r"]
# Share of control characters above which a file is no text. Source: judgement; in bytes by chance it is a tenth, in a
# text there are one or two.
MOST_CONTROL = 0.02
_LINES = 200  # of a text table, to tell its delimiter and whether it has a header
_CLUES = 64 * 1024  # bytes of an XML file in which its rows begin

EMPTY = Table("sample", ("*",), "", (), "", (), ",", "utf-8", False, False, {}, frozenset(), ())


@dataclass
class Sampled:
    """One kind of file: `files` have the same columns. `cells`: column → its texts in the rows that were looked at."""

    files: list[str]
    format: str
    columns: list[str]
    has_header: bool = True
    delimiter: str = ","
    encoding: str = "utf-8"
    ends: bool = True
    row: str = ""
    sheet: str = ""
    cells: dict[str, list[str]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(next(iter(self.cells.values()), []))


def sample(path: Path) -> list[Sampled]:
    """Return each kind of file in a file, a zip or a folder. Raises CannotRun when nothing there can be read."""
    if not path.exists():
        raise CannotRun(f"There is no {path}. Name a file, a zip or a folder of exports.")
    kinds: list[Sampled] = []
    refused: list[str] = []
    for source in _sources(path, refused):
        try:
            seen = _look(source)
            if not seen.columns or len(set(seen.columns)) < len(seen.columns):
                raise RefusedFile("repeated_column", f"{source.name} has no columns, or two of one name.")
            _read(source, seen, kinds)
        except RefusedFile as why:
            refused.append(str(why))
        except (*DAMAGED, pa.ArrowException, LookupError, ValueError):  # their own words may hold a value
            refused.append(str(unreadable(source)))
    if not kinds:
        raise CannotRun("Nothing there could be read. " + (" ".join(refused[:3]) or "The folder is empty."))
    return kinds


def _sources(path: Path, refused: list[str]) -> list[Found]:
    paths = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
    found = []
    for each in paths:
        try:
            held = [] if each.name.startswith(".") else members(each)
        except RefusedFile as damaged:
            refused.append(str(damaged))
            continue
        found += [Found("sample", name, each, member, size) for name, member, size in held]
    return [each for each in found if not each.name.casefold().endswith((".txt", ".md", ".pdf", ".zip"))]


def _look(source: Found) -> Sampled:
    """Return the columns of a file, from its beginning."""
    name = Path(source.member or source.path.name).name
    how = formats.format_of(source.name, EMPTY)
    if how == "csv":
        return _text(source, name)
    with seekable(source) as file:
        if how == "parquet":
            return Sampled([name], how, list(pq.read_schema(file).names))
        if how == "qvd":
            return Sampled([name], how, qvd.columns(file, source))
        if how == "xlsx":
            book = workbook.open_workbook(file, source.name)
            shown = [sheet for sheet, _, hidden in book.sheets if not hidden]
            sheet = shown[0] if len(shown) > 1 else ""
            table = replace(EMPTY, sheet=sheet)
            return Sampled([name], how, spreadsheet.columns(book, table, source.name), sheet=sheet)
    row, columns = _xml(source)
    return Sampled([name], how, columns, row=row)


def _text(source: Found, name: str) -> Sampled:
    told = formats.survey(source, EMPTY, lambda _: None)
    with source.open() as file:
        start = file.read(_CLUES).decode(told.encoding, errors="replace")
    if sum(map(start.count, _CONTROL)) > MOST_CONTROL * len(start):  # a picture, say, or a workbook under another name
        raise RefusedFile("unreadable_text", f"{source.name} is no text. Ask for the export again.")
    lines = [line for line in start.splitlines()[:_LINES] if line.strip()]
    if not lines:
        raise RefusedFile("empty_file", f"{source.name} is empty. Ask for the export again.")
    widths = {d: Counter(len(row) for row in csv.reader(lines, delimiter=d)) for d in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: max(count * (width > 1) for width, count in widths[d].items()))
    rows = list(csv.reader(lines, delimiter=delimiter))
    first = [cell.strip() for cell in rows[0]]
    if _is_header(first, rows[1:]):
        return Sampled([name], "csv", first, True, delimiter, ends=told.ends)
    width = widths[delimiter].most_common(1)[0][0]
    return Sampled([name], "csv", [f"Column{at}" for at in range(1, width + 1)], False, delimiter, ends=told.ends)


def _is_header(first: list[str], rows: list[list[str]]) -> bool:
    """Whether a first line names columns: words, each once, none of them a number, and not like the lines below.

    In doubt it is a row: a row taken for a header would put what it says into the draft.
    """
    if "" in first or len(set(first)) < len(first) or any(_digits(cell) > 0.5 for cell in first):
        return False
    below = {cell.strip() for row in rows for cell in row}
    numeric = any(sum(_digits(cell) > 0.5 for cell in cells) > len(cells) / 2 for cells in zip(*rows, strict=False))
    told = numeric or any(words_of(cell) & VOCABULARY for cell in first)
    return told and sum(cell in below for cell in first) <= len(first) // 4


def _digits(cell: str) -> float:
    return sum(letter.isdigit() for letter in cell) / max(1, len(cell))


def _xml(source: Found) -> tuple[str, list[str]]:
    """Return the element that is a row, the commonest child of the root, and the paths of all its leaves."""
    with source.open() as file:
        root = next(elements(file, frozenset({_root_of(source)}), source.name, lambda _: None))
    rows = Counter(local(child) for child in root)
    if not rows:
        raise RefusedFile("empty_file", f"{source.name} holds no rows.")
    row = rows.most_common(1)[0][0]
    paths = dict.fromkeys(path for child in root if local(child) == row for path in _paths(child, ""))
    return row, list(paths)


def _root_of(source: Found) -> str:
    import re

    with source.open() as file:
        start = file.read(_CLUES).decode("utf-8", errors="replace")
    found = re.search(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)[\s/>]", start)
    if not found:
        raise RefusedFile("unreadable_file", f"{source.name} is not XML.")
    return found.group(1)


def _paths(element: Element, path: str) -> list[str]:
    before = path + "/" if path else ""
    found = [before + "@" + name.rpartition("}")[2] for name in element.attrib if not name.startswith("{http://www.w3")]
    if path and not len(element):
        found.append(path)
    return found + [each for child in element for each in _paths(child, before + local(child))]


def _read(source: Found, seen: Sampled, kinds: list[Sampled]) -> None:
    """Read the sample of a file, into that of an earlier file with the same columns where there is one."""
    same = next((kind for kind in kinds if _same(kind, seen)), None)
    into = same or seen
    if same:
        same.files += seen.files
        same.ends = same.ends and seen.ends
    else:
        seen.cells = {name: [] for name in seen.columns}
        kinds.append(seen)
    plain = {name: Column(name, "text") for name in seen.columns}
    table = replace(EMPTY, columns=plain, delimiter=seen.delimiter, row=seen.row, sheet=seen.sheet)
    table = table if seen.has_header else replace(table, names=tuple(seen.columns))
    header, chunks = formats.read(source, table, formats.survey(source, table, lambda _: None), lambda _: None)
    for chunk in chunks:
        for name, cells in zip(header, chunk.columns, strict=True) if chunk.columns else ():
            into.cells[name] += [cell.strip() for cell in cells.to_pylist()]
        if into.rows >= MOST_ROWS:
            break


def _same(one: Sampled, other: Sampled) -> bool:
    """Whether two files are of one kind: the same columns; without headers, also names that begin alike."""
    if (one.format, one.columns, one.has_header) != (other.format, other.columns, other.has_header):
        return False
    return one.has_header or _stem(one.files[0]) == _stem(other.files[0])


def _stem(name: str) -> str:
    return "".join(letter for letter in Path(name).stem if letter.isalpha()).casefold()
