"""Rows of one table on their way in: written as they are read, then settled against what is held."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from traumatracker.record.ahead import Behind

if TYPE_CHECKING:
    from traumatracker.record.store import ProfileRecord

META = {
    "_key": pa.string(),
    "_version": pa.int64(),
    "_hash": pa.binary(32),
    "_known_at": pa.timestamp("us"),
    "_known_on": pa.date32(),
    "_batch": pa.string(),
    "_file": pa.string(),
    "_row": pa.int64(),
    "_seq": pa.int64(),
}
_FEW_VALUES = ["_batch", "_file"]
_RUNNING = ["_seq", "_row"]
AT_ONCE = 65_536  # rows copied at once


class Stage:
    """The rows of one table in one batch, in a file of the staging folder."""

    def __init__(self, held: "ProfileRecord", table: str, batch: str, columns: dict[str, pa.DataType]):
        self.held, self.table, self.batch = held, table, batch
        self.schema = pa.schema(list((columns | META).items()))
        self.path = held.staging / f"{table}.parquet"
        self._writer: pq.ParquetWriter | None = None
        self._behind: Behind | None = None
        self.rows = 0

    def write(self, count: int, columns: Callable[[], dict[str, pa.Array]]) -> None:
        """Stage one chunk of rows. `columns` makes every column of the schema but `_batch` and `_seq`.

        It is called in another thread, while the caller looks at the next rows.
        """
        if self._writer is None or self._behind is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer, self._behind = writer(self.path, self.schema), Behind()
        self._behind.do(self._write, self._writer, self.rows, count, columns)
        self.rows += count

    def _write(self, out: pq.ParquetWriter, first: int, count: int, columns: Callable[[], dict[str, pa.Array]]) -> None:
        made = columns()
        made["_batch"] = pa.repeat(pa.scalar(self.batch), count)
        made["_seq"] = pa.arange(first, first + count)
        out.write_table(pa.table([made[name] for name in self.schema.names], schema=self.schema))

    def close(self) -> None:
        """End the staged file, so that it can be read."""
        if self._writer is not None and self._behind is not None:
            self._behind.end()
            self._writer.close()
            self._writer = self._behind = None

    def keep(self, rows: int, mask: Path | None, column: str = "kept") -> Path | None:
        """Return a staged file of only the rows that `column` of the mask says yes to; None when that is none of them.

        `rows`: how many it says yes to.
        """
        if not rows:
            return None
        if rows == self.rows or mask is None:
            return self.path
        thinned, at = self.path.with_suffix(f".{column}.parquet"), 0
        yes = pq.read_table(mask)[column].combine_chunks()
        with writer(thinned, self.schema) as out:
            for some in pq.ParquetFile(self.path).iter_batches(batch_size=AT_ONCE):
                out.write_table(pa.Table.from_batches([some]).filter(yes.slice(at, len(some))))
                at += len(some)
        return thinned


def writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Return a writer of the record's Parquet files.

    Texts as dictionaries, but not keys, which are all different; running numbers as differences; all compressed but
    hashes, which cannot be.
    """
    names = schema.names
    texts = [name for name in names if not name.startswith("_") and not _is_counted(schema.field(name).type)]
    return pq.ParquetWriter(
        path,
        schema,
        compression={_leaf(field): "none" if field.name == "_hash" else "zstd" for field in schema},
        use_dictionary=texts + _FEW_VALUES,
        column_encoding={name: "DELTA_BINARY_PACKED" for name in _RUNNING if name in names},
    )


def _leaf(field: pa.Field) -> str:
    """Return the name that Parquet gives to the values of a column."""
    return f"{field.name}.list.element" if pa.types.is_list(field.type) else str(field.name)


def _is_counted(kind: pa.DataType) -> bool:
    """Whether values of this type are counted in whole numbers: times, dates and numbers, mostly all different."""
    return bool(pa.types.is_temporal(kind) or pa.types.is_integer(kind))
