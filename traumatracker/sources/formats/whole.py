"""What the formats with an end of their own share: such a file is read whole before its first row is passed on.

A text table shows what is wrong with each line by itself. A Parquet, XLSX, XML or QVD file may turn out damaged only
at its end, and then none of it may count. So its kept columns are first laid down in a file without a name, which
vanishes with the process, and are passed on from there: memory stays bounded, and a dropped column goes nowhere.
"""

import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import IO, Any

import pyarrow as pa

from traumatracker.errors import RefusedFile
from traumatracker.sources.formats.base import BLOCK, DAMAGED, Chunk, Seen, Survey
from traumatracker.sources.formats.folder import Found
from traumatracker.sources.profile import Table

ROWS_AT_ONCE = 20_000  # held as text at one time. Source: judgement; some 20 MB of a wide export
# What else our own code may raise on what a damaged file says: sizes, places and words that fit nothing.
_NONSENSE = (ValueError, LookupError, OverflowError, TypeError, AttributeError, SyntaxError, MemoryError, struct.error)


def survey(source: Found, seen: Seen) -> Survey:
    """Return the hash and size of a file. Raises RefusedFile when it is empty or cannot be read."""
    digest, size = sha256(), 0
    try:
        with source.open() as file:
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
                seen(len(block))
    except DAMAGED as bad:
        raise unreadable(source) from bad
    if not size:
        raise RefusedFile("empty_file", f"{source.name} is empty. Ask for the export again.")
    return Survey(digest.hexdigest(), size, "", False, True)


def unreadable(source: Found) -> RefusedFile:
    """Return the refusal of a file that is damaged, cut or locked."""
    return RefusedFile("unreadable_file", f"{source.name} is damaged, cut short or locked. Copy it again, unlocked.")


def seekable(source: Found) -> IO[bytes]:
    """Return the bytes of a file so that one can go back in them: those inside a zip are unpacked to a nameless file.

    Raises RefusedFile when it cannot be unpacked.
    """
    file = source.open()
    if not source.member:
        return file
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        with file:
            shutil.copyfileobj(file, copy, BLOCK)
    except DAMAGED as bad:
        copy.close()
        raise unreadable(source) from bad
    copy.seek(0)
    return copy


def kept_of(header: list[str], table: Table) -> list[str]:
    """Return the columns of a file that are kept, in its order."""
    return [name for name in header if name in table.columns]


def settled(source: Found, chunks: Callable[[], Iterator[Chunk]], width: int) -> Iterator[Chunk]:
    """Run through all chunks of `width` columns, then return them again. Raises RefusedFile: the file is damaged.

    The reader's own words are not passed on: they may hold a value.
    """
    spool = Spool(width)
    try:
        for chunk in chunks():
            spool.put(chunk)
    except RefusedFile:
        raise
    except (*DAMAGED, *_NONSENSE, pa.ArrowException) as bad:
        raise unreadable(source) from bad
    return spool.chunks()


class Spool:
    """Chunks laid down in a nameless file, and given back once all are there."""

    def __init__(self, width: int):
        fields = [pa.field("row", pa.int64()), *(pa.field(str(at), pa.string()) for at in range(width))]
        self._schema = pa.schema(fields)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when all is given back
        self._writer = pa.ipc.new_stream(self._file, self._schema)
        self._bad: list[list[tuple[int, str, str]]] = []

    def put(self, chunk: Chunk) -> None:
        """Lay one chunk down."""
        numbers = pa.array(chunk.numbers, pa.int64())
        columns = chunk.columns or [pa.array([], pa.string())] * (len(self._schema) - 1)
        self._writer.write_batch(pa.record_batch([numbers, *columns], schema=self._schema))
        self._bad.append(chunk.bad)

    def chunks(self) -> Iterator[Chunk]:
        """Give every chunk back, once."""
        self._writer.close()
        self._file.seek(0)
        with self._file, pa.ipc.open_stream(self._file) as reader:
            for batch, bad in zip(reader, self._bad, strict=True):
                numbers, *columns = batch.columns
                yield Chunk(columns if batch.num_rows else [], numbers.to_pylist(), bad)


class Collected:
    """Rows gathered one by one into chunks."""

    def __init__(self, width: int):
        self._width = width
        self._start()

    def _start(self) -> None:
        self._rows: list[list[Any]] = []
        self._numbers: list[int] = []
        self._bad: list[tuple[int, str, str]] = []

    @property
    def full(self) -> bool:
        """Whether it is time to pass the rows on."""
        return len(self._rows) + len(self._bad) >= ROWS_AT_ONCE

    def put(self, number: int, row: list[str]) -> None:
        """Take one row of texts."""
        self._rows.append(row)
        self._numbers.append(number)

    def set_aside(self, number: int, column: str, reason: str) -> None:
        """Take the place of a row that cannot be told."""
        self._bad.append((number, column, reason))

    def chunk(self) -> Chunk:
        """Return what was gathered, and begin again."""
        columns = [pa.array(cells, pa.string()) for cells in zip(*self._rows, strict=True)]
        made = Chunk(columns, self._numbers, self._bad)
        self._start()
        return made
