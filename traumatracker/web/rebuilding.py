"""Whether the store says what the record and the inbox say: everything is derived again beside it, and compared.

The scratch store is a whole casework store of its own, in a folder and a process of its own. It reads the record in
place and writes nothing into it: messages that no batch holds yet are handed over and laid beside it.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from traumatracker.engine import bulk
from traumatracker.errors import CannotRun
from traumatracker.record.store import Record
from traumatracker.sources import canonical
from traumatracker.sources.profile import Profile, find_profile
from traumatracker.sources.rows import arrow_rows
from traumatracker.web import desired, packs
from traumatracker.web.apply import apply
from traumatracker.web.clock import today_at
from traumatracker.web.intake.actions import begin_run
from traumatracker.web.live import derived, inbox, touched

ATTEMPTS = 3  # comparisons, while live writes between the two readings. Source: judgement
DIFFERENCES_SHOWN = 20
DERIVED = "derived.jsonl"  # in the scratch folder
Progress = Callable[[str, int, int | None], Any]


def day_of(profile: Profile) -> date:
    """Return the day up to which the store counts: the newest run's, or live's where it has written since."""
    newest = inbox.newest_done(profile.id)
    if newest is None:
        return today_at(profile.time_zone)
    lived = touched.position(profile.id).as_of if touched.any_left(profile.id) else None
    return max(newest.as_of, lived or newest.as_of)


def compare(profile: Profile, as_of: date, home: Path, progress: Progress) -> dict[str, Any]:
    """Rebuild beside the store and compare every derived row with it, byte for byte, as canonical JSON.

    Returns `identical`, `rows` (how many of each kind the store has), `differences` (how many rows) and `first`: kind,
    key and side ("only in the store", "only rebuilt", "different") of the first few. Numbers, runs and times of the
    store itself are not compared. Messages that live has not seen to yet are not among what is rebuilt.
    Raises CannotRun when live would not pause long enough to compare.
    """
    for _ in range(ATTEMPTS):
        position = touched.position(profile.id)
        progress("rebuild", 0, None)
        rebuilt = _rebuilt(profile, as_of, home, position.message)
        progress("compare", 0, None)
        stored = dict(derived.rows(profile.id, people={key for kind, key in rebuilt if kind == "person"}))
        if touched.position(profile.id).step == position.step:
            return _said(stored, rebuilt) | {"profile": profile.id, "as_of": as_of.isoformat()}
    raise CannotRun("Live kept writing while the two were compared. Stop the feed for a moment and try again.")


def _said(stored: dict[tuple[str, str], str], rebuilt: dict[tuple[str, str], str]) -> dict[str, Any]:
    names = sorted(key for key in stored.keys() | rebuilt.keys() if stored.get(key) != rebuilt.get(key))
    first = []
    for kind, key in names[:DIFFERENCES_SHOWN]:
        here, there = (kind, key) in stored, (kind, key) in rebuilt
        side = "different" if here and there else "only in the store" if here else "only rebuilt"
        first.append({"kind": kind, "key": key, "side": side})
    kinds = sorted({kind for kind, _ in stored.keys() | rebuilt.keys()})
    rows = {kind: sum(of == kind for of, _ in stored) for kind in kinds}
    return {"identical": not names, "rows": rows, "differences": len(names), "first": first}


def _rebuilt(profile: Profile, as_of: date, home: Path, message: int) -> dict[tuple[str, str], str]:
    waiting = [one for one in inbox.held_until(profile.id, message) if one.rows]
    told = {
        "profile": profile.id,
        "as_of": as_of.isoformat(),
        "home": str(home),
        "messages": [[one.received_at.isoformat(), inbox.together(profile, [one])] for one in waiting],
    }
    with tempfile.TemporaryDirectory(prefix="rebuild-", dir=home) as scratch:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {"TRAUMATRACKER_HOME": scratch, "DJANGO_SETTINGS_MODULE": "traumatracker.web.settings"}
        done = subprocess.run(
            [sys.executable, "-c", "from traumatracker.web import rebuilding_beside as b; b.main()"],
            input=json.dumps(told), env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise CannotRun("The rebuild beside the store did not finish. Run a refresh and see what it says.")
        with (Path(scratch) / DERIVED).open(encoding="ascii") as file:
            return {(kind, key): row for kind, key, row in map(json.loads, file)}


def beside(told: dict[str, Any], scratch: Path) -> Iterator[str]:
    """Derive everything into the scratch store that Django is set up for, and yield its rows as lines of JSON."""
    profile, as_of = find_profile(told["profile"]), date.fromisoformat(told["as_of"])
    record = Record(Path(told["home"]))
    run = begin_run(profile.id, packs.pack_of(profile.pack).label, as_of)
    with bulk.connect(scratch / "spill") as connection, record.reading(profile.id):
        canonical.register(connection, profile, record, _arriving(profile, told["messages"]))
        bulk.build(connection, packs.pack_of(profile.pack), as_of)
        apply(desired.units(connection), desired.everyone(connection), run)
    for (kind, key), row in derived.rows(profile.id, people=None):
        yield json.dumps([kind, key, row])


def _arriving(profile: Profile, messages: list[Any]) -> dict[str, pa.Table]:
    """The rows of the messages as Arrow tables, table by table."""
    parts: dict[str, list[pa.Table]] = {}
    for received_at, rows in messages:
        for name, cells in rows.items():
            made, _ = arrow_rows(profile, profile.channel_table(name), cells, datetime.fromisoformat(received_at))
            parts.setdefault(name, []).append(made)
    return {name: pa.concat_tables(some) for name, some in parts.items()}
