"""The record: duplicates, corrections, conflicts, and a batch that is killed half-way."""

import json
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from tests.sources.made_up import PROFILE, RECEIVED, line, lines, text
from traumatracker.errors import CannotRun
from traumatracker.record.quarantine import all_quarantined
from traumatracker.record.store import ProfileRecord
from traumatracker.sources.profile import parse_profile

LATER = RECEIVED + timedelta(days=1)
NEWER = "02/03/2024 09:00:00"
OLDER = "28/02/2024 09:00:00"


def stored(force):
    """Every byte of the record."""
    return {path: path.read_bytes() for path in sorted(force.record.folder.rglob("*")) if path.is_file()}


def test_a_second_take_of_the_same_folder_stores_nothing(force):
    force.write("logs.csv", text(*lines(50), line(Urn="B", Officer="-"), line(Urn="C", Left="01/01/2099 10:00:00")))
    force.write("codes.csv", text("HO,4.10,Corporate manslaughter", header="System,Code,Label"))
    first = force.take()
    before = stored(force)

    second = force.take(LATER)

    assert stored(force) == before
    assert (second.batch, second.rows_stored, second.duplicates) == ("", 0, 51)
    assert (second.rows_read, second.rows_accepted) == (first.rows_read, first.rows_accepted)
    assert second.quarantine_reasons == first.quarantine_reasons


def test_the_same_rows_in_another_file_or_order_are_duplicates(force):
    force.write("logs_1.csv", text(*lines(50)))
    force.take()
    force.write("logs_2.csv", text(*reversed(lines(50)), *lines(2, start=51)))
    taken = force.take(LATER)
    assert (taken.rows_stored, taken.duplicates) == (2, 100)


def test_rows_repeated_in_a_file_are_counted_and_stored_once(force, connection):
    force.write("logs.csv", text(*lines(3), *lines(3), line(Urn="G1", Details="other words")))
    taken = force.take()
    assert (taken.rows_accepted, taken.rows_stored, taken.duplicates) == (7, 3, 4)
    assert len(force.held(connection)) == 3


def test_content_is_compared_as_it_is_kept_not_as_it_is_written(force):
    force.write("logs.csv", text(line(Urn="A", Code="004/10", Officer="PC0123", Child="y"), line(Urn="A", Code="4.10")))
    assert force.take().duplicates == 1


def test_a_newer_version_supersedes_and_the_old_one_is_kept(force, connection):
    force.write("logs.csv", text(line(Urn="A", Role="ATTENDED")))
    force.take()
    force.write("logs.csv", text(line(Urn="A", Role="OIC", Updated=NEWER)))
    assert force.take(LATER).rows_stored == 1

    assert force.held(connection)["A"]["Role"] == "oic_investigator"
    assert sum(pq.read_table(part).num_rows for part in force.record.of("tiny").parts("logs")) == 2


def test_an_older_version_that_comes_late_is_kept_but_does_not_count(force, connection):
    for updated, role in ((NEWER, "OIC"), (OLDER, "ATTENDED")):
        force.write("logs.csv", text(line(Urn="A", Role=role, Updated=updated)))
        assert force.take().rows_stored == 1
    assert force.held(connection)["A"]["Role"] == "oic_investigator"


def test_several_versions_in_one_file_come_in_any_order(force, connection):
    force.write("logs.csv", text(line(Urn="A", Role="OIC", Updated=NEWER), line(Urn="A"), line(Urn="B")))
    assert force.take().rows_stored == 3
    assert force.held(connection)["A"]["Role"] == "oic_investigator"


@pytest.mark.parametrize("together", [True, False])
def test_one_version_that_says_two_things_is_a_conflict(force, connection, together):
    force.write("logs_1.csv", text(line(Urn="A"), *lines(3)))
    if not together:
        force.take()
    force.write("logs_2.csv", text(*lines(2, start=4), line(Urn="A", Role="OIC")))

    taken = force.take(LATER)

    assert taken.quarantine_reasons == {"conflict": 1}
    assert force.held(connection)["A"]["Role"] == "attended_during"
    assert len(force.held(connection)) == 6
    (found,) = all_quarantined(force.record.of("tiny")).to_pylist()
    assert (found["file"], found["row"], found["reason"]) == ("logs_2.csv", 4, "conflict")
    assert force.take(LATER).quarantine_reasons == {"conflict": 1}
    assert all_quarantined(force.record.of("tiny")).num_rows == 1


def codes(*rows):
    return text(*rows, header="System,Code,Label")


def test_a_table_without_versions_follows_its_newest_snapshot(force, connection):
    force.write("codes.csv", codes("HO,1,Murder", "HO,2,Attempt"))
    force.take()
    force.write("codes.csv", codes("HO,1,Homicide", "HO,2,Attempt"))
    second = force.take(LATER)
    assert (second.rows_stored, second.duplicates) == (1, 1)
    assert force.held(connection, "codes")["HO\x1f1"]["Label"] == "Homicide"

    force.write("codes.csv", codes("HO,1,Murder", "HO,2,Attempt"))  # byte for byte the first file, and yet news
    assert force.take(LATER + timedelta(days=1)).rows_stored == 1
    assert force.held(connection, "codes")["HO\x1f1"]["Label"] == "Murder"


def test_a_snapshot_that_says_two_things_at_once_is_a_conflict(force, connection):
    force.write("codes.csv", codes("HO,1,Murder", "HO,1,Homicide", "HO,2,Attempt"))
    assert force.take().quarantine_reasons == {"conflict": 1}
    assert force.held(connection, "codes")["HO\x1f1"]["Label"] == "Murder"


def test_known_time_is_the_source_s_or_the_batch_s(force, connection):
    force.write("logs.csv", text(line(Urn="A", Updated="01/04/2024 00:30:00")))
    force.write("codes.csv", codes("HO,1,Murder"))
    force.take()
    log, code = force.held(connection)["A"], force.held(connection, "codes")["HO\x1f1"]
    assert (str(log["_known_at"]), str(log["_known_on"])) == ("2024-03-31 23:30:00", "2024-04-01")
    assert (str(code["_known_at"]), str(code["_known_on"])) == ("2024-06-01 12:00:00", "2024-06-01")
    assert (log["_file"], log["_row"], log["_batch"]) == ("logs.csv", 2, "000001")


def test_the_same_files_give_the_same_bytes(force, tmp_path):
    made = []
    for name in ("one", "two"):
        other = type(force)((tmp_path / name) if (tmp_path / name).mkdir() is None else tmp_path)
        other.write("logs.csv", text(*lines(200), line(Urn="B", Officer="-")))
        other.take()
        made.append(
            {path.relative_to(other.record.folder): path.read_bytes() for path in other.record.folder.rglob("*.*t")}
        )
    assert made[0] == made[1] and len(made[0]) == 2


STEPS = ["write", "keep", "publish", "rename", "manifest"]


@pytest.mark.parametrize("step", STEPS)
def test_a_batch_killed_at_any_step_leaves_the_record_as_it_was(force, connection, monkeypatch, step):
    force.write("logs.csv", text(*lines(20)))
    force.take()
    force.write("logs.csv", text(*lines(40), line(Urn="B", Officer="-")))
    with monkeypatch.context() as patched:
        kill(patched, step)
        with pytest.raises(Killed):
            force.take(LATER)
    assert len(force.held(connection)) == 20
    assert len(force.record.of("tiny").batches()) == 1

    taken = force.take(LATER)

    assert (taken.rows_stored, taken.quarantine_reasons) == (20, {"placeholder_person": 1})
    assert len(force.held(connection)) == 40
    on_disk = {path.name for path in (force.record.folder / "tiny").rglob("*.parquet")}
    assert on_disk == {"batch-000001.parquet", "batch-000002.parquet"}


class Killed(BaseException):
    """Like a kill: nothing catches it."""


def kill(patched, step):
    """Make a step of taking a batch fail; litter stays where a killed process would leave it."""
    from pathlib import Path

    from traumatracker.record import manifest, store

    def die(*_, **__):
        raise Killed

    patched.setattr(store.shutil, "rmtree", lambda *_, **__: None)
    if step == "write":
        patched.setattr(store.Stage, "close", die)
    elif step == "keep":
        patched.setattr(store.Stage, "keep", die)
    elif step == "publish":
        patched.setattr(ProfileRecord, "publish", die)
    elif step == "rename":
        whole = Path.rename
        patched.setattr(Path, "rename", lambda a, b: die() if "quarantine" in str(b) else whole(a, b))
    else:
        patched.setattr(manifest, "write", die)


def test_two_batches_at_once_cannot_run(force):
    force.write("logs.csv", text(*lines(2)))
    with force.record.taking("tiny"), pytest.raises(CannotRun, match="Another refresh"):
        force.take()


def test_a_new_kept_column_leaves_older_rows_readable(force, connection):
    force.write("logs.csv", text(*lines(2)))
    force.take()
    wider = parse_profile(PROFILE.replace('{ drop = "free text about the incident" }', '{ keep = "text" }'), "tiny")
    force.write("logs.csv", text(*lines(2, start=3)))
    force.take(LATER, using=wider)
    held = force.held(connection)
    assert (held["G1"]["Details"], held["G3"]["Details"]) == (None, "words")


def test_a_changed_profile_reads_the_same_file_again(force):
    force.write("logs.csv", text(line(Urn="A", Role="BYSTANDER")))
    assert force.take().quarantine_reasons == {"unknown_role": 1}
    mended = parse_profile(PROFILE.replace("ATTENDED =", 'BYSTANDER = "attended_later", ATTENDED ='), "tiny")
    assert force.take(LATER, using=mended).rows_stored == 1


def test_the_manifest_says_what_each_file_gave(force):
    force.write("logs.csv", text(*lines(3), line(Urn="B", Officer="-")))
    force.write("logs_bad.csv", "")
    force.take()
    (batch,) = json.loads((force.record.folder / "tiny" / "manifest.json").read_text())["batches"]
    (file,) = batch["files"]
    assert (file["rows_read"], file["rows_accepted"], file["quarantine_reasons"]) == (4, 3, {"placeholder_person": 1})
    assert batch["refused"][0]["reason"] == "empty_file"
