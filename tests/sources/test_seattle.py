"""The published Seattle stops, taken for real. Skipped, saying so, where the files are absent."""

from datetime import UTC, datetime

import duckdb
import pytest

from traumatracker.record.store import Record
from traumatracker.sources.canonical import register
from traumatracker.sources.intake import accept
from traumatracker.sources.profile import find_profile

AT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def stops(real_data, tmp_path_factory):
    record = Record(tmp_path_factory.mktemp("seattle"))
    profile = find_profile("seattle")
    taken = [accept(profile, real_data, record, AT) for _ in range(2)]
    with duckdb.connect() as connection:
        register(connection, profile, record)
        yield taken, connection


def one(connection, sql):
    return connection.execute(sql).fetchone()


def test_every_row_is_accounted_for(stops):
    (first, second), _ = stops
    assert (first.rows_read, first.rows_accepted, first.rows_quarantined) == (58_167, 58_137, 30)
    assert first.quarantine_reasons == {"placeholder_person": 30}
    assert first.refused == []
    # The same stop twice, differing only in a dropped column. (81 stops; 8 of them three times.)
    assert first.duplicates == 89
    assert (second.rows_read, second.rows_stored, second.duplicates) == (58_167, 0, 58_137)


def test_other_files_of_the_folder_are_left_alone(stops):
    (first, _), _ = stops
    assert "seattle_police_2014_2023.zip/spd_use_of_force_2014_2022.csv" in first.files_ignored


def test_there_are_1351_people_and_no_placeholder_is_one(stops):
    _, connection = stops
    assert one(connection, "SELECT count(*) FROM person") == (1_351,)
    assert one(connection, "SELECT count(*) FROM person WHERE NOT regexp_full_match(person_id, '[0-9]+')") == (0,)
    assert one(connection, "SELECT count(*) FROM involvement ANTI JOIN identifier USING (identifier)") == (0,)


def test_squads_become_postings_that_do_not_overlap(stops):
    _, connection = stops
    moved = "SELECT count(DISTINCT person_id) FROM posting WHERE valid_to IS NOT NULL"
    assert one(connection, moved)[0] > 900
    overlapping = """
        SELECT count(*) FROM posting a JOIN posting b USING (person_id)
        WHERE a.valid_from < b.valid_from AND (a.valid_to IS NULL OR a.valid_to > b.valid_from)"""
    assert one(connection, overlapping) == (0,)
    assert one(connection, "SELECT count(*) FROM posting WHERE unit_id IS NULL OR valid_from >= valid_to") == (0,)


def test_a_stop_without_a_call_type_has_no_code(stops):
    _, connection = stops
    assert one(connection, "SELECT count(*) FROM incident_code WHERE code IN ('', '-')") == (0,)
    assert (
        one(connection, "SELECT count(DISTINCT incident_id) FROM incident ANTI JOIN incident_code USING (incident_id)")[
            0
        ]
        > 9_000
    )


def test_nothing_about_the_people_stopped_is_kept(stops):
    _, connection = stops
    kept = set(connection.sql("SELECT * FROM source_stops").columns)
    assert not any("Subject" in name or "Weapon" in name or "Officer Race" in name for name in kept)
