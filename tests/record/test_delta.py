"""The record read as Delta Lake: the same rows, whatever happened on the way."""

import json
import shutil
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from tests.record.helpers import agree, by_deltalake
from tests.sources.made_up import PROFILE, RECEIVED, line, lines, text
from traumatracker.errors import CannotRun
from traumatracker.record import delta, manifest
from traumatracker.sources.profile import parse_profile

LATER = RECEIVED + timedelta(days=1)
CODES = text("HO,4.10,Corporate manslaughter", header="System,Code,Label")


def taken(force, *rows, at=RECEIVED, using=None):
    force.write("logs.csv", text(*rows))
    force.write("codes.csv", CODES)
    force.take(at, **({"using": using} if using else {}))
    return force.record.of("tiny")


def test_every_way_of_reading_gives_the_same_rows(force):
    agree(taken(force, *lines(20)))
    held = taken(force, *lines(30), line(Urn="G1", Role="OIC", Updated="02/03/2024 09:00:00"), at=LATER)
    agree(held)
    assert len(by_deltalake(held, "logs")) == 31
    assert set(held.manifest()["tables"]) == {"logs", "codes"}


def test_a_table_that_holds_nothing_has_no_log_and_no_rows(force, connection):
    held = taken(force)
    assert held.parts("logs") == [] and not (held.folder / "logs" / "_delta_log").exists()
    assert connection.sql(held.current_sql("logs", {"Urn": "VARCHAR"})).fetchall() == []
    agree(held)


def test_a_later_batch_with_more_columns_widens_the_delta_table(force):
    taken(force, *lines(2))
    wider = parse_profile(PROFILE.replace('{ drop = "free text about the incident" }', '{ keep = "text" }'), "tiny")
    held = taken(force, *lines(4, start=3), at=LATER, using=wider)
    agree(held)
    read = DeltaTable(str(held.folder / "logs")).to_pyarrow_dataset().to_table().to_pylist()
    assert {row["_key"]: row["Details"] for row in read}.items() >= {"G1": None, "G3": "words"}.items()


def test_the_log_holds_no_value_of_any_row(force):
    held = taken(force, line(Urn="CANARY99", Officer="PC CANARY77"))
    written = "".join(path.read_text() for path in (held.folder / "logs" / "_delta_log").glob("*.json"))
    assert '"add"' in written and "CANARY" not in written


@pytest.mark.parametrize("damage", ["behind", "cut_short", "gone", "too_much"])
def test_a_log_that_is_not_in_step_is_put_right_by_the_next_batch(force, monkeypatch, damage):
    taken(force, *lines(5))
    with monkeypatch.context() as patched:
        patched.setattr(delta, "bring_in_step", lambda *_, **__: {})
        held = taken(force, *lines(9), at=LATER)
    log = held.folder / "logs" / "_delta_log"
    if damage == "cut_short":
        (log / "00000000000000000000.json").write_text('{"add":{"pa')
    elif damage == "gone":
        for path in log.iterdir():
            path.unlink()
        log.rmdir()
    elif damage == "too_much":
        extra = held.folder / "logs" / "stray.parquet"
        pq.write_table(pq.read_table(held.parts("logs")[0]), extra)
        manifest.table_of(told := json.loads(json.dumps(held.manifest())), "logs")["parts"].append("logs/stray.parquet")
        delta.bring_in_step(held.folder, told)
        (held.folder / ".delta-in-step").unlink()
    assert delta.compare(held.folder, held.manifest())["logs"] > 0

    with force.record.taking("tiny"):
        pass

    assert delta.compare(held.folder, held.manifest()) == {}
    agree(held)
    assert len(by_deltalake(held, "logs")) == 9


def test_a_column_that_changed_its_type_starts_the_log_again(force):
    taken(force, *lines(2))
    other = parse_profile(PROFILE.replace('Marker = { keep = "text"', 'Marker = { keep = "number"'), "tiny")
    held = taken(force, line(Urn="G9", Marker="7"), at=LATER, using=other)
    log = DeltaTable(str(held.folder / "logs"))
    assert len(log.file_uris()) == 2
    assert {field.name: field.type.type for field in log.schema().fields if field.name == "Marker"} == {
        "Marker": "long"
    }


def test_a_record_of_the_first_format_is_read_and_goes_on(force, connection):
    held = taken(force, *lines(3), line(Urn="R", Marker="RESTRICTED"), line(Urn="B", Officer="-"))
    new = json.loads((held.folder / "manifest.json").read_text())
    (batch,) = new["batches"]
    told = new["tables"]["logs"]
    batch["tables"] = {
        name: {"path": entry["parts"][0], "rows": batch["rows"][name], "superseding": 0}
        for name, entry in new["tables"].items()
    }
    batch["withheld"] = {"logs": told["withheld"][0]}
    del batch["rows"]
    (held.folder / "manifest.json").write_text(json.dumps({"format": 1, "batches": [batch]}))
    rows = pq.read_table(held.parts("logs")[0])
    older = [name.replace("__local_date", " (local date)") for name in rows.column_names]
    pq.write_table(rows.rename_columns(older), held.parts("logs")[0])
    (held.folder / ".delta-in-step").unlink()
    shutil.rmtree(held.folder / "logs" / "_delta_log")

    assert set(force.held(connection)) == {"G1", "G2", "G3"}
    assert first_days(held, connection) == {date(2024, 3, 1)}
    agree(taken(force, *lines(5), line(Urn="G1", Role="OIC", Updated="02/03/2024 09:00:00"), at=LATER))
    upgraded = json.loads((held.folder / "manifest.json").read_text())
    assert upgraded["format"] == 2 and len(upgraded["tables"]["logs"]["parts"]) == 2
    assert upgraded["tables"]["logs"]["withheld"] == told["withheld"]
    assert force.held(connection)["G1"]["Role"] == "oic_investigator" and len(force.held(connection)) == 5
    assert first_days(held, connection) == {date(2024, 3, 1)}


def first_days(held, connection):
    rows = connection.sql(held.current_sql("logs", {"Opened__local_date": "DATE"})).fetchall()
    return {row[0] for row in rows}


def test_a_record_of_a_newer_format_is_left_alone(force):
    held = taken(force, *lines(1))
    (held.folder / "manifest.json").write_text(json.dumps({"format": 3}))
    with pytest.raises(CannotRun, match="newer version"):
        force.take()


def test_files_are_not_swept_away_while_somebody_reads_them(force):
    held = taken(force, *lines(1))
    litter = held.folder / "logs" / "kept-000099.parquet"
    litter.write_bytes(b"")
    with force.record.reading("tiny"):
        held.sweep()
        assert litter.exists()
    held.sweep()
    assert not litter.exists()
