"""What every pack owes its readers: sources, marks, reach, and codes that are all accounted for."""

import csv
import re

import pytest

from tests.spec.cases import NAMES, PACKS, pack
from traumatracker.engine.classify import Classifier, may_count
from traumatracker.engine.codes import as_ho_class, as_nsir, key

SOURCES = PACKS.parents[1] / "docs" / "sources.md"
NO_CODE_CAN_REACH = {"colleague_death", "colleague_suicide", "police_contact_death", "disaster_victim_id"}
FLAGS = [
    "CHILD_INVOLVED",
    "NO_CHILD_INVOLVED",
    "FATALITY",
    "NO_FATALITY",
    "CPR_GIVEN",
    "S136",
    "INJURY",
    "HIGH_RISK",
    "FOUND_DEAD",
    "SUSPECTED_SUICIDE",
    "DRUG_RELATED",
    "DECOMPOSED",
    "MISSILES",
    "CASUALTIES",
    "HOAX",
    "DOMESTIC",
    "OFFICER_VICTIM",
    "VICTIM_UNDER_18",
    "VICTIM_DIED",
    "ARMED",
]


def mapped(name, codes):
    """The codes that a rule of the pack knows."""
    codes = list(codes)
    classifier = Classifier(pack(name), codes)
    return {code for code in codes if classifier.mentions(code)}


def numbers(name):
    """Everything of a pack that carries a number or a decision: (what it is, its source, its mark)."""
    found = pack(name)
    yield from ((f"category {one.id}", one.source, one.mark) for one in found.categories.values())
    yield from ((f"role {one.id}", one.source, one.mark) for one in found.roles.values())
    yield from ((f"rule {one.id}", one.source, one.mark) for one in found.rules)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_and_rule_has_a_source_and_a_mark(name):
    assert [what for what, source, mark in numbers(name) if not source.strip(" -") or not mark] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_of_a_pack_says_where_it_comes_from(name):
    lines = (PACKS / name / "pack.toml").read_text("utf-8").splitlines()
    for setting in ("later_after_minutes", "windows_days"):
        at = next(number for number, line in enumerate(lines) if line.startswith(setting))
        above = [line for line in lines[:at] if line.startswith(("#", "id"))][-4:]
        assert any("Source:" in line for line in above), setting


@pytest.mark.parametrize("name", NAMES)
def test_every_source_is_listed_in_the_documentation(name):
    cited = {source for _, text, _ in numbers(name) for source in re.findall(r"\[([^\]]+)\]", text)}
    listed = set(re.findall(r"^\| \[([^\]]+)\] \|", SOURCES.read_text("utf-8"), re.MULTILINE))
    assert cited - listed == set()


def test_a_weight_without_a_study_says_that_it_is_a_judgement():
    plain = [one for one in pack("ptec_aligned").categories.values() if "[" not in one.source]
    assert plain and all("judgement" in one.source and one.mark == "judgement" for one in plain)


def test_the_aligned_pack_has_forty_categories_and_twenty_two_roles():
    found = pack("ptec_aligned")
    assert len(found.categories) == 40
    assert {one.id for one in found.categories.values() if one.is_session} == {
        "iioc_session",
        "graphic_material_session",
    }
    assert len(found.roles) == 22
    counting = {one.id: one.counting for one in found.roles.values() if one.counting != "event"}
    assert counting == {
        "interviewer_victim": "occasion",
        "death_message": "occasion",
        "reviewed_material": "session",
        "reviewed_iioc": "session",
    }
    assert found.roles["logged_only"].weight == 0


def test_the_statement_says_that_the_pack_is_not_the_checklist():
    statement = pack("ptec_aligned").statement
    assert "aligned with the Police Traumatic Events Checklist" in statement
    assert "not public" in statement and "judgement" in statement


def test_every_category_is_reached_by_a_rule_except_four_that_no_code_can_reach():
    found = pack("ptec_aligned")
    reached = {rule.category for rule in found.rules if may_count(rule)}
    assert set(found.categories) - reached == NO_CODE_CAN_REACH


def test_both_packs_mean_the_same_by_a_category_and_a_role():
    aligned, seattle = pack("ptec_aligned"), pack("seattle")
    assert seattle.roles == aligned.roles
    assert seattle.categories == {one: aligned.categories[one] for one in seattle.categories}


@pytest.mark.parametrize("name", NAMES)
def test_a_word_is_never_mistaken_for_a_category(name):
    found = pack(name)
    words = {rule.category for rule in found.rules if rule.strength == "tag"}
    assert words & set(found.categories) == set()
    assert all(re.fullmatch(r"[a-z0-9 ]{3,24}", word) for word in words)


@pytest.mark.parametrize("name", NAMES)
def test_a_question_is_one_neutral_sentence(name):
    asked = [rule for rule in pack(name).rules if rule.asks]
    wrong = [
        rule.id
        for rule in asked
        if not re.fullmatch(r"The (log|record|call|call type) does not say [^.?]+\.", rule.asks)
    ]
    assert wrong == []


def test_every_labelled_code_is_mapped():
    labelled = set(pack("ptec_aligned").code_labels)
    assert len(labelled) > 400
    assert labelled - mapped("ptec_aligned", labelled) == set()


def test_every_named_code_has_a_label_unless_it_is_a_text():
    found = pack("ptec_aligned")
    named = {code for code in found.mentioned if "_TEXT:" not in code}
    assert named - set(found.code_labels) == set()


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_of_the_profiles_is_known(flag):
    assert mapped("ptec_aligned", [f"FLAG:{flag}"])


def test_an_unknown_code_stays_unknown():
    assert mapped("ptec_aligned", ["NSIR:999", "HO_CLASS:999", "HO_STAT:106/01", "UK_LOG_TEXT:LOST PROPERTY"]) == set()


def test_codes_are_text_from_the_export_to_the_rule():
    decided = {
        raw: Classifier(pack("ptec_aligned"), {code}).resolve(frozenset({code}), frozenset({"first_at_scene"})).rule
        for raw in ("4.1", "4/1", "4.10", "4/10", "004/10", "106", "19C", "019C")
        for code in (key("HO_CLASS", as_ho_class(raw)),)
    }
    assert decided == {
        "4.1": "ho-4.1",
        "4/1": "ho-4.1",
        "4.10": "ho-4.10",
        "4/10": "ho-4.10",
        "004/10": "ho-4.10",
        "106": "ho-slavery",
        "19C": "ho-rape",
        "019C": "ho-rape",
    }


def test_a_closing_code_keeps_its_leading_nought():
    assert mapped("ptec_aligned", [key("NSIR", as_nsir("18"))]) == {"NSIR:018"}


def test_a_duplicate_and_a_test_take_the_incident_out_and_nothing_else_does():
    found = pack("ptec_aligned")
    out = frozenset().union(*(rule.codes for rule in found.rules if rule.whole_incident))
    assert out == {"NSIR:506", "NSIR:509"}


def test_every_published_crime_class_is_mapped(real_data):
    with (real_data / "home_office_offence_reference.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Offence description"]]
    codes = {key("HO_CLASS", as_ho_class(row["Offence Code"].rstrip("*"))) for row in rows}
    assert len(codes) > 180
    assert codes - mapped("ptec_aligned", codes) == set()
