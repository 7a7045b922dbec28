"""This is not right: said, kept, shown back, taken back; never free text, never anybody else's."""

import pytest

from tests.web import factories as make
from tests.web.conftest import text_of
from traumatracker.web.exposure.models import Dispute, Exposure


@pytest.fixture
def entry(force):
    return make.exposure(force.asha, 3)


def test_not_there_is_kept_and_shown_back_and_changes_no_count(force, as_person, entry):
    client = as_person(force.asha)
    before = Exposure.objects.values().get()
    assert client.post(f"/me/entry/{entry.id}/not-right/", {"kind": "not_there", "role": ""})["Location"] == "/me/said/"
    assert client.get("/me/said/").status_code == 200
    page = text_of(client.get("/me/"))
    assert "19 November 2026: you were not there." in page
    assert "You said you were not there" in page
    assert "You have said that this is not right" in text_of(client.get(f"/me/entry/{entry.id}/"))
    assert Exposure.objects.values().get() == before


def test_a_wrong_part_says_which_part_it_was(force, as_person, entry):
    client = as_person(force.asha)
    client.post(f"/me/entry/{entry.id}/not-right/", {"kind": "wrong_part", "role": "scene_guard"})
    assert "your part is wrong. You said: You guarded the scene" in text_of(client.get("/me/"))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({}, "Choose what is not right"),
        ({"kind": "boring"}, "boring"),
        ({"kind": "wrong_part"}, "Choose the part you had"),
        ({"kind": "wrong_part", "role": "logged_only"}, "logged_only"),
        ({"kind": "wrong_part", "role": "chief"}, "chief"),
    ],
)
def test_an_incomplete_word_is_asked_again_and_not_kept(force, as_person, entry, said, error):
    answer = as_person(force.asha).post(f"/me/entry/{entry.id}/not-right/", said)
    assert answer.status_code == 200
    assert "There is a problem" in text_of(answer)
    assert error in text_of(answer)
    assert not Dispute.objects.exists()


def test_the_part_already_recorded_is_no_correction(force, as_person, entry):
    said = {"kind": "wrong_part", "role": entry.role}
    answer = as_person(force.asha).post(f"/me/entry/{entry.id}/not-right/", said)
    assert "That is the part the record already says" in text_of(answer)
    assert not Dispute.objects.exists()


def test_nobody_is_asked_to_say_that_a_death_was_by_their_action(force, as_person):
    client = as_person(force.asha)
    assert 'value="homicide"' in text_of(client.get("/me/missing/"))
    assert "own_action_death" not in text_of(client.get("/me/missing/"))
    client.post("/me/missing/", {"category": "own_action_death", "day": "3", "month": "11", "year": "2026"})
    assert not Dispute.objects.exists()


def test_both_forms_say_that_the_law_may_require_disclosure(force, as_person, entry):
    client = as_person(force.asha)
    for address in ("/me/missing/", f"/me/entry/{entry.id}/not-right/"):
        assert "If the law requires it" in text_of(client.get(address))


def test_kept_since_is_the_day_in_london(force, as_person, entry):
    client = as_person(force.asha)
    client.post(f"/me/entry/{entry.id}/not-right/", {"kind": "not_there"})
    Dispute.objects.update(made_at="2026-05-31T23:30Z")  # half past midnight on 1 June in London
    assert "Kept since 1 June 2026" in text_of(client.get("/me/"))


def test_taking_back_a_missing_one_speaks_of_no_entry(force, as_person):
    client = as_person(force.asha)
    client.post("/me/missing/", {"category": "homicide", "day": "3", "month": "11", "year": "2026"})
    page = text_of(client.post(f"/me/said/{Dispute.objects.get().id}/take-back/", follow=True))
    assert "It is no longer reported as missing" in page
    assert "stands as it was" not in page


def test_a_newer_word_replaces_the_older_one_which_is_kept(force, as_person, entry):
    client = as_person(force.asha)
    client.post(f"/me/entry/{entry.id}/not-right/", {"kind": "not_there"})
    client.post(f"/me/entry/{entry.id}/not-right/", {"kind": "wrong_part", "role": "scene_guard"})
    kept = [(said.kind, said.taken_back_at is not None) for said in Dispute.objects.order_by("id")]
    assert kept == [("not_there", True), ("wrong_part", False)]


def test_it_can_be_taken_back_once(force, as_person, entry):
    client = as_person(force.asha)
    client.post(f"/me/entry/{entry.id}/not-right/", {"kind": "not_there"})
    address = f"/me/said/{Dispute.objects.get().id}/take-back/"
    assert client.get(address).status_code == 405
    assert "You have taken that back" in text_of(client.post(address, follow=True))
    assert Dispute.objects.get().taken_back_at
    assert "What you have said is not right" not in text_of(client.get("/me/"))
    assert client.post(address).status_code == 404


def test_somebody_elses_word_cannot_be_taken_back_or_seen(force, as_person, entry):
    as_person(force.asha).post(f"/me/entry/{entry.id}/not-right/", {"kind": "not_there"})
    dispute = Dispute.objects.get()
    for other in (force.bea, force.reed):
        assert as_person(other).post(f"/me/said/{dispute.id}/take-back/").status_code == 404
    assert Dispute.objects.get().taken_back_at is None
    assert "not there" not in text_of(as_person(force.bea).get("/me/"))
    supervisor = as_person(force.reed)
    for page in ("/team/", f"/team/{force.asha.id}/"):
        assert "not there" not in text_of(supervisor.get(page))


def test_what_was_said_stays_when_the_entry_is_withdrawn(force, as_person, entry):
    client = as_person(force.asha)
    client.post(f"/me/entry/{entry.id}/not-right/", {"kind": "not_there"})
    entry.delete()
    assert "An entry that is no longer in your list: you were not there." in text_of(client.get("/me/"))


def test_a_missing_one_is_kept_once_however_often_it_is_said(force, as_person):
    client = as_person(force.asha)
    said = {"category": "sudden_death", "day": "3", "month": "11", "year": "2026", "role": "first_at_scene"}
    for _ in range(2):
        assert client.post("/me/missing/", said)["Location"] == "/me/said/"
    assert Dispute.objects.count() == 1
    assert "Missing: Sudden death (adult, no suspicion), 3 November 2026. You were in" in text_of(client.get("/me/"))


@pytest.mark.parametrize(
    ("day", "month", "year", "error"),
    [
        ("", "", "", "Enter a real date"),
        ("31", "2", "2026", "Enter a real date"),
        ("x", "2", "2026", "Enter a real date"),
        ("-1", "2", "2026", "Enter a real date"),
        ("23", "11", "2026", "today or in the past"),
        ("1", "1", "1900", "within the last 50 years"),
    ],
)
def test_a_date_that_cannot_be_is_asked_again(force, as_person, day, month, year, error):
    said = {"category": "sudden_death", "day": day, "month": month, "year": year}
    answer = as_person(force.asha).post("/me/missing/", said)
    assert error in text_of(answer)
    assert not Dispute.objects.exists()


def test_there_is_nowhere_to_write_what_happened(force, as_person, entry):
    client = as_person(force.asha)
    for address in ("/me/missing/", f"/me/entry/{entry.id}/not-right/"):
        page = text_of(client.get(address))
        assert "<textarea" not in page
        assert all('inputmode="numeric"' in part.split(">")[0] for part in page.split('type="text"')[1:])
