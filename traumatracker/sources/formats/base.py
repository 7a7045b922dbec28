"""What every format gives: a survey of a file, and its rows as chunks of text columns.

A row is never lost: it comes out in `Chunk.columns`, or in `Chunk.bad` with its number, column and reason.
"""

import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

import pyarrow as pa

BLOCK = 2**20  # bytes read at once
FIELD = 1_000_000  # characters of one cell
# What reading a damaged file may raise, a zip's members included; each of them in all Python versions we run on.
DAMAGED = (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
Seen = Callable[[int], None]  # told of every number of bytes read


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
    """Columns of the rows that could be told apart, their row numbers, and of the others: row, column, reason."""

    columns: list[pa.Array] = field(default_factory=list)
    numbers: list[int] | range = field(default_factory=list)
    bad: list[tuple[int, str, str]] = field(default_factory=list)


class Counting(io.RawIOBase):
    """Bytes passed on, and their number told, so that progress can show a rate."""

    def __init__(self, source: IO[bytes], seen: Seen):
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
