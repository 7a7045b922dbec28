"""Text tables: CSV and its like, surveyed once, then read in chunks of bounded memory, whatever is in them.

Row numbers are of the line a row starts on, as an editor shows them: a header is line 1, empty lines count.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import IO

import pyarrow as pa
import pyarrow.csv as pa_csv

from traumatracker.errors import RefusedFile
from traumatracker.sources.formats.base import BLOCK, DAMAGED, FIELD, Chunk, Counting, Seen, Survey
from traumatracker.sources.formats.folder import Found
from traumatracker.sources.formats.headers import cells_of, check_header
from traumatracker.sources.profile import Table

AT_ONCE = 4_000_000  # bytes (characters of another encoding) read at once, some 30,000 rows of a usual export
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
    if told.encoding == "utf-8-sig" and not told.foreign:
        blocks = _blocks_as_they_are(raw)
    else:
        blocks = _blocks_decoded(io.TextIOWrapper(raw, told.encoding, errors="windows1252", newline=""))
    header, above, rest = (list(table.names), 0, b"") if table.names else _header(blocks, table, source.name)
    if not told.size:
        raise _empty(source.name)
    end = _End(told.ends, last_is_kept=table.must_end and header[-1] not in table.dropped)
    return header, _chunks(chain([rest] if rest else [], blocks), table.delimiter, len(header), above + 1, end)


def _blocks_as_they_are(raw: IO[bytes]) -> Iterator[bytes]:
    """Yield the whole lines of a UTF-8 file, many at once. Lines end as Python's text files have it: LF, CR or both."""
    left = raw.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8)
    while data := raw.read(AT_ONCE):
        block = left + data
        # A CR that ends the block may be half a line end.
        cut = block.rfind(b"\n") + 1 or block.rfind(b"\r", 0, len(block) - 1) + 1
        left = block[cut:]
        if cut:
            yield block[:cut]
    if left:
        yield left


def _blocks_decoded(lines: io.TextIOWrapper) -> Iterator[bytes]:
    """Yield the same of a file in any other encoding, in UTF-8."""
    while block := lines.readlines(AT_ONCE):
        yield "".join(block).encode()


def _lines(block: bytes) -> list[str]:
    return io.StringIO(block.decode("utf-8", "windows1252"), newline="").readlines()


def _header(blocks: Iterator[bytes], table: Table, name: str) -> tuple[list[str], int, bytes]:
    """Return the header, checked, the number of lines up to and including it, and what its block holds after it."""
    above = 0
    for block in blocks:
        lines = _lines(block)
        at = next((at for at, line in enumerate(lines) if line.strip()), None)
        if at is None:
            above += len(lines)
            continue
        first = lines[at]
        if not first.strip("\ufeff\0 \r\n\t"):
            break
        header = [column.strip() for column in cells_of(first, table.delimiter)]
        check_header(header, first, table, name)
        return header, above + at + 1, "".join(lines[at + 1 :]).encode()
    raise _empty(name)


def _empty(name: str) -> RefusedFile:
    return RefusedFile("empty_file", f"{name} is empty. Ask for the export again.")


def _chunks(blocks: Iterator[bytes], delimiter: str, width: int, number: int, end: "_End") -> Iterator[Chunk]:
    """Read blocks of lines: at C speed where each line is a row, row by row where a cell holds a line break."""
    left, ahead = b"", next(blocks, b"")
    while ahead or left:
        block, ahead = left + ahead, next(blocks, b"")
        chunk, left = Chunk(), b""
        taken = count = _plain(block, delimiter, width, number, chunk)
        if not count:
            lines = _lines(block)
            count, taken = len(lines), _careful(lines, delimiter, width, number, chunk, at_end=not ahead)
            left = "".join(lines[taken:]).encode()
        if not ahead:
            _half_written(chunk, number + count - 1, end)
        number += taken
        yield chunk


def _plain(block: bytes, delimiter: str, width: int, number: int, chunk: Chunk) -> int:
    """Take the block if every line is one row of the right width, and return how many; else take nothing.

    A row takes a line or more, and an empty line is no row: as many rows as lines means that each line is a row. Only
    an open quote in the last could hide a line end, its own (see `_at_once`).
    """
    columns = _at_once(block, delimiter, width) if _has_short_lines(block) else []
    if not columns or len(columns[0]) != _count_lines(block):
        return 0
    chunk.columns, chunk.numbers = columns, range(number, number + len(columns[0]))
    return len(columns[0])


def _count_lines(block: bytes) -> int:
    ends = block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
    return ends + (not block.endswith((b"\n", b"\r")))


def _has_short_lines(block: bytes) -> bool:
    """Whether surely no cell is longer than a cell may be: every stretch of half that length has a line end."""
    half = FIELD // 2
    starts = range(0, len(block) - half, half)
    return all(block.find(b"\n", at, at + half) >= 0 or block.find(b"\r", at, at + half) >= 0 for at in starts)


def _at_once(block: bytes, delimiter: str, width: int) -> list[pa.Array]:
    """Read lines many times as fast as the csv module; nothing where any is ragged or its text damaged.

    Arrow and the csv module take quotes alike where each line is a row of its own.
    """
    names = [str(at) for at in range(width)]
    try:
        rows = pa_csv.read_csv(
            pa.py_buffer(block),
            read_options=pa_csv.ReadOptions(column_names=names, block_size=2**30, use_threads=False),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter, quote_char='"' if b'"' in block else False, escape_char=False
            ),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:
        return []
    columns = [column.combine_chunks() for column in rows.columns]
    if any(_breaks(column[-1].as_py()) for column in columns if len(column)):
        return []  # the last row has an open quote: what it takes of the next block is not known yet
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
