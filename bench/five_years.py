"""Five force-years from CSV to casework: first load, a second run with nothing new, and the engine alone.

Each step is a process of its own, so that its peak memory is its own; the first load is also done at a tenth of the
size, to show whether memory grows with the files. The floor of the load is reading the files' bytes through Arrow's
CSV reader; the floor of the engine is scanning its columns. Keep the files between runs by naming a folder.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import _exports

ROOT = Path(__file__).resolve().parent.parent
BARS = {"first load": 60, "nothing new": 15, "engine alone": 5, "peak MiB": 2_048}  # what we hold ourselves to


def _django(home: Path) -> None:
    os.environ |= {
        "TRAUMATRACKER_HOME": str(home),
        "TRAUMATRACKER_MODE": "demonstration",
        "DJANGO_SETTINGS_MODULE": "traumatracker.web.settings",
    }
    import django

    django.setup()


def scan_csv(folder: Path, home: Path) -> dict:
    """The floor of a load: every file through Arrow's CSV reader, as text, in blocks, and nothing kept."""
    import pyarrow.csv as pa_csv

    rows = 0
    for path in sorted(folder.glob("*.csv")):
        with pa_csv.open_csv(path, read_options=pa_csv.ReadOptions(block_size=1 << 22)) as reader:
            rows += sum(len(batch) for batch in reader)
    return {"rows": rows}


def refresh(folder: Path, home: Path) -> dict:
    """One refresh, the whole way."""
    _django(home)
    from traumatracker.web import jobs

    done = jobs.refresh("synthetic", folder, date.fromisoformat(_exports.AS_OF), home, lambda *_: None)
    kept = ("rows_read", "rows_accepted", "rows_quarantined", "incidents", "exposures", "new", "changed", "withdrawn")
    return {name: done.get(name) for name in kept} | {"steps": done.get("seconds")}


def engine(folder: Path, home: Path) -> dict:
    """The engine over the canonical tables, which are made first and not counted."""
    return _engine(home, floor=False)


def scan_columns(folder: Path, home: Path) -> dict:
    """The floor of the engine: its columns read once, and nothing done with them."""
    return _engine(home, floor=True)


def _engine(home: Path, floor: bool) -> dict:
    from traumatracker.engine import bulk
    from traumatracker.engine.pack import find_pack
    from traumatracker.engine.tables import ENTITIES
    from traumatracker.record.store import Record
    from traumatracker.sources import canonical
    from traumatracker.sources.profile import find_profile

    profile = find_profile("synthetic")
    with tempfile.TemporaryDirectory() as spill:
        connection = bulk.connect(Path(spill), memory_mib=1_500)
        canonical.register(connection, profile, Record(home))
        start = time.perf_counter()
        if floor:
            for name, columns in ENTITIES.items():
                hashed = ", ".join(f"bit_xor(hash({column}))" for column in columns)
                connection.execute(f"SELECT {hashed} FROM {name}").fetchall()
            count = 0
        else:
            bulk.build(connection, find_pack(profile.pack), date.fromisoformat(_exports.AS_OF))
            count = connection.sql("SELECT count(*) FROM exposure").fetchall()[0][0]
        return {"alone": time.perf_counter() - start, "exposures": count}


STEPS = {"floor: read the CSV": scan_csv, "first load": refresh, "nothing new": refresh, "floor: scan the columns":
         scan_columns, "engine alone": engine}  # fmt: skip


def main() -> None:
    """Make the files unless they are there, run every step, and print the table."""
    kept = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(prefix="traumatracker-bench-") as name:
        folder = kept or Path(name) / "exports"
        if not folder.exists():
            print(json.dumps(_exports.write(folder)), flush=True)
        tenth = Path(name) / "tenth"
        _exports.write(tenth, 0.1)
        small = _run("first load", tenth, Path(name) / "small")
        done = {step: _run(step, folder, Path(name) / "home") for step in STEPS}
    print(_table(done, small))


def _run(step: str, folder: Path, home: Path) -> dict:
    line = [sys.executable, __file__, "--step", step, str(folder), str(home)]
    done = json.loads(subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout)
    print(json.dumps({step: done}), flush=True)
    return done


def _table(done: dict[str, dict], small: dict) -> str:
    from traumatracker.console import table

    floors = {"first load": "floor: read the CSV", "nothing new": "floor: read the CSV", "engine alone":
              "floor: scan the columns"}  # fmt: skip
    lines = []
    for step, one in done.items():
        floor = done[floors[step]]["seconds"] if step in floors else one["seconds"]
        lines.append((step, one["seconds"], one["seconds"] / floor, one["peak"], BARS.get(step, "")))
    lines.append(("first load, a tenth", small["seconds"], "", small["peak"], ""))
    return table(("step", "seconds", "times its floor", "peak MiB", "bar, s"), lines)


def one(step: str, folder: Path, home: Path) -> None:
    """Run one step in this process and print its figures."""
    began = time.perf_counter()
    done = STEPS[step](folder, home)
    seconds = done.pop("alone", None) or time.perf_counter() - began
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024
    cpu = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({"seconds": round(seconds, 2), "cpu": round(cpu, 1), "peak": peak, **done}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        one(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
