"""The words of American call types: what is denied does not count, and what is unknown stays unknown."""

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spec.cases import pack
from traumatracker.engine.classify import Classifier, has_words, starts
from traumatracker.engine.codes import as_text, key

AROUND = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -/(),.", max_size=30)
WORDS = sorted({word for rule in pack("seattle").rules for word in rule.words_any})
DENIED = ["NON-RAPE", "NON RAPE", "NON - RAPE", "NOT RAPE"]
UNDECIDED = {
    "--CASUALTY,NON-TRAF,NON-CRIM - NON-DRUG RELATED",
    "--HARBOR - BOAT ACCIDENT",
    "--MISC MISD AND VIOLS - RECKLESS ENDANGERMENT",
    "--SEX OFFENSES (NON-RAPE) - FAILURE TO REGISTER",
    "--SEX OFFENSES (NON-RAPE) - LEWD CONDUCT",
    "ASSIST SPD - URGENT SERVICE",
    "HAZ - IMMINENT THRT TO PHYS SAFETY (NO HAZ MAT)",
    "HOSPITAL GUARD ASSIGNMENT",
    "SFD - ASSIST ON FIRE OR MEDIC RESPONSE",
    "SFD -ASSIST ON BLS FIRE OR MEDIC RESPONSE",
    "UNKNOWN - COMPLAINT OF UNKNOWN NATURE",
}


def started(text):
    """The rules that a call type starts."""
    code = key("US_CALL_TYPE", as_text(text))
    return [rule.id for rule in pack("seattle").rules if starts(rule, code)]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("denied", DENIED)
def test_no_rule_speaks_on_a_denied_text_whatever_else_it_says(word, denied):
    assert started(f"--SEX OFFENSES ({denied}) - {word}") == []


@given(AROUND, AROUND, st.sampled_from(DENIED))
def test_no_rule_speaks_on_a_denied_text_never_met(before, after, denied):
    assert started(f"{before} {denied} {after}") == []


@pytest.mark.parametrize("dash", ["-", " - ", " -", "- ", "\u2010", "\u2011", "\u2013", "\u2014", "/", "_", " ", ""])
def test_a_denial_is_seen_with_any_dash(dash):
    assert "rape" not in started(f"sex offense (non{dash}rape)")


@pytest.mark.parametrize(
    "text", ["RAPE", "rape - ip/jo", "--RAPE - KNOWN SUSPECT (ACQUAINTANCE)", "(RAPE)", "RAPE/ASSAULT"]
)
def test_the_bare_word_counts(text):
    assert started(text) == ["rape"]


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=8), st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=8))
def test_a_word_inside_another_word_is_not_the_word(before, after):
    assert not has_words(f"{before}RAPE{after}", ["RAPE"])


def test_a_placeholder_is_never_a_code():
    for nothing in ("-", "--", "", "UNKNOWN", "N/A"):
        assert started(nothing) == []


@pytest.fixture(scope="module")
def call_types(real_data):
    """Every initial and final call type of the published stops, as the profile will write them."""
    with zipfile.ZipFile(real_data / "seattle_police_2014_2023.zip") as archive:
        name = next(name for name in archive.namelist() if "stops" in name)
        with archive.open(name) as file:
            rows = csv.DictReader(io.TextIOWrapper(file, "utf-8-sig"))
            found = {as_text(row[column]) for row in rows for column in ("Initial Call Type", "Final Call Type")}
    return found - {"", "-"}


def test_no_denied_call_type_of_the_published_stops_starts_a_rule(call_types):
    denied = {text for text in call_types if "NON-RAPE" in text}
    assert len(denied) == 2
    assert {text: started(text) for text in denied} == {text: [] for text in denied}


def test_every_other_call_type_with_the_word_counts(call_types):
    said = {text for text in call_types if has_words(text, ["RAPE"]) and "NON-RAPE" not in text}
    assert len(said) == 5
    assert all("rape" in started(text) for text in said)


def test_the_unmapped_call_types_are_the_undecided_ones_and_no_more(call_types):
    codes = {key("US_CALL_TYPE", text): text for text in call_types}
    classifier = Classifier(pack("seattle"), codes)
    assert {text for code, text in codes.items() if not classifier.mentions(code)} == UNDECIDED


def test_no_rule_lists_a_call_type_that_does_not_occur(call_types):
    elsewhere = {"DEATH", "SUICIDE", "34 - SUICIDE", "CHILD / ADULT ABUSE"}
    listed = {code for rule in pack("seattle").rules for code in rule.codes if code.startswith("US_CALL_TYPE:")}
    assert {code.partition(":")[2] for code in listed} - call_types == elsewhere
