"""Text tables: CSV and its like, surveyed once, then read in chunks of bounded memory, whatever is in them.

Row numbers are of the line a row starts on, as an editor shows them: a header is line 1, empty lines count.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from traumatracker.errors import RefusedFile
from traumatracker.sources.formats.base import BLOCK, DAMAGED, FIELD, Chunk, Counting, Seen, Survey
from traumatracker.sources.formats.folder import Found
from traumatracker.sources.formats.headers import cells_of, check_header
from traumatracker.sources.profile import Table

AT_ONCE = 4_000_000  # characters read at once, some 30,000 rows of a usual export
MOST_LINES_OF_A_ROW = 1_000  # a quote open for longer was never closed
LONGEST_LINE = 8 * 2**20  # bytes without a line break: not a text table

csv.field_size_limit(FIELD)


def survey(source: Found, table: Table, seen: Seen) -> Survey:
    """Return what one pass over the file tells; `seen` is told of every number of bytes read.

    Raises RefusedFile: empty, unreadable, not text, or not UTF-8 where the profile insists.
    """
    digest, decoder = sha256(), codecs.getincrementaldecoder("utf-8")()
    size, foreign, last, since_break, start = 0, False, b"", 0, b""
    try:
        with source.open() as file:
            while block := file.read(BLOCK):
                start = start or block[:4]
                digest.update(block)
                foreign = foreign or not _decodes(decoder, block)
                since_break = 0 if b"\n" in block or b"\r" in block else since_break + len(block)
                if since_break > LONGEST_LINE:
                    raise RefusedFile("unreadable_text", f"{source.name} has no lines: it is not a text table.")
                size, last = size + len(block), block[-2:]
                seen(len(block))
    except DAMAGED as bad:
        raise RefusedFile("unreadable_file", f"{source.name} is damaged or locked. Copy it again, unlocked.") from bad
    foreign = foreign or not _decodes(decoder, b"", final=True)
    encoding = _encoding(start, table)
    foreign = foreign and encoding == "utf-8-sig"
    if foreign and table.strict_encoding:
        raise RefusedFile("unreadable_text", f"{source.name} is not UTF-8. Export it as UTF-8 CSV.")
    return Survey(digest.hexdigest(), size, encoding, foreign, last.strip(b"\0")[-1:] in (b"\n", b"\r"))


def read(source: Found, table: Table, told: Survey, seen: Seen) -> tuple[list[str], Iterator[Chunk]]:
    """Return the header, checked against the profile, and the rows in chunks. Raises RefusedFile."""
    raw = io.BufferedReader(Counting(source.open(), seen), BLOCK)
    lines = io.TextIOWrapper(raw, told.encoding, errors="windows1252", newline="")
    header, above = (list(table.names), 0) if table.names else _header(lines, table, source.name)
    if not told.size:
        raise _empty(source.name)
    end = _End(told.ends, last_is_kept=table.must_end and header[-1] not in table.dropped)
    return header, _chunks(lines, table.delimiter, len(header), above + 1, end)


def _header(lines: io.TextIOWrapper, table: Table, name: str) -> tuple[list[str], int]:
    """Return the header, checked, and the number of lines up to and including it."""
    first, above = "", 0
    for first in lines:
        above += 1
        if first.strip():
            break
    if not first.strip("\ufeff\0 \r\n\t"):
        raise _empty(name)
    header = [column.strip() for column in cells_of(first, table.delimiter)]
    check_header(header, first, table, name)
    return header, above


def _empty(name: str) -> RefusedFile:
    return RefusedFile("empty_file", f"{name} is empty. Ask for the export again.")


def _chunks(lines: io.TextIOWrapper, delimiter: str, width: int, number: int, end: "_End") -> Iterator[Chunk]:
    """Read blocks of lines: at C speed where each line is a row, row by row where a cell holds a line break."""
    left: list[str] = []
    ahead = lines.readlines(AT_ONCE)
    while ahead or left:
        block, ahead = left + ahead, lines.readlines(AT_ONCE)
        chunk = Chunk()
        taken = _plain(block, delimiter, width, number, chunk)
        if not taken:
            taken = _careful(block, delimiter, width, number, chunk, at_end=not ahead)
        if not ahead:
            _half_written(chunk, number + len(block) - 1, end)
        number, left = number + taken, block[taken:]
        yield chunk


def _plain(block: list[str], delimiter: str, width: int, number: int, chunk: Chunk) -> int:
    """Take the block if every line is one row of the right width; else take nothing."""
    text = "".join(block)
    columns = _at_once(text, delimiter, width, '"' in text) if max(map(len, block)) <= FIELD else []
    if not columns or len(columns[0]) != len(block):
        return 0
    chunk.columns, chunk.numbers = columns, range(number, number + len(block))
    return len(block)


def _at_once(text: str, delimiter: str, width: int, has_quotes: bool) -> list[pa.Array]:
    """Read lines several times as fast as the csv module; nothing where any is ragged, or goes on in the next line.

    Arrow and the csv module take quotes alike but where one is left open at the end of its line.
    """
    names = [str(at) for at in range(width)]
    quote = '"' if has_quotes else False
    try:
        rows = pa_csv.read_csv(
            pa.py_buffer(text.encode()),
            read_options=pa_csv.ReadOptions(column_names=names, block_size=2**30, use_threads=False),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, quote_char=quote, escape_char=False),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
        )
    except pa.ArrowInvalid:
        return []
    columns = [column.combine_chunks() for column in rows.columns]
    if has_quotes and any(pc.any(pc.match_substring_regex(column, "[\r\n]")).as_py() for column in columns):
        return []
    return columns


def _columns(rows: list[list[str]]) -> list[pa.Array]:
    return [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]


def _careful(block: list[str], delimiter: str, width: int, number: int, chunk: Chunk, at_end: bool) -> int:
    """Take rows one by one; return the number of lines taken. A quote never closed costs its own line only."""
    at, numbers, rows = 0, [], []
    while at < len(block):
        cells, used = _one(block, at, delimiter)
        if not used and not at_end and len(block) - at < MOST_LINES_OF_A_ROW:
            break  # the rest of this row is in the next block
        if used > 0 and len(cells) == width:
            rows.append(cells)
            numbers.append(number + at)
            at += used
        else:
            if cells or used < 1:
                chunk.bad.append((number + at, "", "ragged_row"))
            at += 1
    chunk.columns, chunk.numbers = _columns(rows), numbers
    return at


def _one(block: list[str], at: int, delimiter: str) -> tuple[list[str], int]:
    """Return the row that starts at line `at` and how many lines it takes: 0 if it has no end yet, -1 if malformed.

    A row of several lines must be quoted by the letter: otherwise two stray quotes would swallow the rows between.
    """
    lines = block[at : at + MOST_LINES_OF_A_ROW] if '"' in block[at] else block[at : at + 1]
    try:
        rows = csv.reader(lines, delimiter=delimiter)
        cells = next(rows, [])
    except csv.Error:
        return [], -1
    if rows.line_num > 1 or (cells and _breaks(cells[-1])):
        try:
            next(csv.reader(lines, delimiter=delimiter, strict=True), None)
        except csv.Error as why:
            return cells, 0 if "unexpected end" in str(why) else -1
    return cells, rows.line_num


def _breaks(cell: str) -> bool:
    return "\n" in cell or "\r" in cell


def _half_written(chunk: Chunk, last: int, end: "_End") -> None:
    """Set the last line aside if the file stops inside it, or may do so inside a cell that is kept."""
    if end.ends:
        return
    if chunk.bad and chunk.bad[-1][0] == last:
        chunk.bad[-1] = (last, "", "incomplete_last_line")
    elif end.last_is_kept and chunk.numbers:
        chunk.columns = [column.slice(0, len(column) - 1) for column in chunk.columns]
        *numbers, number = chunk.numbers
        chunk.numbers = numbers
        chunk.bad.append((number, "", "incomplete_last_line"))


@dataclass(frozen=True)
class _End:
    """How the file ends: with a line break or not, and whether its last column is one we keep."""

    ends: bool
    last_is_kept: bool


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(start: bytes, table: Table) -> str:
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    return "cp1252" if table.encoding == "windows-1252" and not start.startswith(codecs.BOM_UTF8) else "utf-8-sig"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Read only the bytes that are not UTF-8 as windows-1252, so that one old row does not spoil the others."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - registered for decoding only
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error("windows1252", _as_windows_1252)
