"""What is kept of a message, and each reason why nothing is."""

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from tests.feed.messages import PROFILE, RECEIVED_AT, message, read, unit
from traumatracker.sources.feed import reasons
from traumatracker.sources.feed.message import MESSAGE_BYTES, Parsed, Reader, Refused
from traumatracker.sources.feed.shape import schema
from traumatracker.sources.profile import find_profile
from traumatracker.sources.rows import arrow_rows

CANARY = "Zanzibar"


def changed(path, value, told=None):
    """The message with one value replaced; path: "units/0/status"."""
    told = told or message()
    *way, last = path.split("/")
    at = told
    for step in way:
        at = at[int(step) if step.isdigit() else step]
    at[int(last) if last.isdigit() else last] = value
    return told


def test_a_message_becomes_rows_of_the_live_tables():
    kept = read(message())
    assert (kept.key, kept.version, kept.known_at) == (
        "20261122-0001", 1, datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    )  # fmt: skip
    head, at = ["20261122-0001", "1"], "2026-11-22T08:30:00+00:00"
    assert kept.rows == {
        "live_incidents": [[*head, at, "2026-11-22T08:00:00+00:00", "open", "", "N1"]],
        "live_codes": [
            ["20261122-0001", "1", "1", at, "flag", "FLAG", "FATALITY"],
            ["20261122-0001", "2", "1", at, "opening", "NSIR", "G01"],
        ],
        "live_links": [["20261122-0001", "1", "1", at, "crime_of_log", "rms:R/1"]],
        "live_units": [
            ["20261122-0001", "1", "1", at, "AB12", "at_scene", "2026-11-22T08:20:00+00:00", ""],
            ["20261122-0001", "2", "1", at, "CD34", "assigned", "", ""],
        ],
        "live_crew": [["20261122-0001", "1", "1", "1", at, "collar", "1234", "2026-11-22T08:20:00+00:00"]],
        "live_people": [["20261122-0001", "1", "1", at, "cc_login", "d44", "dispatcher", ""]],
    }


@pytest.mark.parametrize("status, there", [
    ("at_scene", True), ("left", True), ("assigned", False), ("en_route", False), ("cleared", False),
    ("cancelled", False),
])  # fmt: skip
def test_only_a_unit_that_came_has_a_time_at_the_scene_and_a_crew(status, there):
    kept = read(message(units=[unit(status=status)]))
    assert (kept.rows["live_units"][0][6] != "") is there
    assert ("live_crew" in kept.rows) is there
    came = read(message(units=[unit(status=status, at_scene_at="2026-11-22T08:10:00+00:00")]))
    assert came.rows["live_units"][0][6] == "2026-11-22T08:10:00+00:00"
    assert came.rows["live_crew"]


def shuffled(told, random):
    """The message with every list in another order, and one entry of each said twice."""
    incident = dict(told["incident"])
    for name in ("codes", "links", "units", "people"):
        entries = [dict(entry) for entry in incident[name]]
        for entry in entries:
            if "crew" in entry:
                entry["crew"] = random.sample(entry["crew"], len(entry["crew"]))
        incident[name] = random.sample(entries, len(entries)) + [entries[0]] * (name != "units")
    return {"incident": incident, "message": 1}


def test_order_that_means_nothing_makes_no_difference():
    told = message(units=[unit(crew=("1", "2", "3")), unit("CD34"), unit("AB12", "assigned")])
    kept = read(told)
    for seed in range(5):
        assert read(shuffled(told, Random(seed))) == kept


@pytest.mark.parametrize("path, value", [
    ("incident/units/0/crew/0/identifier", "PC 1234"),
    ("incident/units/0/callsign", " ab 12 "),
    ("incident/codes/0/code", " G01"),
    ("incident/opened_at", "2026-11-22T09:00:00+01:00"),
    ("incident/opened_at", "2026-11-22T08:00:00.0000000Z"),
    ("incident/version", 1.0),
])  # fmt: skip
def test_what_means_the_same_has_the_same_hash(path, value):
    assert read(changed(path, value)).content_hash == read(message()).content_hash


@pytest.mark.parametrize("path, value", [
    ("incident/status", "closed"), ("incident/area", "N2"), ("incident/updated_at", "2026-11-22T08:31:00+00:00"),
    ("incident/codes/0/code", "g02"), ("incident/codes/0/role", "closing"), ("incident/links/0/ref", "rms:R/2"),
    ("incident/units/0/status_at", "2026-11-22T08:21:00+00:00"), ("incident/units/1/status", "en_route"),
    ("incident/units/0/crew/0/identifier", "1235"), ("incident/units/0/role", "cordon"),
    ("incident/people/0/role", "call_handler"), ("incident/people/0/identifier_type", "collar"),
])  # fmt: skip
def test_what_means_something_else_has_another_hash(path, value):
    assert read(changed(path, value)).content_hash != read(message()).content_hash


def test_a_retraction_keeps_nothing_but_that_it_is_one():
    kept = read(message(status="retracted"))
    at = "2026-11-22T08:30:00+00:00"
    assert kept.rows == {"live_incidents": [["20261122-0001", "1", at, at, "retracted", "", ""]]}
    assert read(message(status="retracted", opened_at=None, units=None)) == kept


def test_a_restricted_message_leaves_a_retraction_and_nothing_else():
    refused = read(changed("incident/restricted", True))
    assert refused[:4] == ("restricted", "/incident/restricted", "", None)
    assert refused.instead == read(message(status="retracted"))


@pytest.mark.parametrize("path, value", [("incident/narrative", CANARY), ("incident/status", CANARY)])
def test_restricted_comes_before_anything_else_that_is_wrong(path, value):
    refused = read(changed(path, value, changed("incident/restricted", True)))
    assert refused.reason == "restricted"
    assert refused.instead == read(message(status="retracted"))


def test_a_restricted_message_that_names_no_incident_leaves_nothing():
    assert read(changed("incident/ref", "-", changed("incident/restricted", True))).instead is None


LATER = "2026-11-22T09:10:01+00:00"  # more than ten minutes after it came
WRONG = [
    ("message", 2, "unknown_format", "/message"),
    ("narrative", CANARY, "undeclared_field", ""),
    ("incident/address", CANARY, "undeclared_field", "/incident"),
    (f"incident/units/0/{CANARY}", 1, "undeclared_field", "/incident/units/0"),
    ("incident/units/0/crew/0/name", CANARY, "undeclared_field", "/incident/units/0/crew/0"),
    ("incident/codes/0/label", CANARY, "undeclared_field", "/incident/codes/0"),
    ("incident", CANARY, "wrong_type", "/incident"),
    ("incident/ref", 7, "wrong_type", "/incident/ref"),
    ("incident/version", "1", "wrong_type", "/incident/version"),
    ("incident/version", True, "wrong_type", "/incident/version"),
    ("incident/version", -1, "bad_number", "/incident/version"),
    ("incident/version", 2**53, "bad_number", "/incident/version"),
    ("incident/restricted", "yes", "wrong_type", "/incident/restricted"),
    ("incident/units", {}, "wrong_type", "/incident/units"),
    ("incident/status", CANARY, "unknown_status", "/incident/status"),
    ("incident/codes/0/role", CANARY, "unknown_code_role", "/incident/codes/0/role"),
    ("incident/links/0/kind", CANARY, "unknown_link_kind", "/incident/links/0/kind"),
    ("incident/links/0/ref", "R1", "bad_reference", "/incident/links/0/ref"),
    ("incident/units/1/status", CANARY, "unknown_unit_status", "/incident/units/1/status"),
    ("incident/units/0/role", CANARY, "unknown_role", "/incident/units/0/role"),
    ("incident/people/0/role", CANARY, "unknown_role", "/incident/people/0/role"),
    ("incident/people/0/role", "", "missing_value", "/incident/people/0/role"),
    ("incident/people/0/identifier_type", CANARY, "unknown_identifier_type", "/incident/people/0/identifier_type"),
    ("incident/people/0/identifier", "N/A", "placeholder_person", "/incident/people/0/identifier"),
    ("incident/units/0/crew/0/identifier", "-", "placeholder_person", "/incident/units/0/crew/0/identifier"),
    ("incident/ref", " - ", "missing_value", "/incident/ref"),
    ("incident/ref", "x" * 101, "too_long", "/incident/ref"),
    ("incident/area", CANARY * 10, "too_long", "/incident/area"),
    ("incident/codes", [{"role": "flag", "system": "F", "code": "X"}] * 101, "too_many", "/incident/codes"),
    ("incident/codes/0/code", " ", "missing_value", "/incident/codes/0/code"),
    ("incident/opened_at", "2026-11-22T08:00:00", "no_offset", "/incident/opened_at"),
    ("incident/opened_at", "2026-11-22 08:00", "no_offset", "/incident/opened_at"),
    ("incident/opened_at", CANARY, "bad_time", "/incident/opened_at"),
    ("incident/opened_at", "2026-02-30T08:00:00Z", "bad_time", "/incident/opened_at"),
    ("incident/opened_at", "1899-12-31T08:00:00Z", "time_out_of_range", "/incident/opened_at"),
    ("incident/opened_at", "0001-01-01T00:00:00+10:00", "time_out_of_range", "/incident/opened_at"),
    ("incident/updated_at", LATER, "time_out_of_range", "/incident/updated_at"),
    ("incident/units/0/status_at", LATER, "time_out_of_range", "/incident/units/0/status_at"),
    ("incident/units/0/at_scene_at", LATER, "time_out_of_range", "/incident/units/0/at_scene_at"),
    ("incident/people/0/at", LATER, "time_out_of_range", "/incident/people/0/at"),
    ("incident/ref", "a\x00b", "unreadable_text", "/incident/ref"),
    ("incident/area", "\ud800", "unreadable_text", ""),
]


@pytest.mark.parametrize("path, value, reason, place", WRONG, ids=[f"{w[2]} {w[0]} {n}" for n, w in enumerate(WRONG)])
def test_a_message_that_is_not_taken_says_why_and_where(path, value, reason, place):
    refused = read(changed(path, value))
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.where) == (reason, place)
    assert CANARY not in repr(refused)
    assert reasons.meaning(reason)


@pytest.mark.parametrize("name", ["ref", "version", "updated_at", "opened_at", "status"])
def test_what_lacks_is_named(name):
    assert read(message(**{name: None}))[:2] == ("missing_value", f"/incident/{name}")


@pytest.mark.parametrize("text, reason", [
    (b"{", "not_json"), (b"\xff\xfe", "not_json"), (b"NaN", "not_json"), (b'"' + b"x" * MESSAGE_BYTES, "too_large"),
    (b"1" * 5000, "not_json"), (b"[" * 100_000, "too_deep"), (b"[]", "wrong_type"), (b"null", "wrong_type"),
    (b'{"message": 1, "message": 1}', "repeated_field"), (b"[" * 900 + b"]" * 900, "wrong_type"),
])  # fmt: skip
def test_what_is_no_message_says_so(text, reason):
    assert read(text).reason == reason
    assert reasons.meaning(reason)


def test_a_refused_message_names_its_incident_where_it_may():
    assert read(changed("incident/status", CANARY))[2:4] == ("20261122-0001", 1)
    assert read(changed("incident/narrative", CANARY))[2:4] == ("", None)
    assert read(changed("incident/ref", "-"))[2:4] == ("", None)


def test_a_byte_order_mark_is_no_fault():
    assert read(b"\xef\xbb\xbf" + json.dumps(message()).encode()) == read(message())


def test_times_are_instants_on_the_night_the_clocks_go_back():
    received = datetime(2026, 10, 25, 9, 0, tzinfo=UTC)
    for text, instant in (("01:30:00+01:00", "00:30:00"), ("01:30:00+00:00", "01:30:00")):
        at = f"2026-10-25T{text}"
        kept = read(message(updated_at=at, opened_at=at, units=[unit(status_at=at)], people=None), received)
        assert kept.rows["live_units"][0][6] == f"2026-10-25T{instant}+00:00"


def test_the_rows_are_those_the_record_takes():
    """Every row passes the reader of files, with the key, the version and the time that the message has here."""
    kept = read(message())
    assert set(kept.rows) == {table.name for table in PROFILE.channel("live")}
    for table in PROFILE.channel("live"):
        taken, bad = arrow_rows(PROFILE, table, kept.rows[table.name], RECEIVED_AT)
        assert not bad
        assert len(taken) == len(kept.rows[table.name])
        assert set(taken["_version"].to_pylist()) == {kept.version}
        assert {text.split("\x1f")[0] for text in taken["_key"].to_pylist()} == {kept.key}
        assert set(taken["_known_at"].to_pylist()) == {kept.known_at.replace(tzinfo=None)}


def test_a_profile_without_a_feed_reads_nothing():
    with pytest.raises(ValueError, match="has no"):
        Reader(find_profile("seattle"), RECEIVED_AT)


def test_every_word_of_the_shape_is_one_the_tables_know():
    """The schema's words and those of the channel's tables are the same."""
    words = {
        part["title"]: set(part["enum"])
        for entry in schema()["$defs"].values()
        for part in entry.get("properties", {}).values()
        if "enum" in part
    }
    tables = {table.name: table.columns for table in PROFILE.channel("live")}
    assert words == {
        "status": set(tables["live_incidents"]["Status"].choices),
        "code_role": set(tables["live_codes"]["Role"].choices),
        "link_kind": set(tables["live_links"]["Kind"].choices),
        "unit_status": set(tables["live_units"]["Status"].choices),
    }


def test_the_page_about_the_feed_explains_every_reason():
    page = (Path(__file__).parents[2] / "docs/reference/live-feed.md").read_text("utf-8")
    assert [reason for reason in reasons.REFUSED if f"`{reason}`" not in page] == []
    assert isinstance(read(message()), Parsed)
