"""Compaction: many small files of a table become one, and what a source withheld is really deleted.

The rows that count are the same before and after. Versions that were superseded stay, unless history is to be
forgotten.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from traumatracker.record.rewrite import Rewriting, not_withheld
from traumatracker.record.sql import scan
from traumatracker.record.store import ProfileRecord, Record

# A file below this many bytes is worth merging; a larger one is read as fast alone. Source: judgement; a file of this
# size holds some 400,000 rows, several row groups for each core.
SMALL = 32 * 2**20

Progress = Callable[[int, int, str], Any]  # tables done, tables, the table at hand


def compact(
    record: Record, profile_id: str, *, forget_history: bool = False, progress: Progress | None = None
) -> dict[str, dict[str, int]]:
    """Rewrite the tables of a profile that are in many small files; return for each: files and rows, before and after.

    Rows of keys that a source restricted later go, content and all. `forget_history` also drops every version that a
    newer one superseded. A table that would be the same afterwards is left alone and not named. Raises CannotRun while
    a batch is taken, and when a file does not read back as it was written: nothing is changed then.
    """
    with record.taking(profile_id) as held, Rewriting(held) as work:
        tables = sorted(held.manifest()["tables"])
        done = {}
        for number, table in enumerate(tables):
            if progress:
                progress(number, len(tables), table)
            before = held.parts(table)
            rows = work.count(before)
            if _table(work, held, table, forget_history):
                done[table] = {"files_before": len(before), "rows_before": rows}
        work.publish(same_content=True)
        for table, told in done.items():
            after = held.parts(table)
            told |= {"files": len(after), "rows": work.count(after)}
    if progress:
        progress(len(tables), len(tables), "")
    return done


def _table(work: Rewriting, held: ProfileRecord, table: str, forget_history: bool) -> bool:
    """Stage what one table needs; return whether it needed anything."""
    changed = False
    withheld = held.parts(table, "withheld")
    for kind in ("parts", "conflicts"):
        files = held.parts(table, kind)
        gone = _any_withheld(work, files, withheld)
        forget = forget_history and kind == "parts" and held.has_versions(table)
        chosen = files if gone or forget else [path for path in files if path.stat().st_size < SMALL]
        if chosen and (gone or forget or len(chosen) > 1):
            work.replace(table, kind, chosen, _rows(chosen, withheld, forget))
            changed = True
        if forget:
            work.one_version_each(table)
    if len(withheld) > 1:
        newest = f"SELECT _key_sha256, max(_version) AS _version FROM {scan(withheld)} GROUP BY ALL ORDER BY ALL"
        work.replace(table, "withheld", withheld, newest)
        changed = True
    return changed


def _rows(files: list[Path], withheld: list[Path], forget: bool) -> str:
    newest = "QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _version DESC, _batch DESC, _seq DESC) = 1"
    rows = f"(SELECT * FROM {scan(files)} {newest if forget else ''})"
    return f"{not_withheld(rows, withheld)} ORDER BY _batch, _seq"


def _any_withheld(work: Rewriting, files: list[Path], withheld: list[Path]) -> bool:
    if not files or not withheld:
        return False
    kept = work.connection.execute(f"SELECT count(*) FROM ({not_withheld(scan(files), withheld)})").fetchall()[0][0]
    return bool(kept < work.count(files))
