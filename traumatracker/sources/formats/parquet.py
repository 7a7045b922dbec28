"""Parquet: typed columns, read a batch of rows at a time. Rows are counted from 1; only kept columns are read."""

from collections.abc import Iterator, Sequence
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from traumatracker.sources.formats.base import Chunk, Seen
from traumatracker.sources.formats.folder import Found
from traumatracker.sources.formats.headers import check_columns
from traumatracker.sources.formats.typed import check_flat, texts_of
from traumatracker.sources.formats.whole import ROWS_AT_ONCE, kept_of, seekable, settled, unreadable
from traumatracker.sources.profile import Table


def read(source: Found, table: Table, seen: Seen) -> tuple[list[str], Iterator[Chunk]]:
    """Return the kept columns' names and the rows in chunks of text. Raises RefusedFile."""
    with seekable(source) as file:
        schema = _opened(file, source, ()).schema_arrow
        check_columns(schema.names, table, source.name)
        kept = kept_of(schema.names, table)
        for column in kept:
            check_flat(schema.field(column).type, column, source.name)
        held = _opened(file, source, kept)
        chunks = settled(source, lambda: _chunks(held, kept, table, source.name), len(kept))
    seen(source.size)
    return kept, chunks


def _opened(file: IO[bytes], source: Found, texts: Sequence[str]) -> pq.ParquetFile:
    """Open the file; the columns in `texts` come coded, so that a long text repeated takes its room once."""
    try:
        file.seek(0)
        return pq.ParquetFile(file, read_dictionary=list(texts), page_checksum_verification=True)
    except (pa.ArrowException, OSError, ValueError) as bad:
        raise unreadable(source) from bad


def _chunks(held: pq.ParquetFile, kept: list[str], table: Table, name: str) -> Iterator[Chunk]:
    number = 1
    for batch in held.iter_batches(ROWS_AT_ONCE, columns=kept, use_threads=False):
        columns = [texts_of(batch.column(column), table.columns[column], name) for column in kept]
        yield Chunk(columns, range(number, number + batch.num_rows))
        number += batch.num_rows
