"""Rows of one table on their way in: written as they are read, then settled against what is held."""

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

    def write(self, columns: dict[str, pa.Array]) -> None:
        """Stage one chunk: every column of the schema but `_batch` and `_seq`."""
        if self._writer is None or self._behind is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer, self._behind = writer(self.path, self.schema), Behind()
        count = len(columns["_key"])
        columns["_batch"] = pa.repeat(pa.scalar(self.batch), count)
        columns["_seq"] = pa.array(range(self.rows, self.rows + count), pa.int64())
        chunk = pa.table([columns[name] for name in self.schema.names], schema=self.schema)
        self._behind.do(self._writer.write_table, chunk)
        self.rows += count

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
        if not rows or mask is None:
            return None
        if rows == self.rows:
            return self.path
        thinned, at = self.path.with_suffix(f".{column}.parquet"), 0
        yes = pq.read_table(mask)[column].combine_chunks()
        with writer(thinned, self.schema) as out:
            for some in pq.ParquetFile(self.path).iter_batches(batch_size=AT_ONCE):
                out.write_table(pa.Table.from_batches([some]).filter(yes.slice(at, len(some))))
                at += len(some)
        return thinned


def writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Return a writer of the record's Parquet files: columns with few values as dictionaries, compressed."""
    few = [name for name in schema.names if not name.startswith("_")] + _FEW_VALUES
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=few)
