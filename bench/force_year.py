"""One force-year from Parquet to exposures and windows: ours, by hand, and merely reading the columns.

Each figure is the median of five whole processes of their own, taken in turn, on two threads: peak memory is that
step's alone.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import _by_hand
import _force
import duckdb

from traumatracker.console import table
from traumatracker.engine import bulk
from traumatracker.engine.pack import find_pack

PACK = "ptec_aligned"
AS_OF = date.fromisoformat(_force.AS_OF)
TABLES = ("incident", "incident_code", "incident_link", "deployment", "involvement", "crew", "identifier", "posting",
          "correction")  # fmt: skip
RUNS = 5


def connect(folder: Path, spill: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that sees the force-year's files as canonical tables."""
    connection = bulk.connect(spill, threads=2)
    for name in TABLES:
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM '{folder / name}.parquet'")
    return connection


def scan(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    """The floor: read every column the work needs, and do nothing with it."""
    for name in TABLES:
        columns = [row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()]
        hashed = " + ".join(f"bit_xor(hash({column}))" for column in columns)
        connection.execute(f"SELECT {hashed.replace(' + ', ', ')} FROM {name}").fetchall()
    return 0, 0, 0


def ours(connection: duckdb.DuckDBPyConnection, changed: bool = False) -> tuple[int, int, int]:
    """Return how many exposures, the sum of their points and how many people have a window."""
    pack = find_pack(PACK)
    if changed:
        heavier = {key: replace(item, weight=min(10, item.weight + 1)) for key, item in pack.categories.items()}
        pack = replace(pack, version="changed", categories=heavier)
    bulk.build(connection, pack, AS_OF)
    people = bulk.loads(connection, AS_OF, pack.windows_days)
    for _ in connection.sql("SELECT * FROM question").to_arrow_reader(100_000):
        pass  # a view: reading it is part of the work
    count, points = connection.execute("SELECT count(*), sum(points) FROM exposure").fetchall()[0]
    return count, int(points), len(people)


STEPS = {
    "read the columns (floor)": scan,
    "by hand": lambda connection: _by_hand.run(connection, find_pack(PACK), AS_OF),
    "ours": ours,
    "ours, changed pack": lambda connection: ours(connection, changed=True),
}


def one(step: str, folder: Path) -> None:
    """Run one step in this process and print its figures."""
    with tempfile.TemporaryDirectory() as spill:
        connection = connect(folder, Path(spill))
        started = time.perf_counter()
        count, points, people = STEPS[step](connection)
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "exposures": count, "points": points, "people": people}))


def main() -> None:
    """Make the force-year, run every step five times, print the table; fail if the two do not agree."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _force.write(folder)
        rows = {item: duckdb.sql(f"SELECT count(*) FROM '{folder / item}.parquet'").fetchall()[0][0] for item in TABLES}
        print(table(("table", "rows"), list(rows.items())), "\n")
        results: dict[str, list[dict]] = {step: [] for step in STEPS}
        for _ in range(RUNS):  # in turn, so that a busy moment of the machine falls on all of them
            for step in STEPS:
                results[step].append(_run(step, folder))
    medians = {step: statistics.median(run["seconds"] for run in runs) for step, runs in results.items()}
    floor, hand = medians["read the columns (floor)"], medians["by hand"]
    lines = [
        (step, medians[step], medians[step] / floor, medians[step] / hand, max(run["peak"] for run in runs),
         runs[0]["exposures"], runs[0]["points"])
        for step, runs in results.items()
    ]  # fmt: skip
    print(table(("step", "seconds", "times the floor", "times by hand", "peak MiB", "exposures", "points e4"), lines))
    mine, theirs = results["ours"][0], results["by hand"][0]
    if (mine["exposures"], mine["points"]) != (theirs["exposures"], theirs["points"]):
        raise SystemExit("The engine and the query by hand do not agree: the comparison means nothing.")


def _run(step: str, folder: Path) -> dict:
    line = [sys.executable, __file__, step, str(folder)]
    return json.loads(subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout)


if __name__ == "__main__":
    one(sys.argv[1], Path(sys.argv[2])) if len(sys.argv) > 1 else main()
