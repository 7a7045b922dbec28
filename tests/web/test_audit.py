"""Every look is written down in the transaction that reads; a look that cannot be written down shows nothing."""

import pytest
from django.db import DatabaseError

from tests.web import factories as make
from tests.web.conftest import text_of
from traumatracker.web import gatekeeper
from traumatracker.web.people.models import AuditEvent, SharingChoice


def looks(after=0):
    """What was shown, from the event of this number on."""
    rows = AuditEvent.objects.filter(sequence__gt=after, outcome="shown").order_by("sequence")
    return list(rows.values_list("actor__display_name", "subject__display_name", "basis", "surface", "data_class"))


@pytest.fixture
def pages(force):
    """Every page that shows something of a person: who opens it, and where."""
    entry = make.exposure(force.asha, 3)
    return [
        (force.asha, "/me/", "My exposure"),
        (force.asha, f"/me/entry/{entry.id}/", "Why is this here?"),
        (force.asha, f"/me/entry/{entry.id}/not-right/", "Why is this here?"),
        (force.asha, "/me/questions/", "We could not tell"),
        (force.asha, "/me/sharing/", "Who can see my record"),
        (force.asha, "/me/looked/", "Who looked"),
        (force.reed, "/team/", "My team"),
        (force.reed, f"/team/{force.asha.id}/", "Team member"),
    ]


def test_every_page_of_a_person_leaves_a_row(pages, force, as_person):
    for reader, address, surface in pages:
        before = AuditEvent.objects.count()
        assert as_person(reader).get(address).status_code == 200
        assert (reader.display_name, "Asha Bellamy", surface) in {(row[0], row[1], row[3]) for row in looks(before)}


def test_a_row_that_cannot_be_written_is_a_page_that_is_not_shown(pages, force, as_person, monkeypatch):
    def full(*args, **kwargs):
        raise DatabaseError("disk full")

    clients = [(as_person(reader), address) for reader, address, _ in pages]
    monkeypatch.setattr(AuditEvent.objects, "bulk_create", full)
    for client, address in clients:
        client.raise_request_exception = False
        answer = client.get(address)
        assert answer.status_code == 500
        for personal in ("Asha", "Sudden death", "disk full"):
            assert personal not in text_of(answer)
        assert "0300 131 2789" in text_of(answer)


def test_a_read_that_fails_leaves_no_row(force, monkeypatch):
    def broken(*args):
        raise DatabaseError("gone")

    reader = gatekeeper.Actor(force.asha.id, "Asha Bellamy", ())
    monkeypatch.setattr(gatekeeper, "_disputes", broken)
    with pytest.raises(DatabaseError):
        gatekeeper.own_record(reader)
    assert not AuditEvent.objects.exists()


def test_a_team_page_writes_one_row_for_each_person_and_what_was_read(force, as_person):
    make.exposure(force.asha, 3)
    as_person(force.bea).post("/me/sharing/", {"level": "out"})
    before = AuditEvent.objects.count()
    as_person(force.reed).get("/team/")
    assert looks(before) == [
        ("Morgan Reed", "Asha Bellamy", "supervisor", "My team", "team_exposure"),
        ("Morgan Reed", "Bea Okafor", "supervisor", "My team", "name_only"),
    ]


def test_a_look_that_showed_no_figures_is_written_down_as_a_name_only(force, as_person):
    make.exposure(force.asha, 6 * 365)
    as_person(force.reed).get("/team/")
    assert {row[4] for row in looks()} == {"name_only"}


def test_a_page_that_is_not_yours_reads_and_writes_nothing(force, as_person):
    make.exposure(force.zoe, 3)
    as_person(force.reed).get(f"/team/{force.zoe.id}/")
    assert looks() == []


def test_the_person_sees_who_looked_and_nobody_elses_list(force, as_person):
    make.exposure(force.asha, 3)
    as_person(force.reed).get("/team/")
    as_person(force.reed).get(f"/team/{force.asha.id}/")
    page = text_of(as_person(force.asha).get("/me/looked/"))
    assert page.count("Morgan Reed") == 2
    assert "Your entries: type, part, date and points" in page
    assert "Nobody else has looked" in text_of(as_person(force.zoe).get("/me/looked/"))


def test_looks_of_one_day_stand_on_one_line_with_every_time(force, as_person):
    for hour in ("09:15", "13:40"):
        make.look(force.reed, force.asha, f"2026-06-01T{hour}Z")
    make.look(force.reed, force.asha, "2026-05-31T23:30Z")  # half past midnight on 1 June in London
    make.look(force.reed, force.asha, "2026-05-31T12:00Z")
    page = text_of(as_person(force.asha).get("/me/looked/"))
    assert "14:40, 10:15, 00:30" in page
    assert page.count("1 June 2026") == page.count("31 May 2026") == 1


def test_a_look_at_oneself_is_recorded_and_counted_apart(force, as_person):
    client = as_person(force.asha)
    client.get("/me/")
    page = text_of(client.get("/me/looked/"))
    assert "Nobody else has looked" in page
    assert "Your own 2 looks" in page


CHANGES = [
    ("/me/sharing/", {"level": "out"}, "Who can see my record", "sharing"),
    ("/me/entry/{entry}/not-right/", {"kind": "not_there"}, "This is not right", "disputes"),
]


@pytest.mark.parametrize(("address", "answers", "surface", "data_class"), CHANGES)
def test_a_change_of_ones_own_record_is_written_down_with_it(force, as_person, address, answers, surface, data_class):
    entry = make.exposure(force.asha, 3)
    assert as_person(force.asha).post(address.format(entry=entry.id), answers).status_code == 302
    event = AuditEvent.objects.get(outcome="changed")
    assert (event.actor, event.subject, event.surface, event.data_class) == (
        force.asha,
        force.asha,
        surface,
        data_class,
    )
    assert "changed" not in text_of(as_person(force.asha).get("/me/looked/")).lower()


def test_a_change_that_cannot_be_written_down_does_not_happen(force, as_person, monkeypatch):
    def full(*args, **kwargs):
        raise DatabaseError("disk full")

    client = as_person(force.asha)
    client.raise_request_exception = False
    monkeypatch.setattr(AuditEvent.objects, "bulk_create", full)
    assert client.post("/me/sharing/", {"level": "out"}).status_code == 500
    assert not SharingChoice.objects.exists()


def test_what_one_request_showed_carries_one_id_and_what_was_shown_of_each(force, as_person):
    make.exposure(force.asha, 3)
    make.exposure(force.asha, 9)
    client = as_person(force.reed)
    client.get("/team/")
    client.get("/team/")
    events = list(AuditEvent.objects.filter(surface="My team").order_by("sequence"))
    first, second = {event.request for event in events[:2]}, {event.request for event in events[2:]}
    assert len(first) == len(second) == 1 and first != second and len(first.pop()) == 32
    assert [(event.fields, event.rows) for event in events[:2]] == [("exposed_on points", 2), ("", 0)]


def test_no_event_holds_what_was_shown(force, as_person):
    make.exposure(force.asha, 3)
    as_person(force.reed).get(f"/team/{force.asha.id}/")
    held = str(list(AuditEvent.objects.values()))
    assert not any(word in held for word in ("Asha", "Morgan", "sudden_death", "Sudden death", force.asha.hr_ref))
