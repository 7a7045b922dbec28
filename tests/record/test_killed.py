"""A process killed for real at each named step: the record is whole, and the next batch makes up for it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.record.helpers import agree, by_manifest
from tests.record.station import profile, take
from tests.sources.made_up import PROFILE, RECEIVED, line, lines, text
from traumatracker.record import delta
from traumatracker.sources.erasure import erase

LATER = RECEIVED + timedelta(days=1)
TAKE = """
import sys
from datetime import datetime
from pathlib import Path
from traumatracker.record.store import Record
from traumatracker.sources.intake import accept
from traumatracker.sources.profile import parse_profile
profile, exports, home, at = sys.argv[1:]
accept(parse_profile(profile, "tiny"), Path(exports), Record(Path(home)), datetime.fromisoformat(at))
"""
# step and which time it is passed → rows visible afterwards, before anything is put right
STEPS = {"stage:2": 20, "manifest:1": 20, "delta:2": 40}


def take_in_a_process(force, at, kill_at="", steps_to=""):
    """Take the folder in another process, and return its exit code."""
    asked = {"TRAUMATRACKER_TEST_KILL_AT": kill_at, "TRAUMATRACKER_TEST_STEPS_TO": str(steps_to)}
    command = [sys.executable, "-c", TAKE, PROFILE, force.folder, force.record.folder.parent, at.isoformat()]
    return subprocess.run(command, env=os.environ | asked, capture_output=True).returncode


def write(force, count):
    bad = line(Urn="B", Officer="-")
    force.write("logs.csv", text(*lines(count), line(Urn="C"), line(Urn="C", Role="OIC"), bad))
    codes = [f"HO,{number},Label" for number in range(count)]
    force.write("codes.csv", text(*codes, header="System,Code,Label"))


@pytest.fixture(scope="module")
def passed(tmp_path_factory):
    """The steps that one batch passes, in order."""
    from tests.sources.made_up import Force

    folder = tmp_path_factory.mktemp("steps")
    force = Force(folder)
    write(force, 40)
    assert take_in_a_process(force, LATER, steps_to=folder / "steps") == 0
    return (folder / "steps").read_text().split()


def test_a_batch_passes_every_named_step(passed):
    assert sorted(set(passed), key=passed.index) == [
        "parse", "validate", "settle", "stage", "publish", "manifest", "delta",
    ]  # fmt: skip
    assert all(passed.count(asked.split(":")[0]) >= int(asked[-1]) for asked in STEPS)


@pytest.mark.parametrize("asked", STEPS)
def test_a_killed_batch_is_all_there_or_not_at_all(force, asked):
    write(force, 20)
    force.take()
    write(force, 40)
    assert take_in_a_process(force, LATER, asked) == -signal.SIGKILL

    held = force.record.of("tiny")
    assert len(by_manifest(held, "logs")) == STEPS[asked] + 1
    assert len(by_manifest(held, "codes")) == STEPS[asked]

    taken = force.take(LATER)

    assert len(by_manifest(held, "logs")) == 41 and len(by_manifest(held, "codes")) == 40
    assert taken.quarantine_reasons == {"conflict": 1, "placeholder_person": 1}
    assert delta.compare(held.folder, held.manifest()) == {}
    agree(held)
    on_disk = {path.relative_to(held.folder).as_posix() for path in held.folder.rglob("batch-*.parquet")}
    assert on_disk == named(held)


ERASE = """
import sys
from pathlib import Path
from tests.record.station import profile
from traumatracker.record.store import Record
from traumatracker.sources.erasure import erase
erase(profile, Record(Path(sys.argv[1])), "CANARY1")
"""


@pytest.mark.parametrize("asked", ["rewrite:2", "sweep:1"])
def test_a_killed_erasure_is_done_or_not_begun(force, asked):
    take(force)
    held = force.record.of("tiny")
    before = {table: by_manifest(held, table) for table in held.manifest()["tables"]}
    command = [sys.executable, "-c", ERASE, force.record.folder.parent]
    killed = subprocess.run(command, env=os.environ | {"TRAUMATRACKER_TEST_KILL_AT": asked}, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    begun = asked[:5] in ("delta", "sweep")
    with force.record.taking("tiny"):
        pass

    after = {table: by_manifest(held, table) for table in held.manifest()["tables"]}
    assert (after == before) is not begun
    assert erase(profile, force.record, "CANARY1")["rows_removed"] == ({} if begun else ALL_OF_IT)
    assert {path.relative_to(held.folder).as_posix() for path in held.folder.rglob("*-0*.parquet")} == named(held)
    agree(held)


ALL_OF_IT = {"hr": 1, "collars": 1, "bookings": 1}


def named(held):
    tables = [path for entry in held.manifest()["tables"].values() for kind in ("parts", "conflicts", "withheld")
              for path in entry[kind]]  # fmt: skip
    return {*tables, *(batch["quarantine"] for batch in held.batches() if batch["quarantine"])}
