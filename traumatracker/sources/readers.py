"""Files as rows of text: found, surveyed once, then read in chunks of bounded memory, whatever is in them.

A row is never lost: it comes out in `Chunk.columns`, or in `Chunk.bad` with its number and reason. Row numbers are of
the line a row starts on, as an editor shows them: the header is line 1, empty lines count.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from traumatracker.errors import CannotRun, RefusedFile
from traumatracker.sources.profile import DELIMITERS, Profile, Table

AT_ONCE = 4_000_000  # characters read at once, some 30,000 rows of a usual export
MOST_LINES_OF_A_ROW = 1_000  # a quote open for longer was never closed
FIELD = 1_000_000  # characters of one cell
LONGEST_LINE = 8 * 2**20  # bytes without a line break: not a text table
_BLOCK = 2**20
# A zip that claims to unpack more than this many times its size, or this many bytes, is not an export.
MOST_RATIO, MOST_BYTES = 1_000, 50 * 2**30

csv.field_size_limit(FIELD)


@dataclass(frozen=True)
class Found:
    """A file of the folder that a table reads. `name` is safe to show: inside a zip, "export.zip/logs.csv"."""

    table: str
    name: str
    path: Path
    member: str = ""
    size: int = 0

    def open(self) -> IO[bytes]:
        """Return its bytes. Raises RefusedFile when it cannot be opened."""
        try:
            if not self.member:
                return self.path.open("rb")
            with zipfile.ZipFile(self.path) as archive:
                _check_size(archive.getinfo(self.member), self.name)
                return archive.open(self.member)  # stays open after the archive is closed
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as bad:
            raise RefusedFile("unreadable_file", f"{self.name} cannot be opened. Copy it again, unlocked.") from bad


@dataclass(frozen=True)
class Survey:
    """What one pass over the bytes tells. `foreign`: some bytes are not UTF-8 (read as windows-1252)."""

    sha256: str
    size: int
    encoding: str
    foreign: bool
    ends: bool


@dataclass
class Chunk:
    """Columns of the rows with as many cells as the header, their row numbers, and the rows that could not be told."""

    columns: list[pa.Array] = field(default_factory=list)
    numbers: list[int] | range = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Listing:
    """What a folder holds: files that a table reads, names of those none does, and zips that cannot be opened."""

    found: list[Found] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    refused: list[tuple[str, RefusedFile]] = field(default_factory=list)


def find_files(profile: Profile, folder: Path) -> Listing:
    """Return the files each table reads and those no table reads, in a stable order.

    Raises CannotRun when the folder is not there or holds nothing that the profile reads.
    """
    if not folder.is_dir():
        raise CannotRun(f"There is no folder {folder}. Give the folder that holds the exports.")
    listing = Listing()
    for path in sorted(entry for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith(".")):
        try:
            members = _members(path)
        except RefusedFile as damaged:
            listing.refused.append((path.name, damaged))
            continue
        for name, member, size in members:
            if table := _table_for(profile, Path(member or path.name).name):
                listing.found.append(Found(table.name, name, path, member, size))
            else:
                listing.ignored.append(name)
    if not listing.found and not listing.refused:
        wanted = ", ".join(pattern for table in profile.files for pattern in table.files)
        raise CannotRun(f"No file in {folder} is one that profile {profile.id} reads ({wanted}). Check the folder.")
    return listing


def survey(source: Found, table: Table, seen: Callable[[int], None]) -> Survey:
    """Return what one pass over the file tells; `seen` is told of every number of bytes read.

    Raises RefusedFile: empty, unreadable, not text, or not UTF-8 where the profile insists.
    """
    digest, decoder = sha256(), codecs.getincrementaldecoder("utf-8")()
    size, foreign, last, since_break, start = 0, False, b"", 0, b""
    try:
        with source.open() as file:
            while block := file.read(_BLOCK):
                start = start or block[:4]
                digest.update(block)
                foreign = foreign or not _decodes(decoder, block)
                since_break = 0 if b"\n" in block or b"\r" in block else since_break + len(block)
                if since_break > LONGEST_LINE:
                    raise RefusedFile("unreadable_text", f"{source.name} has no lines: it is not a text table.")
                size, last = size + len(block), block[-2:]
                seen(len(block))
    except (OSError, zipfile.BadZipFile, RuntimeError, EOFError) as bad:
        raise RefusedFile("unreadable_file", f"{source.name} is damaged or locked. Copy it again, unlocked.") from bad
    foreign = foreign or not _decodes(decoder, b"", final=True)
    encoding = _encoding(start, table)
    foreign = foreign and encoding == "utf-8-sig"
    if foreign and table.strict_encoding:
        raise RefusedFile("unreadable_text", f"{source.name} is not UTF-8. Export it as UTF-8 CSV.")
    return Survey(digest.hexdigest(), size, encoding, foreign, last.strip(b"\0")[-1:] in (b"\n", b"\r"))


def read(source: Found, table: Table, told: Survey, seen: Callable[[int], None]) -> tuple[list[str], Iterator[Chunk]]:
    """Return the header, checked against the profile, and the rows in chunks. Raises RefusedFile."""
    raw = io.BufferedReader(_Counting(source.open(), seen), _BLOCK)
    lines = io.TextIOWrapper(raw, told.encoding, errors="windows1252", newline="")
    first, above = "", 0
    for first in lines:
        above += 1
        if first.strip():
            break
    if not first.strip("\ufeff\0 \r\n\t"):
        raise RefusedFile("empty_file", f"{source.name} is empty. Ask for the export again.")
    header = [name.strip() for name in _cells(first, table.delimiter)]
    check_header(header, first, table, source.name)
    end = _End(told.ends, last_is_kept=table.must_end and header[-1] not in table.dropped)
    return header, _chunks(lines, table.delimiter, len(header), above + 1, end)


def check_header(header: list[str], line: str, table: Table, name: str) -> None:
    """Raise RefusedFile unless the header is what the profile declares: every column known, none needed missing."""
    declared = table.header
    missing = [column for column, needed in declared.items() if needed and column not in header]
    unknown = [column for column in header if column not in declared]
    if missing and (other := _fits_better(line, table, len(missing))):
        told = f"{name} is separated by {other!r}, not by {table.delimiter!r}."
        raise RefusedFile("wrong_delimiter", f"{told} Correct `delimiter` in the profile, or export it again.")
    if missing:
        # A file without its header shows a row instead: name what it has only where most of the header is there.
        strange = unknown if 2 * len(missing) <= len(declared) else []
        also = f" It has {_listed(strange)}, which the profile does not know: was it renamed?" if strange else ""
        raise RefusedFile("missing_column", f"{name} lacks the column {_listed(missing)}.{also} {_MEND}")
    if unknown:
        raise RefusedFile(
            "undeclared_column", f"{name} has the column {_listed(unknown)}, which nobody declared. {_MEND}"
        )
    if twice := sorted({column for column in header if header.count(column) > 1}):
        raise RefusedFile("repeated_column", f"{name} has the column {_listed(twice)} twice. Rename one in the export.")


_MEND = "Correct the export, or declare the column `keep` or `drop` in the profile."


def _listed(columns: list[str]) -> str:
    shown = ", ".join(f"'{column[:40]}'" for column in columns[:5])
    return shown + (f" and {len(columns) - 5} more" if len(columns) > 5 else "")


def _fits_better(line: str, table: Table, missing: int) -> str:
    for other in DELIMITERS:
        cells = {name.strip() for name in _cells(line, other)}
        if (
            other != table.delimiter
            and len([n for n, needed in table.header.items() if needed and n not in cells]) < missing
        ):
            return other
    return ""


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.lstrip("\ufeff")], delimiter=delimiter), [])
    except csv.Error:
        return []


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
    simple = '"' not in text and max(map(len, block)) <= FIELD
    columns = _unquoted(text, delimiter, width) if simple else _quoted(block, delimiter, width)
    if not columns or len(columns[0]) != len(block):
        return 0
    chunk.columns, chunk.numbers = columns, range(number, number + len(block))
    return len(block)


def _unquoted(text: str, delimiter: str, width: int) -> list[pa.Array]:
    """Read lines without quotes, several times as fast as the csv module; nothing where any is ragged."""
    names = [str(at) for at in range(width)]
    try:
        rows = pa_csv.read_csv(
            pa.py_buffer(text.encode()),
            read_options=pa_csv.ReadOptions(column_names=names, block_size=2**30, use_threads=False),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, quote_char=False, escape_char=False),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
        )
    except pa.ArrowInvalid:
        return []
    return [column.combine_chunks() for column in rows.columns]


def _quoted(block: list[str], delimiter: str, width: int) -> list[pa.Array]:
    """Read lines of which some have quotes; nothing where any is ragged, or goes on in the next line."""
    try:
        rows = list(csv.reader(block, delimiter=delimiter))
    except csv.Error:
        return []
    if len(rows) != len(block) or set(map(len, rows)) != {width} or _breaks(rows[-1][-1]):
        return []
    return _columns(rows)


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
                chunk.bad.append((number + at, "ragged_row"))
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
        chunk.bad[-1] = (last, "incomplete_last_line")
    elif end.last_is_kept and chunk.numbers:
        chunk.columns = [column.slice(0, len(column) - 1) for column in chunk.columns]
        *numbers, number = chunk.numbers
        chunk.numbers = numbers
        chunk.bad.append((number, "incomplete_last_line"))


@dataclass(frozen=True)
class _End:
    """How the file ends: with a line break or not, and whether its last column is one we keep."""

    ends: bool
    last_is_kept: bool


class _Counting(io.RawIOBase):
    """Bytes passed on, and their number told, so that progress can show a rate."""

    def __init__(self, source: IO[bytes], seen: Callable[[int], None]):
        self._source, self._seen = source, seen

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        self._seen(len(data))
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()


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


def _table_for(profile: Profile, name: str) -> Table | None:
    folded = name.casefold()
    return next((t for t in profile.tables if any(fnmatch(folded, pattern.casefold()) for pattern in t.files)), None)


def _members(path: Path) -> list[tuple[str, str, int]]:
    """Return (name, member, bytes) of each file in a zip, or of the file itself."""
    if path.suffix.casefold() != ".zip":
        return [(path.name, "", path.stat().st_size)]
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted((info.filename, info.file_size) for info in archive.infolist() if not info.is_dir())
    except (OSError, zipfile.BadZipFile) as bad:
        raise RefusedFile("unreadable_file", f"{path.name} is a damaged zip. Copy it again.") from bad
    return [(f"{path.name}/{m}", m, size) for m, size in members if not m.startswith(("__MACOSX", "."))]


def _check_size(info: zipfile.ZipInfo, name: str) -> None:
    if info.file_size > MOST_BYTES or info.file_size > max(_BLOCK, info.compress_size) * MOST_RATIO:
        raise RefusedFile("too_large", f"{name} unpacks to {info.file_size} bytes. Check where it comes from.")
