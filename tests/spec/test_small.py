"""A few incidents give the same entries whichever evaluator they are few enough for."""

from datetime import date, datetime

import pytest

from tests.generative.forces import pack
from tests.generative.test_equality import in_duckdb
from tests.spec.test_meaning import DEATH, LATER, code, held, log, named, sent, stated
from traumatracker.engine import small
from traumatracker.engine.tables import Tables

SHIFT = (datetime(2024, 2, 28, 21), datetime(2024, 2, 29, 7))
TABLES = Tables(
    incident=[log(), log("cad:2"), log("rms:1"), log("cad:4")],
    incident_code=[DEATH, code("NSIR", "313", "cad:2", "opening"), code("NSIR", "302", "cad:4")],
    incident_link=[("rms:1", "cad:1", "crime_of_log", False)],
    deployment=[sent(), sent("d2", "cad:2"), sent("d3", "cad:2", at=None), sent("d4", "cad:4")],
    involvement=[named("0123"), named("5", "d2", "cad:2"), stated("77", "scene_guard"), named("8", "d3", "cad:2")],
    crew=[("AB1", "collar", "77", *SHIFT, None)],
    # On no day that anybody wrote down, for one whose first day nobody wrote down.
    identifier=[held("A1", "0123"), held("B2", "77"), held("C3", "5", None), held("D4", "8")],
    posting=[("A1", "T1", "", "", False, date(2020, 1, 1), None), ("B2", "T2", "", "", False, None, None)],
)


@pytest.mark.parametrize("as_of", [LATER, date(2020, 1, 1)])
def test_few_and_many_rows_give_the_same_entries(monkeypatch, as_of):
    connection = in_duckdb(TABLES)
    assert small.few(connection) is not None
    few = small.entries(connection, pack(), as_of)
    monkeypatch.setattr(small, "MOST_ROWS", 5)
    assert small.few(connection) is None
    assert small.entries(connection, pack(), as_of) == few
    assert {row["person_id"] for row in few} == ({"A1", "B2", "D4"} if as_of == LATER else set())


def test_entries_are_in_the_order_in_which_they_are_written():
    rows = small.entries(in_duckdb(TABLES), pack(), LATER)
    order = [(row["person_id"], row["kind"], row["event_id"], row["occasion"]) for row in rows]
    assert order == sorted(order) and len(set(order)) == len(order) > 2


def test_the_most_rows_are_counted_over_all_tables(monkeypatch):
    connection = in_duckdb(TABLES)
    held_rows = sum(len(TABLES[name]) for name in small.READ)
    monkeypatch.setattr(small, "MOST_ROWS", held_rows)
    assert small.few(connection) == TABLES
    monkeypatch.setattr(small, "MOST_ROWS", held_rows - 1)
    assert small.few(connection) is None
