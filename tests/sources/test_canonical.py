"""From the record to the engine's tables: what each kind of `gives` makes."""

from datetime import UTC, date, datetime

import pytest

from tests.sources.made_up import Force, line, lines, text
from traumatracker.engine.tables import ENTITIES, FLAG, schema
from traumatracker.sources.canonical import register
from traumatracker.sources.profile import parse_profile


def tables(force, connection, using=None, entity="incident"):
    """Take the folder and return one canonical table as dictionaries, in a stable order."""
    from tests.sources.made_up import profile

    force.take(using=using or profile)
    register(connection, using or profile, force.record)
    rows = connection.sql(f"SELECT * FROM {entity} ORDER BY ALL")
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


@pytest.mark.parametrize("empty", [True, False])
def test_every_table_is_there_with_its_columns_and_types(force, connection, empty):
    force.write("logs.csv", text(*([] if empty else lines(2))))
    tables(force, connection)
    for entity in ENTITIES:
        assert connection.sql(f"SELECT * FROM {entity}").to_arrow_table().schema == schema(entity)


def test_a_log(force, connection):
    force.write("logs.csv", text(line(Urn="A", Left="01/03/2024 12:00:00"), line(Urn="B")))
    first, second = tables(force, connection)
    assert first == {
        "incident_id": "cad:A",
        "kind": "log",
        "opened_at": datetime(2024, 3, 1, 10),
        "opened_on": date(2024, 3, 1),
        "is_closed": True,
        "is_cancelled": False,
        "geo_unit": None,
        "known_on": date(2024, 3, 1),
    }
    assert second["is_closed"] is False


def test_several_codes_in_a_cell_with_labels_and_flags(force, connection):
    force.write(
        "logs.csv", text(line(Urn="A", Code="4/10;1; ;"), line(Urn="B", Code="", Child="N"), line(Urn="C", Child=""))
    )
    force.write("codes.csv", text("HO,4.10,Corporate manslaughter", "XX,1,Other", header="System,Code,Label"))
    made = {
        (r["incident_id"], r["code_system"], r["code"]): r for r in tables(force, connection, entity="incident_code")
    }
    assert set(made) == {
        ("cad:A", "HO_CLASS", "4.10"),
        ("cad:A", "HO_CLASS", "1"),
        ("cad:A", "FLAG", "CHILD_INVOLVED"),
        ("cad:B", "FLAG", "NO_CHILD_INVOLVED"),
        ("cad:C", "HO_CLASS", "4.10"),
    }
    assert made["cad:A", "HO_CLASS", "4.10"]["label"] == "Corporate manslaughter"
    assert made["cad:A", "HO_CLASS", "1"]["label"] is None


def test_the_newest_version_is_what_counts(force, connection):
    force.write("logs_1.csv", text(line(Urn="A", Role="ATTENDED"), line(Urn="B")))
    force.write("logs_2.csv", text(line(Urn="A", Role="OIC", Updated="02/03/2024 10:00:00")))
    made = tables(force, connection, entity="involvement")
    assert [(r["incident_id"], r["role_code"], r["known_on"]) for r in made] == [
        ("cad:A", "oic_investigator", date(2024, 3, 2)),
        ("cad:B", "attended_during", date(2024, 3, 1)),
    ]


RESOURCES = """
id = "tiny"
title = "Resources"
pack = "ptec_aligned"
time_zone = "Europe/London"
[[table]]
name = "resources"
files = ["*.csv"]
key = ["Log", "Row"]
  [table.columns]
  Log = { keep = "ref", required = true }
  Row = { keep = "number", required = true }
  Day = { keep = "date", format = "%Y-%m-%d" }
  Arrived = { keep = "time", format = "iso" }
  Sent = { keep = "time", format = "iso" }
  Stood_Down = { keep = "time", format = "iso" }
  Status = { keep = "text" }
  Officer1 = { keep = "person" }
  Officer2 = { keep = "person" }
  Crimes = { keep = "ref", split = "|" }
  [[table.gives]]
  entity = "deployment"
  deployment_id = "cad:{Day}-{Log}/{Row}"
  incident_id = "cad:{Day}-{Log}"
  attended = [
    { Arrived = { present = true }, Stood_Down = { present = false } },
    { Status = { any = ["6", "AT SCENE"] } },
  ]
  at_scene_at = ["{Arrived}", "{Sent}"]
  at_scene_on = ["{Arrived}", "{Sent}"]
  [[table.gives]]
  entity = "involvement"
  each = ["Officer1", "Officer2"]
  when = { Status = { none = ["TEST"] }, each = { none = ["999"] } }
  incident_id = "cad:{Day}-{Log}"
  deployment_id = "cad:{Day}-{Log}/{Row}"
  identifier_type = "collar"
  identifier = "{each}"
  evidence = "status_at_scene"
  [[table.gives]]
  entity = "incident_link"
  from_incident_id = "rms:{Crimes}"
  to_incident_id = "cad:{Day}-{Log}"
  link_kind = "crime_of_log"
  [[table.gives]]
  entity = "incident"
  incident_id = "cad:{Day}-{Log}"
  kind = "log"
  opened_at = "{Sent}"
  is_cancelled = { Status = "CANCELLED" }
  geo_unit = "{Status}"
"""
HEADER = "Log,Row,Day,Arrived,Sent,Stood_Down,Status,Officer1,Officer2,Crimes"


@pytest.fixture
def resources(force):
    rows = [
        "7,1,2024-03-01,2024-03-01T10:10:00,2024-03-01T10:00:00,,,101,102,C1|C2",
        "7,2,2024-03-01,2024-03-01T10:20:00,2024-03-01T10:01:00,2024-03-01T10:20:00,,103,,C2",
        "7,3,2024-03-01,,2024-03-01T09:59:00,,6,104,999,",
        "7,4,2024-03-02,,,,TEST,105,,",
        "8,1,,,,,CANCELLED,106,,",
        "9,1,2024-03-02,,,,CANCELLED,,,",
    ]
    force.write("resources.csv", text(*rows, header=HEADER))
    return force


def test_attended_is_what_the_profile_says(resources, connection):
    made = tables(resources, connection, parse_profile(RESOURCES, "tiny"), "deployment")
    assert [(r["deployment_id"], r["attended"], r["at_scene_at"]) for r in made] == [
        ("cad:2024-03-01-7/1", True, datetime(2024, 3, 1, 10, 10)),
        ("cad:2024-03-01-7/2", False, datetime(2024, 3, 1, 10, 20)),
        ("cad:2024-03-01-7/3", True, datetime(2024, 3, 1, 9, 59)),
        ("cad:2024-03-02-7/4", False, None),
        ("cad:2024-03-02-9/1", False, None),
    ]


def test_two_officers_on_a_row_and_an_empty_one_names_nobody(resources, connection):
    made = tables(resources, connection, parse_profile(RESOURCES, "tiny"), "involvement")
    assert [(r["deployment_id"][-3:], r["identifier"]) for r in made] == [
        ("7/1", "101"),
        ("7/1", "102"),
        ("7/2", "103"),
        ("7/3", "104"),
    ]


def test_links_come_from_cells_of_several(resources, connection):
    made = tables(resources, connection, parse_profile(RESOURCES, "tiny"), "incident_link")
    assert [r["from_incident_id"] for r in made] == ["rms:C1", "rms:C2"]


def test_rows_of_one_incident_become_one(resources, connection):
    made = {r["incident_id"]: r for r in tables(resources, connection, parse_profile(RESOURCES, "tiny"), "incident")}
    assert set(made) == {"cad:2024-03-01-7", "cad:2024-03-02-7", "cad:2024-03-02-9"}
    assert made["cad:2024-03-01-7"]["opened_at"] == datetime(2024, 3, 1, 9, 59)
    assert made["cad:2024-03-01-7"]["geo_unit"] == "6"
    assert [made[key]["is_cancelled"] for key in sorted(made)] == [False, False, True]


SEEN = """
id = "tiny"
title = "Sightings"
pack = "seattle"
time_zone = "Europe/London"
placeholders = ["-"]
[[table]]
name = "seen"
files = ["*.csv"]
key = ["Id"]
  [table.columns]
  Id = { keep = "ref", required = true }
  At = { keep = "time", required = true, format = "%Y-%m-%d %H:%M" }
  Who = { keep = "person", required = true }
  Squad = { keep = "ref" }
  [[table.gives]]
  entity = "posting"
  person_id = "{Who}"
  unit_id = "{Squad}"
  observed_at = "{At}"
  [[table.gives]]
  entity = "person"
  person_id = "{Who}"
  display_name = "Officer {Who}"
  worker_type = "officer"
  [[table.gives]]
  entity = "identifier"
  person_id = "{Who}"
  identifier_type = "collar"
  identifier = "{Who}"
  valid_from = 1900-01-01
"""


def postings(tmp_path, connection, *seen):
    force = Force(tmp_path)
    rows = [f"{number},{at},{who},{squad}" for number, (at, who, squad) in enumerate(seen)]
    force.write("seen.csv", text(*rows, header="Id,At,Who,Squad"))
    made = tables(force, connection, parse_profile(SEEN, "tiny"), "posting")
    return [(r["person_id"], r["unit_id"], str(r["valid_from"]), r["valid_to"] and str(r["valid_to"])) for r in made]


def test_postings_are_built_from_where_people_were_seen(tmp_path, connection):
    assert postings(
        tmp_path,
        connection,
        ("2020-01-01 09:00", "1", "A"),
        ("2020-01-05 09:00", "1", "A"),
        ("2020-02-01 09:00", "1", "B"),
        ("2020-02-01 08:00", "1", "A"),
        ("2020-03-01 09:00", "1", "-"),
        ("2020-04-01 09:00", "1", "B"),
        ("2020-04-01 00:30", "2", "B"),
    ) == [
        ("1", "A", "2020-01-01", "2020-02-01"),
        ("1", "B", "2020-02-01", "2020-03-01"),
        ("1", "B", "2020-04-01", None),
        ("2", "B", "2020-04-01", None),
    ]


def test_people_are_derived_from_the_ids_seen(tmp_path, connection):
    postings(tmp_path, connection, ("2020-01-01 09:00", "007", "A"), ("2020-01-02 09:00", "007", "A"))
    assert connection.sql("SELECT person_id, display_name FROM person").fetchall() == [("007", "Officer 007")]
    assert connection.sql("SELECT identifier, valid_from FROM identifier").fetchall() == [("007", date(1900, 1, 1))]


def test_yes_no_columns_are_never_empty(resources, connection):
    register_at = datetime(2024, 6, 1, tzinfo=UTC)
    resources.take(at=register_at, using=parse_profile(RESOURCES, "tiny"))
    register(connection, parse_profile(RESOURCES, "tiny"), resources.record)
    for entity, columns in ENTITIES.items():
        for name in (name for name, kind in columns.items() if kind == FLAG):
            assert connection.execute(f"SELECT count(*) FROM {entity} WHERE {name} IS NULL").fetchone() == (0,)
