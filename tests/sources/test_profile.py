"""A profile that contradicts itself is refused with a sentence that names the entry; those we ship are sound."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from tests.sources.made_up import PROFILE
from traumatracker.errors import BadProfile
from traumatracker.sources import profile as profiles
from traumatracker.sources.profile import find_profile, load_profile, parse_profile
from traumatracker.sources.reasons import QUARANTINED, REFUSED

SHIPPED = sorted(path.stem for path in (Path(str(files("traumatracker"))) / "packs" / "profiles").glob("*.toml"))
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "profiles.md"

CHANGES = {
    "no zone of that name": ('"Europe/London"', '"Europe/Londn"', "Europe/Londn"),
    "another id than the file": ('id = "tiny"', 'id = "other"', "other"),
    "an unknown entry of the head": ('title = "A tiny force"', 'title = "T"\ncolour = "red"', "colour"),
    "an unknown option": ("required = true, normalise", "requird = true, normalise", "requird"),
    "an option of another kind": ('Child = { keep = "flag"', 'Child = { split = ";", keep = "flag"', "split"),
    "an unknown kind": ('keep = "flag"', 'keep = "bool"', "bool"),
    "neither keep nor drop": ('Details = { drop = "free text about the incident" }', "Details = {}", "Details"),
    "a drop without a reason": ("free text about the incident", "", "Details"),
    "a key that is not required": ('Urn = { keep = "ref", required = true }', 'Urn = { keep = "ref" }', "Urn"),
    "a key that is not kept": ('key = ["Urn"]', 'key = ["Details"]', "Details"),
    "a version that is not required": ('version = "Updated"', 'version = "Left"', "Left"),
    "a version that is text": ('version = "Updated"', 'version = "Urn"', "Urn"),
    "a known time that is text": ('known_at = "Updated"', 'known_at = "Urn"', "Urn"),
    "a format nothing is written in": ('"%d/%m/%Y %H:%M:%S", after', '"%d/%m/%Q", after', "%Q"),
    "a time without a format": ('format = "%d/%m/%Y %H:%M:%S", after = "Opened"', 'after = "Opened"', "format"),
    "after a column that is not there": ('after = "Opened"', 'after = "Begun"', "Begun"),
    "an unknown notation": ('notation = "ho_class", split', 'notation = "roman", split', "roman"),
    "an unknown normaliser": ('"strip_leading_letters"', '"strip"', "strip"),
    "a flag without no": (', no = ["N"]', "", "Child"),
    "an unknown canonical table": ('entity = "involvement"', 'entity = "involvment"', "involvment"),
    "an unknown canonical column": ('kind = "log"', 'sort = "log"', "sort"),
    "a value from a dropped column": ('"{Opened}"\n  is_closed', '"{Details}"\n  is_closed', "Details"),
    "a condition on an unknown column": ("is_closed = { Left", "is_closed = { Lefft", "Lefft"),
    "an unknown test": ("{ present = true }", "{ is = true }", "Left"),
    "a brace not closed": ('incident_id = "cad:{Urn}"', 'incident_id = "cad:{Urn"', "brace"),
    "a lookup in no table": ('table = "codes"', 'table = "labels"', "labels"),
    "a row that says nothing": ('  code = "{Code}"\n', "", "code"),
    "two tables of one name": ('name = "codes"', 'name = "logs"', "logs"),
    "an unknown delimiter": ('name = "codes"', 'name = "codes"\ndelimiter = "~"', "~"),
    "a name with a space": ('name = "codes"', 'name = "co des"', "co des"),
    "a text where a date must stand": ('happened_on = "{Opened}"', 'happened_on = "today"', "happened_on"),
    "not TOML at all": ("[[table]]", "[[table", "tiny"),
    "no key at all": ('key = ["Urn"]\n', "", "key"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_profile_that_contradicts_itself_is_refused(what):
    old, new, named = CHANGES[what]
    assert old in PROFILE
    with pytest.raises(BadProfile, match=re.escape(named)):
        parse_profile(PROFILE.replace(old, new, 1), "tiny")


@pytest.mark.parametrize("profile_id", SHIPPED)
def test_the_profiles_we_ship_are_sound(profile_id):
    assert find_profile(profile_id).id == profile_id


def test_an_unknown_profile_lists_those_there_are():
    with pytest.raises(BadProfile, match="seattle"):
        find_profile("nowhere")


def test_a_profile_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadProfile, match=r"gone\.toml"):
        load_profile(tmp_path / "gone.toml")


def test_a_profile_that_is_no_text_is_named(tmp_path):
    (tmp_path / "book.toml").write_bytes(b"PK\x03\x04\xff\xfe\x80")
    with pytest.raises(BadProfile, match=r"book\.toml is not text"):
        load_profile(tmp_path / "book.toml")


@pytest.mark.parametrize("word", [*REFUSED, *QUARANTINED, *profiles.KINDS, *profiles.NORMALISERS])
def test_the_reference_page_explains_every_word(word):
    assert word in PAGE.read_text("utf-8")
