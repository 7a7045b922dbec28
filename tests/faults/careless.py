"""A loader in the usual careless style, kept to show that the harness bites: row commits, a saved offset, a total that
is counted up, and DO NOTHING on a key that is already there.

Never used by the product. It reads the same exports as ours and must fail the same harness.
"""

import csv
import json
import sqlite3
from pathlib import Path

TABLES = ("logs.csv", "log_results.csv", "log_resources.csv")


def load(home: Path) -> None:
    """Read the exports of `home/in` into `home/careless.sqlite3`, from wherever the last run got to."""
    store = sqlite3.connect(home / "careless.sqlite3", isolation_level=None)
    store.executescript(
        """
        CREATE TABLE IF NOT EXISTS row_of (file TEXT, said TEXT);
        CREATE TABLE IF NOT EXISTS total (officer TEXT PRIMARY KEY, jobs INTEGER);
        CREATE TABLE IF NOT EXISTS offset_of (file TEXT PRIMARY KEY, lines INTEGER);
        """
    )
    for name in TABLES:
        with (home / "in" / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        stamp = f"{name}:{(home / 'in' / name).stat().st_mtime_ns}"
        done = store.execute("SELECT coalesce(max(lines), 0) FROM offset_of WHERE file = ?", [stamp]).fetchone()[0]
        for number, row in enumerate(rows[done:], done + 1):
            store.execute("INSERT INTO row_of VALUES (?, ?)", [name, json.dumps(row)])
            for officer in filter(None, (row.get("Officer1"), row.get("Officer2"))):
                store.execute("INSERT INTO total VALUES (?, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1", [officer])
            store.execute(
                "INSERT INTO offset_of VALUES (?, ?) ON CONFLICT DO UPDATE SET lines = ?", [stamp, number, number]
            )
    store.close()


def whole(home: Path) -> dict[str, object]:
    """What it holds, in the shape of `state.whole`."""
    store = sqlite3.connect(home / "careless.sqlite3")
    return {
        "rows": sorted(map(list, store.execute("SELECT file, said FROM row_of").fetchall())),
        "totals": sorted(map(list, store.execute("SELECT officer, jobs FROM total").fetchall())),
    }
