"""What an exposure is, case by case: given tables, expected rows, from the reference and from the fast evaluator.

Each case is one paragraph of docs/adr/0010-engine.md. The pack is the small one of tests/generative.
"""

from datetime import date, datetime

import pytest

from tests.generative.forces import pack
from tests.generative.test_equality import in_duckdb
from traumatracker.engine import bulk, reference
from traumatracker.engine.tables import Tables
from traumatracker.errors import BadPack

DAY, NEXT_DAY, LATER = date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 20)


@pytest.fixture(params=["reference", "bulk"])
def evaluate(request):
    """Evaluate tables as of LATER, by either evaluator."""

    def run(criteria=None, as_of=LATER, **tables):
        tables.setdefault("identifier", [held("A1", "0123"), held("B2", "77")])
        given = Tables(**tables)
        chosen = criteria or pack()
        if request.param == "reference":
            return reference.evaluate(given, chosen, as_of)
        return bulk.evaluate(in_duckdb(given), chosen, as_of)

    return run


def held(person, number, start=date(2020, 1, 1), end=None):
    return (person, "collar", number, start, end)


def log(ref="cad:1", day=DAY, closed=True, cancelled=False, known_on=None):
    return (ref, "log", datetime(day.year, day.month, day.day, 22), day, closed, cancelled, None, known_on)


def code(system, value, incident="cad:1", role="closing"):
    return (incident, role, system, value, "")


def sent(ref="d1", incident="cad:1", at=datetime(2024, 2, 28, 22, 30), attended=True, callsign="AB1", role=None):
    return (ref, incident, callsign, attended, at, at.date() if at else None, role, None)


def named(number, deployment="d1", incident="cad:1", role=None, day=None, evidence="status_at_scene", known_on=None):
    return (incident, deployment, "collar", number, role, evidence, day, known_on)


def stated(number, role, incident="cad:1", day=None, known_on=None):
    return named(number, "", incident, role, day, "rms_role", known_on)


DEATH = code("NSIR", "313")


def said(result):
    return [(row.person_id, row.category, row.roles, row.points) for row in result.exposures]


def test_the_first_unit_at_a_sudden_death(evaluate):
    result = evaluate(incident=[log()], incident_code=[DEATH], deployment=[sent()], involvement=[named("0123")])
    [row] = result.exposures
    assert (row.key, row.exposed_on, row.category, row.rule) == ("A1|cad:1|event", DAY, "death", "direct")
    assert (row.points, row.category_weight, row.role_weight, row.roles) == (40_000, 4, 10_000, ("first_at_scene",))
    assert row.evidence == ("first_at_scene|status_at_scene|cad:1|AB1",)
    assert (row.codes, row.source_records, row.pack) == (("NSIR:313",), ("cad:1",), "generated@1")


def test_all_crews_with_the_earliest_time_are_first_and_others_during_or_later(evaluate):
    times = [datetime(2024, 2, 28, 22, 30), datetime(2024, 2, 28, 22, 30), datetime(2024, 2, 28, 22, 31),
             datetime(2024, 2, 29, 0, 30), datetime(2024, 2, 29, 0, 31)]  # fmt: skip
    result = evaluate(
        incident=[log()],
        incident_code=[DEATH],
        deployment=[sent(f"d{n}", at=at) for n, at in enumerate(times)],
        involvement=[named(f"n{n}", f"d{n}") for n in range(5)],
        identifier=[held(f"P{n}", f"n{n}") for n in range(5)],
    )
    parts = [row.role for row in result.exposures]
    assert parts == ["first_at_scene", "first_at_scene", "attended_during", "attended_during", "attended_later"]


def test_sent_and_cancelled_counts_nothing(evaluate):
    result = evaluate(
        incident=[log()], incident_code=[DEATH], deployment=[sent(attended=False, at=None)], involvement=[named("0123")]
    )
    assert (result.exposures, result.questions) == ([], [])


def test_whoever_was_booked_on_under_the_callsign_at_arrival_was_there(evaluate):
    shift = [datetime(2024, 2, 28, 21), datetime(2024, 2, 29, 7)]
    ended = [datetime(2024, 2, 28, 12), datetime(2024, 2, 28, 22, 30)]
    crew = [("AB1", "collar", "0123", *shift, None), ("AB1", "collar", "77", *ended, None)]
    result = evaluate(incident=[log()], incident_code=[DEATH], deployment=[sent()], crew=crew)
    assert said(result) == [("A1", "death", ("first_at_scene",), 40_000)]  # the other had booked off at that minute
    assert result.exposures[0].evidence == ("first_at_scene|crew_from_duty|cad:1|AB1",)


def test_a_crew_that_books_on_before_midnight_is_found_after_it(evaluate):
    crew = [("AB1", "collar", "0123", datetime(2024, 2, 28, 21), datetime(2024, 2, 29, 7), None)]
    after = [sent(at=datetime(2024, 2, 29, 3))]
    [row] = evaluate(incident=[log()], incident_code=[DEATH], deployment=after, crew=crew).exposures
    assert row.exposed_on == NEXT_DAY


def test_a_log_and_its_two_crimes_are_one_event_and_count_once(evaluate):
    result = evaluate(
        incident=[log(), log("rms:1"), log("rms:2")],
        incident_code=[DEATH, code("HO_CLASS", "1", "rms:1"), code("FLAG", "DIED", "rms:2", "flag")],
        incident_link=[("rms:1", "cad:1", "crime_of_log"), ("rms:2", "cad:1", "crime_of_log")],
        deployment=[sent()],
        involvement=[named("0123"), stated("0123", "oic_investigator", "rms:2", NEXT_DAY)],
    )
    [row] = result.exposures
    assert (row.category, row.tags, row.source_records) == ("homicide", ("death",), ("cad:1", "rms:1", "rms:2"))
    assert (row.roles, row.role_weight, row.points) == (("first_at_scene", "oic_investigator"), 11_250, 90_000)
    assert row.exposed_on == DAY


def test_a_cancelled_crime_takes_its_codes_and_its_people_with_it(evaluate):
    result = evaluate(
        incident=[log("rms:1", cancelled=True)],
        incident_code=[code("NSIR", "313", "rms:1")],
        involvement=[stated("0123", "oic_investigator", "rms:1")],
    )
    assert (result.exposures, result.coverage.incidents_left_out) == ([], 1)


def test_a_test_log_is_taken_out_whole(evaluate):
    codes = [DEATH, code("NSIR", "509")]
    result = evaluate(incident=[log()], incident_code=codes, deployment=[sent()], involvement=[named("0123")])
    assert result.exposures == []


def test_an_opening_code_is_forgotten_once_the_incident_is_closed_with_a_code(evaluate):
    opened = [code("NSIR", "313", role="opening"), code("NSIR", "305")]
    facts = {"incident_code": opened, "deployment": [sent()], "involvement": [named("0123")]}
    assert evaluate(incident=[log()], **facts).exposures == []
    assert len(evaluate(incident=[log(closed=False)], **facts).exposures) == 1
    assert len(evaluate(pack("always"), incident=[log()], **facts).exposures) == 1


def test_a_conditional_without_its_evidence_is_a_question_and_no_exposure(evaluate):
    facts = {"incident": [log()], "deployment": [sent()], "involvement": [named("0123")]}
    doubt = code("NSIR", "001")
    asked = evaluate(incident_code=[doubt], **facts)
    assert (asked.exposures, [(row.rule, row.category) for row in asked.questions]) == (
        [],
        [("conditional", "violence")],
    )
    answered = evaluate(incident_code=[doubt, code("Q", "633", role="qualifier")], **facts)
    assert (said(answered), answered.questions) == ([("A1", "violence", ("first_at_scene",), 60_000)], [])
    denied = evaluate(incident_code=[doubt, code("FLAG", "HOAX", role="flag")], **facts)
    assert (denied.exposures, denied.questions) == ([], [])


def test_a_question_is_not_asked_where_something_counted(evaluate):
    both = [code("NSIR", "001"), DEATH]
    result = evaluate(incident=[log()], incident_code=both, deployment=[sent()], involvement=[named("0123")])
    assert (len(result.exposures), result.questions) == (1, [])


def test_an_assault_on_an_officer_counts_for_that_officer_only(evaluate):
    result = evaluate(
        incident=[log("rms:1")],
        incident_code=[code("HO_CLASS", "8S", "rms:1")],
        involvement=[stated("0123", "directly_harmed", "rms:1"), stated("77", "oic_investigator", "rms:1")],
    )
    assert said(result) == [("A1", "assault", ("directly_harmed",), 30_000)]


def test_a_later_interview_is_an_entry_of_its_own_and_twice_in_a_day_is_one(evaluate):
    interviews = [stated("0123", "interviewer_victim", "rms:1", day) for day in (NEXT_DAY, NEXT_DAY, LATER)]
    result = evaluate(
        incident=[log("rms:1")],
        incident_code=[code("NSIR", "313", "rms:1")],
        involvement=[stated("0123", "oic_investigator", "rms:1", DAY), *interviews],
    )
    assert [row.occasion for row in result.exposures] == [
        "event", "interviewer_victim:2024-02-29", "interviewer_victim:2024-03-20",
    ]  # fmt: skip
    assert [row.points for row in result.exposures] == [20_000, 24_000, 24_000]


def test_a_day_of_viewing_material_is_one_entry_whatever_the_cases(evaluate):
    result = evaluate(
        incident=[log("rms:1"), log("rms:2"), log("rms:3")],
        incident_code=[code("HO_CLASS", "86", ref) for ref in ("rms:1", "rms:2", "rms:3")],
        involvement=[stated("0123", "reviewed_iioc", ref, NEXT_DAY) for ref in ("rms:1", "rms:2")]
        + [stated("0123", "reviewed_iioc", "rms:3", LATER)],
    )
    first, second = result.exposures
    assert (first.key, first.source_records) == ("A1|material|session:2024-02-29", ("rms:1", "rms:2"))
    assert (first.role_weight, first.points) == (10_000, 60_000)  # a session has role weight 1
    assert second.key == "A1|material|session:2024-03-20"


def test_a_reissued_collar_number_belongs_to_whoever_held_it_that_day(evaluate):
    people = [held("OLD", "0123", end=NEXT_DAY), held("NEW", "0123", start=NEXT_DAY)]
    facts = {"incident_code": [DEATH], "identifier": people}
    facts["involvement"] = [stated("0123", "scene_guard", day=DAY), stated("0123", "scene_guard", day=NEXT_DAY)]
    assert [row.person_id for row in evaluate(incident=[log()], **facts).exposures] == ["NEW", "OLD"]


def test_0123_is_not_123_and_two_holders_are_nobody(evaluate):
    people = [held("A1", "0123"), held("B2", "77"), held("C3", "77")]
    claims = [stated("123", "scene_guard"), stated("77", "scene_guard")]
    result = evaluate(incident=[log()], incident_code=[DEATH], involvement=claims, identifier=people)
    assert result.exposures == []
    assert (result.coverage.identifiers_unmatched, result.coverage.identifiers_ambiguous) == (1, 1)


def test_the_team_is_that_of_the_day_and_may_be_none(evaluate):
    postings = [("A1", "T1", "PC", "", False, date(2020, 1, 1), NEXT_DAY), ("A1", "T2", "PC", "", False, LATER, None)]
    guards = [stated("0123", "interviewer_victim", day=day) for day in (DAY, NEXT_DAY, LATER)]
    result = evaluate(incident=[log()], incident_code=[DEATH], involvement=guards, posting=postings)
    assert [row.team for row in result.exposures] == ["T1", None, "T2"]


def test_known_on_is_the_day_the_last_fact_became_known(evaluate):
    result = evaluate(
        incident=[log(known_on=DAY), log("rms:1", known_on=NEXT_DAY)],
        incident_code=[DEATH],
        incident_link=[("rms:1", "cad:1", "crime_of_log")],
        involvement=[stated("0123", "scene_guard", day=DAY, known_on=DAY), stated("77", "scene_guard", known_on=LATER)],
    )
    assert [(row.person_id, row.exposed_on, row.known_on) for row in result.exposures] == [
        ("A1", DAY, NEXT_DAY), ("B2", DAY, LATER),
    ]  # fmt: skip


def test_what_has_not_happened_yet_does_not_count(evaluate):
    facts = {"incident": [log()], "incident_code": [DEATH], "involvement": [stated("0123", "scene_guard", day=LATER)]}
    assert evaluate(as_of=date(2024, 3, 19), **facts).exposures == []
    assert len(evaluate(as_of=LATER, **facts).exposures) == 1


def test_a_code_no_rule_mentions_is_listed_with_its_incidents(evaluate):
    codes = [code("LOCAL", "MISPER"), code("LOCAL", "MISPER", "cad:2"), DEATH]
    result = evaluate(incident=[log(), log("cad:2")], incident_code=codes)
    assert [(row.code_system, row.code, row.incidents) for row in result.unmapped] == [("LOCAL", "MISPER", 2)]


def test_a_name_on_a_log_without_evidence_makes_no_exposure(evaluate):
    result = evaluate(incident=[log()], incident_code=[DEATH], involvement=[stated("0123", "logged_only")])
    assert (result.exposures, result.questions) == ([], [])


def test_a_role_the_pack_does_not_define_is_named(evaluate):
    with pytest.raises(BadPack, match="'juggler'"):
        evaluate(incident=[log()], incident_code=[DEATH], involvement=[stated("0123", "juggler")])
