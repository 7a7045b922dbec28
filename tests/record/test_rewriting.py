"""Compaction, retention and erasure: what stays is the same, what goes is gone, and a kill leaves no half."""

import json
import threading
from datetime import date, timedelta

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.record.helpers import agree, by_manifest
from tests.record.station import PROFILE, RECEIVED, profile, take, written
from traumatracker.errors import CannotRun
from traumatracker.record import rewrite
from traumatracker.record.compact import compact
from traumatracker.record.conflicts import conflicts
from traumatracker.record.sql import scan
from traumatracker.sources.erasure import erase
from traumatracker.sources.profile import parse_profile
from traumatracker.sources.retention import retain

HEADER = "Urn,Version,Opened,Officers,Handler,Viewed,Marker\n"
LOGS = HEADER + "THEN,3,2022-03-01,77;88,,,\nNEW,1,2024-01-01,88,,,\n"
TODAY = date(2024, 6, 1)


@pytest.fixture
def held(force):
    take(force)
    take(force, RECEIVED + timedelta(days=1), logs=LOGS)
    return force.record.of("tiny")


def current(force, table):
    with duckdb.connect() as connection:
        rows = force.record.of("tiny").current(connection, table)
        return sorted(map(repr, rows.select(*sorted(rows.columns)).fetchall()))


def cells(held, table, *names, kind="parts"):
    """The named columns of every version of every row, in order."""
    return sorted(duckdb.sql(f"SELECT {', '.join(names)} FROM {scan(held.parts(table, kind))}").fetchall(), key=repr)


def tables(held):
    return sorted(held.manifest()["tables"])


def test_compaction_keeps_every_version_and_what_counts(force, held):
    before = {table: (by_manifest(held, table), current(force, table)) for table in tables(held)}

    done = compact(force.record, "tiny")

    assert done["logs"] == {"files_before": 2, "rows_before": 9, "files": 1, "rows": 8}
    withheld = [row for row in before["logs"][0] if row[0] == "GONE"]
    assert len(withheld) == 1
    for table, (rows, now) in before.items():
        assert by_manifest(held, table) == [row for row in rows if row not in withheld]
        assert current(force, table) == now
    assert "hr" not in done and held.parts("hr")[0].name == "batch-000001.parquet"
    assert {path for path in written(held) if path.startswith("logs/") and path.endswith(".parquet")} == {
        "logs/kept-000003.parquet", "logs/batch-000001.conflicts.parquet", "logs/batch-000001.withheld.parquet",
    }  # fmt: skip
    agree(held)
    assert compact(force.record, "tiny") == {}


def test_what_was_restricted_later_leaves_the_disk(force):
    take(force, logs=HEADER + "CANARY9,1,2022-03-01,,,,\n")
    take(force, RECEIVED + timedelta(days=1), logs=HEADER + "CANARY9,2,2022-03-01,,,,RESTRICTED\n")
    held = force.record.of("tiny")
    assert ("CANARY9",) in cells(held, "logs", "Urn")
    compact(force.record, "tiny")
    assert held.parts("logs") == [] and current(force, "logs") == []
    agree(held)


def test_history_is_forgotten_when_asked(force, held):
    now = current(force, "logs")
    assert held.has_versions("logs")
    compact(force.record, "tiny", forget_history=True)
    assert not held.has_versions("logs")
    assert current(force, "logs") == now
    assert [row for row in cells(held, "logs", "Urn", "_version") if row[0] == "THEN"] == [("THEN", 3)]
    agree(held)


def test_a_file_that_does_not_read_back_changes_nothing(force, held, monkeypatch):
    before = written(held)
    whole = rewrite.writer

    class Forgetful(pq.ParquetWriter):
        def write_table(self, rows, **how):
            super().write_table(rows.slice(1), **how)

    monkeypatch.setattr(rewrite, "writer", lambda path, schema: Forgetful(path, whole(path, schema).schema))
    with pytest.raises(CannotRun, match="nothing was changed"):
        compact(force.record, "tiny")
    assert written(held) == before


def test_rows_go_in_after_a_compaction_as_before(force, held):
    compact(force.record, "tiny")
    again = take(force, RECEIVED + timedelta(days=2), logs=LOGS, log_codes="Urn,Code\nTHEN,1\nTHEN,2\n")
    assert (again.rows_stored, again.batch) == (1, "000003")
    agree(held)


@pytest.mark.parametrize("check", [True, False])
def test_retention_drops_what_is_over_and_keeps_the_rest(force, held, check):
    before = written(held)
    told = retain(profile, force.record, TODAY, check=check)
    assert told == {"before": "2018-06-01", "incidents": 1, "rows": {"logs": 1, "log_codes": 1, "bookings": 1}}
    if check:
        assert written(held) == before
        return
    # The old log that somebody viewed last year stays, and so does the HR file with its old collar numbers.
    assert {row[0] for row in cells(held, "logs", "Urn")} == {"OLDSEEN", "THEN", "NOW", "SAID", "GONE", "NEW"}
    assert cells(held, "log_codes", "Urn") == [("NOW",), ("OLDSEEN",), ("THEN",)]
    assert cells(held, "bookings", "Row") == [("2",), ("3",), ("4",)]
    assert len(cells(held, "hr", "Hr")) == 2 and len(cells(held, "collars", "Hr")) == 3
    agree(held)
    assert retain(profile, force.record, TODAY)["rows"] == {}


def test_years_of_retention_can_be_chosen_and_29_february_is_a_day(force, held):
    told = retain(profile, force.record, date(2024, 2, 29), years=1, check=True)
    assert told["before"] == "2023-03-01"
    assert told["rows"]["logs"] == 7  # OLD, three versions of THEN, both rows of SAID, and GONE


def test_a_person_is_erased_from_every_version_and_nobody_else_is(force, held):
    told = erase(profile, force.record, "CANARY1")

    assert told == {
        "identifiers": 1,
        "rows_removed": {"hr": 1, "collars": 1, "bookings": 1},
        "rows_emptied": {"logs": 6, "bookings": 2},
        "withheld_removed": 0,
    }
    assert cells(held, "hr", "Hr") == [("P2",)]
    assert cells(held, "collars", "Hr", "Collar") == [("P2", "77"), ("P2", "88")]
    officers = {(urn, version): (who, handler) for urn, version, who, handler in
                cells(held, "logs", "Urn", "Version", "Officers", "Handler")}  # fmt: skip
    assert officers == {
        ("OLD", 1): (["88"], None),
        ("OLDSEEN", 1): (["88"], "88"),
        ("THEN", 1): (["88"], None),
        ("THEN", 2): (["88"], "88"),
        ("THEN", 3): (["88"], None),
        ("NOW", 1): (["77"], None),  # Bea's by then
        ("SAID", 1): (["88"], None),
        ("GONE", 1): (None, None),
        ("NEW", 1): (["88"], None),
    }
    assert cells(held, "logs", "Handler", kind="conflicts") == [(None,)]
    assert cells(held, "bookings", "Row", "Driver", "Mate") == [("1", None, "88"), ("2", None, "88"), ("4", "77", None)]
    agree(held)


def test_no_byte_of_the_erased_person_is_left(force, held):
    assert any(b"CANARY" in content for content in plain(held).values())
    erase(profile, force.record, "CANARY1")
    assert [path for path, content in plain(held).items() if b"CANARY" in content] == []


def plain(held):
    """Every file, Parquet ones unpacked."""
    return {
        path: json.dumps(pq.read_table(held.folder / path).to_pylist(), default=str).encode()
        if path.endswith(".parquet")
        else content
        for path, content in written(held).items()
    }


def test_the_same_files_taken_again_do_not_bring_the_person_back(force, held):
    erase(profile, force.record, "CANARY1")
    rows = {table: by_manifest(held, table) for table in tables(held)}
    again = take(force, RECEIVED + timedelta(days=3))
    assert cells(held, "hr", "Hr") == [("P2",)], again
    assert {table: by_manifest(held, table) for table in tables(held)} == rows


def test_what_is_withheld_of_the_person_goes_too(force):
    secret = parse_profile(
        PROFILE.replace('Name = { keep = "text" }', 'Name = { keep = "text", restrict = ["secret"] }'), "tiny"
    )
    take(force, using=secret, hr="Hr,Name\nCANARY1,secret\nP2,secret\n")
    held = force.record.of("tiny")
    assert len(held.withheld("hr")) == 2
    assert erase(secret, force.record, "CANARY1")["withheld_removed"] == 1
    assert len(held.withheld("hr")) == 1


def test_erasing_somebody_unknown_changes_nothing(force, held):
    before = written(held)
    told = erase(profile, force.record, "NOBODY")
    assert told == {"identifiers": 0, "rows_removed": {}, "rows_emptied": {}, "withheld_removed": 0}
    assert written(held) == before


def test_old_files_are_deleted_only_when_nobody_reads_them(force, held):
    old = held.parts("logs")
    done = threading.Event()
    with force.record.reading("tiny"):
        worker = threading.Thread(target=lambda: (compact(force.record, "tiny"), done.set()))
        worker.start()
        assert not done.wait(1) and all(path.exists() for path in old)
    worker.join(30)
    assert done.is_set() and not any(path.exists() for path in old)


def test_conflicts_survive_compaction(force, held):
    (before,) = conflicts(held, "logs")
    compact(force.record, "tiny")
    assert conflicts(held, "logs") == [before]
