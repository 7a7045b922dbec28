"""What each kind of link means, case by case, from the reference and from the fast evaluator."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from tests.generative.test_equality import in_duckdb
from tests.spec.test_meaning import DAY, DEATH, LATER, NEXT_DAY, code, evaluate, held, log, named, said, sent, stated
from traumatracker.engine import links, signature
from traumatracker.engine.tables import Tables

__all__ = ["evaluate"]  # the fixture
SECOND = code("NSIR", "313", "cad:2")


def link(kind, start="cad:2", end="cad:1", decided=False):
    return (start, end, kind, decided)


def doubts(result):
    return [(row.from_incident_id, row.to_incident_id, row.reason) for row in result.doubtful_links]


def two_logs(**changes):
    """Two logs of a death with one officer at both, and one more at the second alone."""
    return {
        "incident": [log(), log("cad:2")],
        "incident_code": [DEATH, SECOND],
        "deployment": [sent(), sent("d2", "cad:2", datetime(2024, 2, 28, 23))],
        "involvement": [named("0123"), named("0123", "d2", "cad:2"), named("77", "d2", "cad:2")],
    } | changes


@pytest.mark.parametrize("kind", ["same_incident", "crime_of_log", "duplicate_of", "merged_into", "transferred_to"])
def test_a_joining_link_makes_one_event_in_which_everybody_counts_once(evaluate, kind):
    result = evaluate(**two_logs(incident_link=[link(kind)]))
    assert [(row.person_id, row.source_records, row.links) for row in result.exposures] == [
        ("A1", ("cad:1", "cad:2"), (f"{kind}|cad:2|cad:1",)),
        ("B2", ("cad:1", "cad:2"), (f"{kind}|cad:2|cad:1",)),
    ]


def test_what_was_said_of_a_duplicate_when_it_opened_is_forgotten(evaluate):
    codes = [code("NSIR", "305"), code("NSIR", "313", "cad:2", "opening")]
    facts = two_logs(incident_code=codes, incident=[log(), log("cad:2", closed=False)])
    assert evaluate(**facts, incident_link=[link("duplicate_of")]).exposures == []
    assert len(evaluate(**facts, incident_link=[link("merged_into")]).exposures) == 2


def test_a_log_closed_as_a_duplicate_counts_on_the_log_it_repeats(evaluate):
    facts = two_logs(incident_code=[DEATH, code("NSIR", "509", "cad:2")])
    assert [row.person_id for row in evaluate(**facts).exposures] == ["A1"]
    result = evaluate(**facts, incident_link=[link("duplicate_of")])
    assert [row.person_id for row in result.exposures] == ["A1", "B2"]
    assert result.coverage.incidents_left_out == 0


def test_a_part_that_was_split_off_is_an_event_of_its_own(evaluate):
    opened_at_22 = two_logs(incident_link=[link("split_from")])
    result = evaluate(**opened_at_22)
    assert [(row.person_id, row.event_id) for row in result.exposures] == [
        ("A1", "cad:1"), ("A1", "cad:2"), ("B2", "cad:2"),
    ]  # fmt: skip
    assert {row.links for row in result.exposures} == {("split_from|cad:2|cad:1",)}


def test_a_resource_sent_before_the_split_counts_on_the_whole_alone(evaluate):
    late = ("cad:2", "log", datetime(2024, 2, 28, 23, 30), DAY, True, False, None, None)
    result = evaluate(**two_logs(incident=[log(), late], incident_link=[link("split_from")]))
    assert [(row.person_id, row.event_id) for row in result.exposures] == [("A1", "cad:1"), ("B2", "cad:1")]
    assert result.exposures[1].evidence == ("attended_during|status_at_scene|cad:2|AB1",)


def test_points_are_conserved_whatever_the_split_says(evaluate):
    parts = [(f"cad:{n}", "log", datetime(2024, 2, 28, 22) + timedelta(hours=n), DAY, True, False, None, None)
             for n in (1, 2, 3)]  # fmt: skip
    chain = [link("split_from"), link("split_from", "cad:3", "cad:2")]
    codes = [DEATH, SECOND, code("NSIR", "313", "cad:3")]
    copies = [sent(f"d{n}", f"cad:{n}", datetime(2024, 2, 28, 22, 30)) for n in (1, 2, 3)]
    names = [named("0123", f"d{n}", f"cad:{n}") for n in (1, 2, 3)]
    result = evaluate(incident=parts, incident_code=codes, incident_link=chain, deployment=copies, involvement=names)
    assert said(result) == [("A1", "death", ("first_at_scene",), 40_000)]


def test_duplicates_that_go_round_wait_for_a_person(evaluate):
    both = [link("duplicate_of"), link("duplicate_of", "cad:1", "cad:2")]
    result = evaluate(**two_logs(incident_link=both))
    assert doubts(result) == [("cad:1", "cad:2", "goes_round"), ("cad:2", "cad:1", "goes_round")]
    assert len(result.exposures) == 3
    decided = evaluate(**two_logs(incident_link=[*both, link("duplicate_of", decided=True)]))
    assert (len(decided.exposures), doubts(decided)) == (2, [("cad:1", "cad:2", "goes_round")])


def test_a_duplicate_of_two_logs_that_nothing_links_waits_for_a_person(evaluate):
    facts = two_logs(incident=[log(), log("cad:2"), log("cad:3")])
    two = [link("duplicate_of"), link("duplicate_of", "cad:2", "cad:3")]
    unsure = evaluate(**facts, incident_link=two)
    assert {row.reason for row in unsure.doubtful_links} == {"two_originals"}
    assert unsure.exposures[0].source_records == ("cad:1",)
    linked = evaluate(**facts, incident_link=[*two, link("same_incident", "cad:3", "cad:1")])
    assert (linked.doubtful_links, linked.exposures[0].source_records) == ([], ("cad:1", "cad:2", "cad:3"))
    denied = evaluate(**facts, incident_link=[*two, link("not_the_same", "cad:3", "cad:2", True)])
    assert (denied.doubtful_links, denied.exposures[0].source_records) == ([], ("cad:1", "cad:2"))


def test_a_crime_of_logs_more_than_a_week_apart_waits_for_a_person(evaluate):
    facts = {"incident": [log(), log("cad:2", LATER), log("rms:1", LATER)], "incident_code": [DEATH, SECOND]}
    crime = [link("crime_of_log", "rms:1", ref) for ref in ("cad:1", "cad:2")]
    result = evaluate(**facts, incident_link=crime)
    assert doubts(result) == [("rms:1", "cad:1", "far_apart"), ("rms:1", "cad:2", "far_apart")]
    near = {"incident": [log(), log("cad:2", NEXT_DAY), log("rms:1", NEXT_DAY)]}
    assert evaluate(**facts | near, incident_link=crime).doubtful_links == []


def test_a_link_to_a_log_that_is_not_here_waits_unless_it_was_handed_on(evaluate):
    away = [link("crime_of_log", "cad:1", "cad:9"), link("transferred_to", "cad:2", "other:7"), link("odd")]
    result = evaluate(**two_logs(incident_link=away))
    assert doubts(result) == [("cad:1", "cad:9", "not_in_record"), ("cad:2", "cad:1", "unknown_kind")]


def test_a_person_may_say_that_two_logs_are_not_the_same(evaluate):
    apart = [link("same_incident"), link("not_the_same", "cad:1", "cad:2", True)]
    result = evaluate(**two_logs(incident_link=apart))
    assert (len(result.exposures), result.doubtful_links) == (3, [])
    both = evaluate(**two_logs(incident_link=[*apart, link("merged_into", decided=True)]))
    assert doubts(both) == [("cad:2", "cad:1", "decided_both_ways")]


def test_what_a_person_decided_of_an_identifier_stands_alone(evaluate):
    people = [held("A1", "0123"), held("B2", "0123"), (*held("C3", "0123", DAY, NEXT_DAY), True)]
    claims = [stated("0123", "scene_guard", day=DAY), stated("0123", "interviewer_victim", day=NEXT_DAY)]
    result = evaluate(incident=[log()], incident_code=[DEATH], involvement=claims, identifier=people)
    assert [row.person_id for row in result.exposures] == ["C3"]
    [unclear] = result.ambiguous
    assert (unclear.identifier, unclear.people, unclear.claims, unclear.first_day) == ("0123", 2, 1, NEXT_DAY)


def test_a_corrected_part_counts_only_as_it_was_decided(evaluate):
    decided = named("0123", "", role="scene_guard", evidence="decided_by_steward")
    facts = two_logs(correction=[("A1", "cad:1")])
    assert [row.event_id for row in evaluate(**facts).exposures] == ["cad:2", "cad:2"]
    facts["involvement"] = [*facts["involvement"], decided]
    assert said(evaluate(**facts))[0] == ("A1", "death", ("scene_guard",), 20_000)


def test_identifiers_that_nobody_held_are_listed(evaluate):
    claims = [stated("999", "scene_guard", day=day) for day in (DAY, LATER)]
    [row] = evaluate(incident=[log()], incident_code=[DEATH], involvement=claims).unmatched
    assert (row.identifier, row.people, row.claims, row.first_day, row.last_day) == ("999", 0, 2, DAY, LATER)


def test_a_chain_of_five_thousand_links_is_joined_in_a_few_rounds():
    places = [n * 2_311 % 5_000 for n in range(5_000)]  # in no order of their references
    chain = [link("merged_into", f"cad:{a:04}", f"cad:{b:04}") for a, b in pairwise(places)]
    tables = Tables(incident=[log(f"cad:{n:04}") for n in range(5_000)], incident_link=chain)
    connection = in_duckdb(tables)
    signature._number_incidents(connection)
    links.judge(connection)
    connection.execute("CREATE TEMP TABLE live AS SELECT * FROM numbered")
    assert links.join(connection) < 20
    assert connection.execute("SELECT count(DISTINCT up), count(*) FROM joined").fetchall() == [(1, 5_000)]
