"""The whole way: files, record, canonical tables, engine, and how much of the truth comes out."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

import traumatracker
from tests.synthetic.conftest import AS_OF
from traumatracker.engine import bulk
from traumatracker.engine.evaluate import read_truth, score_with_missing
from traumatracker.engine.pack import load_pack
from traumatracker.engine.tables import ENTITIES
from traumatracker.record.store import Record
from traumatracker.sources import canonical
from traumatracker.sources.canonical import register
from traumatracker.sources.gives import Template
from traumatracker.sources.intake import accept
from traumatracker.sources.profile import find_profile
from traumatracker.sources.synthetic import degrade

PACK = load_pack(Path(traumatracker.__file__).parent / "packs" / "ptec_aligned")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def taken(small, home):
    return accept(find_profile("synthetic"), small.folder, Record(home), datetime(2026, 3, 31, 6, tzinfo=UTC))


@pytest.fixture(scope="module")
def tables(taken, home):
    connection = duckdb.connect()
    register(connection, find_profile("synthetic"), Record(home))
    return {name: connection.sql(f"SELECT * FROM {name}").to_arrow_table() for name in ENTITIES}


def test_what_need_not_be_merged_is_what_merging_makes(taken, home):
    profile, connection = find_profile("synthetic"), duckdb.connect()
    register(connection, profile, Record(home))
    for entity in ENTITIES:
        merged = canonical.merged_sql(entity, canonical.raw_sql(profile.tables, entity))
        assert connection.sql(f"({merged}) EXCEPT ALL FROM {entity}").fetchall() == []
        assert connection.sql(f"FROM {entity} EXCEPT ALL ({merged})").fetchall() == []


def test_ids_that_may_be_the_same_are_merged():
    profile = find_profile("synthetic")
    logs, crimes = profile.table("logs"), profile.table("crimes")
    assert "GROUP BY" not in canonical.entity_sql([logs, crimes], "incident")
    crime = next(give for give in crimes.gives if give.entity == "incident")
    alike = replace(
        crimes, gives=(replace(crime, values=crime.values | {"incident_id": Template(("cad:x", "Crime_Number", ""))}),)
    )
    assert "GROUP BY incident_id" in canonical.entity_sql([logs, alike], "incident")
    twice = [logs, replace(logs, name="other")]
    assert "GROUP BY incident_id" in canonical.entity_sql(twice, "incident")
    assert "GROUP BY incident_id" not in canonical.entity_sql([logs], "incident_code")
    assert "GROUP BY incident_id" in canonical.entity_sql(twice, "incident_code")


def engine(tables):
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, table)
    return bulk.evaluate(connection, PACK, AS_OF)


@pytest.fixture(scope="module")
def scores(small, tables):
    return score_with_missing(tables, read_truth(small.folder), degrade, engine)


def test_every_file_is_taken_and_only_declared_dirt_is_set_aside(small, taken):
    assert taken.refused == []
    assert {file.name: file.rows_read for file in taken.files} == {
        name: rows for name, rows in small.summary.rows.items() if "/" not in name
    }
    assert set(taken.quarantine_reasons) <= {
        "bad_time", "nonexistent_time", "time_out_of_range", "placeholder_person", "private_role", "restricted",
        "unknown_role", "unknown_material",
    }  # fmt: skip
    assert {"bad_time", "private_role", "placeholder_person"} <= set(taken.quarantine_reasons)
    assert 0 < taken.rows_quarantined < taken.rows_read / 500
    assert taken.duplicates > 0


def test_nobody_is_taken_in_from_their_private_life(small, taken, tables):
    rows = small.rows("crime_officers.csv")
    private = sum(row["On_Duty"] == "N" for row in rows)
    assert taken.quarantine_reasons["private_role"] == private > 0
    stated = [evidence for evidence in tables["involvement"]["evidence"].to_pylist() if evidence == "rms_role"]
    assert len(stated) == len(rows) - next(f.rows_quarantined for f in taken.files if f.name == "crime_officers.csv")


def test_crews_are_found_through_the_duty_file(tables):
    result = engine(tables)
    ways = {line.split("|")[1] for exposure in result.exposures for line in exposure.evidence}
    assert ways >= {"crew_from_duty", "status_at_scene", "named_on_log", "rms_role", "rms_task", "material_booking"}
    assert result.coverage.deployments_without_people < result.coverage.deployments_attended / 50
    assert {code.code for code in result.unmapped} >= {"L14", "L21", "ALARM ACTIVATION"}


def test_most_of_the_truth_comes_out_and_not_all(scores):
    whole = scores[0]["person_event_and_category"]
    assert 0.75 < whole["precision"] < 0.99
    assert 0.65 < whole["recall"] < 0.95
    assert whole["recall"] < whole["recall_of_visible"]


def test_the_more_is_missing_the_less_is_found(scores):
    recalls = [row["person_and_event"]["recall"] for row in scores]
    assert [row["missing_percent"] for row in scores] == [0, 20, 50]
    assert recalls[0] > recalls[1] > recalls[2] > 0.3


def test_what_20_percent_misses_50_percent_misses_too(tables):
    kept = {percent: degrade(tables, percent) for percent in (0, 20, 50, 100)}
    assert all(kept[0][name].equals(tables[name]) for name in ENTITIES)
    crews = {percent: set(map(str, kept[percent]["crew"].to_pylist())) for percent in kept}
    assert crews[100] == set() and crews[50] < crews[20] < crews[0]
    assert abs(len(crews[50]) / len(crews[0]) - 0.5) < 0.05


def test_a_crime_goes_whole_and_only_if_it_was_linked(tables):
    less = degrade(tables, 100)
    links = set(tables["incident_link"]["from_incident_id"].to_pylist())
    crimes = {item for item in tables["incident"]["incident_id"].to_pylist() if item.startswith("rms:")}
    left = {item for item in less["incident"]["incident_id"].to_pylist() if item.startswith("rms:")}
    assert left == crimes - links and left
    for name in ("incident_code", "involvement"):
        named = {item for item in less[name]["incident_id"].to_pylist() if item.startswith("rms:")}
        assert named <= left
    assert not any(item.startswith("rms:") for item in less["incident_link"]["from_incident_id"].to_pylist())
    logs = [item for item in less["incident"]["incident_id"].to_pylist() if item.startswith("cad:")]
    assert len(logs) == sum(item.startswith("cad:") for item in tables["incident"]["incident_id"].to_pylist())
