"""Rows that were set aside: where they are and why, never what they say.

The content of a row set aside for a conflict is kept beside the table (see conflicts.py); of any other, nothing is.

One Parquet file for each batch, columns `SCHEMA`. `row` is the line the row starts on, the header being line 1.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from traumatracker.record.store import ProfileRecord

SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("file", pa.string()),
        ("file_sha256", pa.string()),
        ("row", pa.int64()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("batch", pa.string()),
    ]
)


class Quarantine:
    """The rows set aside by one batch, written as they are found; those of a file already held are written once."""

    def __init__(self, held: ProfileRecord, batch: str):
        self._held, self._batch = held, batch
        self.path = held.staging / "quarantine.parquet"
        self._writer: pq.ParquetWriter | None = None
        self._known: dict[str, set[tuple[int, str, str]]] = {}
        self.rows = 0

    def put(self, table: str, file: str, sha256: str, found: list[tuple[int, str, str]]) -> None:
        """Set rows aside, each (row, column, reason), unless this very file's were written before."""
        known = self._known_of(sha256)
        fresh = [place for place in found if place not in known]
        if fresh:
            rows, columns, reasons = zip(*fresh, strict=True)
            same = [pa.repeat(pa.scalar(text), len(fresh)) for text in (table, file, sha256)]
            values = [*same, pa.array(rows, pa.int64()), pa.array(columns), pa.array(reasons)]
            self._open().write_table(pa.table([*values, pa.repeat(pa.scalar(self._batch), len(fresh))], schema=SCHEMA))
            self.rows += len(fresh)

    def close(self) -> Path | None:
        """End the file; return it, or None when this batch set nothing new aside."""
        if self._writer is None:
            return None
        self._writer.close()
        return self.path

    def _open(self) -> pq.ParquetWriter:
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self.path, SCHEMA, compression="zstd")
        return self._writer

    def _known_of(self, sha256: str) -> set[tuple[int, str, str]]:
        if sha256 not in self._known:
            self._known[sha256] = {
                (row["row"], row["column"], row["reason"])
                for batch in self._held.batches()
                if batch["quarantine"] and any(file["sha256"] == sha256 for file in batch["files"])
                for row in read_quarantine(self._held.folder / batch["quarantine"]).to_pylist()
                if row["file_sha256"] == sha256
            }
        return self._known[sha256]


def read_quarantine(path: Path) -> pa.Table:
    """Return the rows one batch set aside."""
    return pq.read_table(path, schema=SCHEMA)


def all_quarantined(held: ProfileRecord) -> pa.Table:
    """Return every row ever set aside for a profile, oldest batch first."""
    parts = [read_quarantine(held.folder / b["quarantine"]) for b in held.batches() if b["quarantine"]]
    return pa.concat_tables(parts) if parts else SCHEMA.empty_table()
