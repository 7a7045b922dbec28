"""Rows that no file holds: live messages and decisions, as cells of text."""

from datetime import timedelta

import pytest

from tests.record.helpers import agree, decide
from tests.sources.made_up import RECEIVED, lines, profile, text
from traumatracker.record.quarantine import all_quarantined
from traumatracker.record.stage import META
from traumatracker.sources.intake import accept, accept_cells
from traumatracker.sources.profile import find_profile
from traumatracker.sources.rows import arrow_rows

LATER = RECEIVED + timedelta(days=1)
ROW = ["1", "1", "2024-06-01T10:00:00Z", "standing", "P1", "collar", "123", "2024-01-01", ""]
TABLE = profile.channel_table("people_identifiers")


def test_cells_become_rows_of_the_record(force, connection):
    taken = accept_cells(profile, force.record, {TABLE.name: [ROW]}, RECEIVED, "decisions")
    assert (taken.batch, taken.rows_read, taken.rows_accepted, taken.rows_stored) == ("000001", 1, 1, 1)
    (row,) = force.held(connection, TABLE.name).values()
    assert (row["Person"], row["Identifier"], str(row["From"]), row["To"]) == ("P1", "123", "2024-01-01", None)
    assert (row["_file"], row["_row"], str(row["_known_at"])) == ("decisions", 1, "2024-06-01 10:00:00")
    agree(force.record.of("tiny"))


def test_given_again_they_are_duplicates(force):
    first = accept_cells(profile, force.record, {TABLE.name: [ROW]}, RECEIVED, "decisions")
    again = accept_cells(profile, force.record, {TABLE.name: [ROW]}, LATER, "decisions")
    assert (first.rows_stored, again.rows_stored, again.duplicates, again.batch) == (1, 0, 1, "")


def test_bad_cells_are_set_aside_with_their_place_and_none_is_lost(force):
    bad = [[*ROW[:2], "yesterday", *ROW[3:]], [*ROW[:3], "perhaps", *ROW[4:]], ROW[:4]]
    taken = accept_cells(profile, force.record, {TABLE.name: [*bad, ROW]}, RECEIVED, "decisions")
    assert taken.quarantine_reasons == {"bad_time": 1, "ragged_row": 1, "unknown_state": 1}
    assert (taken.rows_read, taken.rows_accepted) == (4, 1)
    places = [
        (row["row"], row["column"], row["reason"]) for row in all_quarantined(force.record.of("tiny")).to_pylist()
    ]
    assert sorted(places) == [(1, "Decided_At", "bad_time"), (2, "State", "unknown_state"), (3, "", "ragged_row")]


def test_one_version_that_says_two_things_is_a_conflict(force):
    decide(force, TABLE.name, Person="P1", Identifier_Type="collar", Identifier="1", From="2024-01-01")
    taken = decide(force, TABLE.name, LATER, Person="P2", Identifier_Type="collar", Identifier="1", From="2024-01-01")
    assert taken.quarantine_reasons == {"conflict": 1}


def test_a_folder_and_the_inbox_are_one_batch(force, connection):
    force.write("logs.csv", text(*lines(2)))
    taken = accept(profile, force.folder, force.record, RECEIVED, also={TABLE.name: [ROW], "people_choices": []})
    (batch,) = force.record.of("tiny").batches()
    assert batch["rows"] == {"logs": 2, TABLE.name: 1} and taken.rows_stored == 3
    assert {file["name"] for file in batch["files"]} == {"logs.csv", "inbox"}
    assert len(force.held(connection)) == 2 and len(force.held(connection, TABLE.name)) == 1


def test_only_tables_of_a_channel_take_cells(force):
    with pytest.raises(KeyError):
        accept_cells(profile, force.record, {"logs": [["x"]]}, RECEIVED, "decisions")


def test_rows_for_the_live_evaluation_are_those_that_the_record_will_hold(force, connection):
    rows, bad = arrow_rows(profile, TABLE, [ROW, [*ROW[:2], "yesterday", *ROW[3:]]], RECEIVED)
    assert bad == [(2, "Decided_At", "bad_time")]
    accept_cells(profile, force.record, {TABLE.name: [ROW]}, RECEIVED, "")
    (held,) = force.record.of("tiny").current(connection, TABLE.name).to_arrow_table().to_pylist()
    (made,) = rows.to_pylist()
    assert set(META) < set(made)
    assert made | {"_batch": held["_batch"]} == held


def test_rows_of_nothing_have_the_columns_all_the_same():
    live = find_profile("synthetic")
    for table in live.channel("live"):
        rows, bad = arrow_rows(live, table, [], RECEIVED)
        assert (rows.num_rows, bad) == (0, []) and set(table.columns) < set(rows.column_names)
