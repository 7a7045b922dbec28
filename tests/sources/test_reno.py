"""The published polls of a dispatch board, and the reports of force, taken for real. Skipped where they are absent."""

import shutil
from datetime import UTC, date, datetime

import pytest

from traumatracker.engine import bulk
from traumatracker.engine.pack import find_pack
from traumatracker.record.store import Record
from traumatracker.sources.canonical import register
from traumatracker.sources.intake import accept
from traumatracker.sources.profile import find_profile
from traumatracker.sources.watch import Watch

AT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
CALLS = {"ASSIST", "BDWP", "CARBON", "DRTBK", "ELECT", "IBEAR"}
RECORDS = {
    "ABAND VEH", "ALCOHOL", "ASSAULT A", "BATTERY A", "BATTERY M", "DIST PEACE", "DRUG POSS", "DRUGS", "DUI",
    "MISS PERS", "MURDER", "NARCS-DEA", "ROBBERY", "TRAFFIC", "TRF-HITRUN",
}  # fmt: skip


def engine(profile, record, spill):
    """Return a connection in which the engine has worked on all that is held."""
    connection = bulk.connect(spill)
    register(connection, profile, record)
    bulk.build(connection, find_pack(profile.pack), date(2026, 11, 1))
    return connection


def count(connection, sql):
    return connection.sql(sql).fetchall()[0][0]


@pytest.fixture(scope="module")
def reno(real_data, tmp_path_factory):
    """Every file of the folder copied into a watched one; what each batch took, and the engine's connection."""
    home, folder = tmp_path_factory.mktemp("reno"), tmp_path_factory.mktemp("in")
    profile, batches = find_profile("reno"), []
    for path in sorted((real_data / "reno_live_feed").iterdir()):
        shutil.copyfile(path, folder / path.name)

    def take(files):
        batches.append(accept(profile, files, Record(home), AT))
        return {}

    watch = Watch(profile, folder, home, take, lambda _: None, settle_seconds=0)
    watch.round()
    while watch.round().taken:
        pass
    with engine(profile, Record(home), home / "spill") as connection:
        yield batches, connection


def test_every_row_of_every_poll_is_accounted_for(reno):
    batches, _ = reno
    files = [file for batch in batches for file in batch.files]
    polls = [file for file in files if file.table == "calls"]
    assert (len(polls), sum(file.rows_read for file in polls)) == (20, 1_695)
    assert sum(file.duplicates for file in polls) == 1_695 - 95
    assert sum(file.rows_quarantined for file in files) == 0
    assert [batch.refused for batch in batches if batch.refused] == []


def test_the_polls_end_with_95_incidents(reno):
    _, connection = reno
    assert count(connection, "SELECT count(*) FROM incident WHERE kind = 'log'") == 95
    assert count(connection, "SELECT count(*) FROM incident WHERE kind = 'occurrence'") == 420
    assert count(connection, "SELECT count(*) FROM exposure") == 0


def test_codes_that_the_official_keys_lack_are_told_by_name(reno):
    _, connection = reno
    nameless = [(one.code_system, one.code) for one in bulk.unmapped(connection) if not one.label]
    assert {code for system, code in nameless if system == "RENO_CALL"} == CALLS
    assert {code for system, code in nameless if system == "RENO_RECORD"} == RECORDS


def test_no_street_is_kept(reno, real_data):
    _, connection = reno
    assert count(connection, "SELECT count(*) FROM incident WHERE geo_unit IS NOT NULL") == 0


def test_reports_of_force_become_exposures(real_data, tmp_path):
    profile, record = find_profile("seattle_force"), Record(tmp_path)
    taken = accept(profile, real_data, record, AT)
    assert (taken.rows_read, taken.rows_stored, taken.quarantine_reasons) == (15_120, 15_120, {})
    with engine(profile, record, tmp_path / "spill") as connection:
        assert count(connection, "SELECT count(*) FROM incident") == 14_312
        assert count(connection, "SELECT count(*) FROM person") == 1_365
        assert bulk.unmapped(connection) == []
        made = connection.sql("SELECT category, role, count(*) FROM exposure GROUP BY ALL").fetchall()
        assert made == [("life_threat_self", "directly_harmed", 91)]
        assert count(connection, "SELECT count(*) FROM question") == 133
