"""The data steward's queue: what comes into it, the ways out of it and back, and that nobody is named."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web import factories as make
from tests.web.conftest import text_of
from traumatracker.sources.channels import PEOPLE
from traumatracker.sources.profile import find_profile
from traumatracker.web.exposure.models import Dispute
from traumatracker.web.feed.models import FeedRefusal
from traumatracker.web.intake.models import InboxMessage
from traumatracker.web.people.models import AuditEvent
from traumatracker.web.steward import actions
from traumatracker.web.steward.decisions import ASKED, Cannot
from traumatracker.web.steward.models import QueueItem, QueueStep
from traumatracker.web.steward.reads import refused_messages
from traumatracker.web.steward.transitions import KINDS, STATES, TRANSITIONS, WAYS, after
from traumatracker.web.steward.waiting import Found, of_run

pytestmark = pytest.mark.django_db
PROFILE = "synthetic"
UNMATCHED = Found("unmatched", "collar", "4711", "nobody_held_it", 12, {"first_day": "2026-03-01", "last_day": "2026-05-01", "people": 0})  # fmt: skip  # noqa: E501
CODE = Found("unmapped", "NSIR", "999", "no_rule", 40, {"label": "Something new"})


@pytest.fixture
def steward(force):
    client = Client()
    assert client.post("/sign-in/", {"office": "steward"}).status_code == 302
    return client


def one():
    return QueueItem.objects.get()


def rows_of(message):
    """Table → rows by column, of one message in the inbox."""
    tables = {table.name: list(table.columns) for table in find_profile(PROFILE).channel(PEOPLE)}
    return {name: [dict(zip(tables[name], row, strict=True)) for row in rows] for name, rows in message.rows.items()}


def test_what_is_found_comes_and_what_is_no_longer_found_goes_by_itself():
    kinds = ("unmatched", "unmapped")
    assert actions.sync(PROFILE, [UNMATCHED, CODE], kinds) == {"came": 2, "went": 0}
    assert actions.sync(PROFILE, [UNMATCHED, CODE], kinds) == {"came": 0, "went": 0}
    assert actions.sync(PROFILE, [UNMATCHED._replace(count=13)], kinds) == {"came": 0, "went": 1}
    assert set(QueueItem.objects.values_list("kind", "state", "count")) == {
        ("unmatched", "open", 13), ("unmapped", "gone", 40),
    }  # fmt: skip
    assert actions.sync(PROFILE, [UNMATCHED, CODE], kinds) == {"came": 1, "went": 0}
    assert set(QueueItem.objects.values_list("state", flat=True)) == {"open"}


def test_a_profile_leaves_what_belongs_to_another():
    actions.sync(PROFILE, [CODE], ("unmapped",))
    actions.sync("seattle", [], ("unmapped",))
    assert one().state == "open"


def test_a_code_that_is_taken_on_stays_listed_and_goes_when_it_is_mapped():
    actions.sync(PROFILE, [CODE], ("unmapped",))
    assert actions.resolve(item_id=one().id, how="owned", answer={"note": "asked_pack_owner"})
    actions.sync(PROFILE, [CODE], ("unmapped",))
    assert (one().state, one().how) == ("resolved", "owned:asked_pack_owner")
    actions.sync(PROFILE, [], ("unmapped",))
    assert one().state == "gone"


def test_what_else_was_settled_stays_settled_when_a_refresh_no_longer_finds_it(force):
    actions.sync(PROFILE, [UNMATCHED], ("unmatched",))
    actions.resolve(item_id=one().id, how="nobody", answer={})
    actions.sync(PROFILE, [], ("unmatched",))
    assert one().state == "resolved"


def test_a_number_is_given_to_a_person_as_a_row_of_the_record_and_taken_back_as_its_next_version(force):
    actions.sync(PROFILE, [UNMATCHED], ("unmatched",))
    answer = {"person": force.asha.hr_ref, "from": "2026-03-01", "to": ""}
    assert actions.resolve(item_id=one().id, how="person", answer=answer)
    message = InboxMessage.objects.get()
    (row,) = rows_of(message)["people_identifiers"]
    assert (row["Person"], row["Identifier_Type"], row["Identifier"]) == (force.asha.hr_ref, "collar", "4711")
    assert (row["State"], row["From"], row["To"], row["Version"]) == ("standing", "2026-03-01", "", "1")
    assert not actions.resolve(item_id=one().id, how="person", answer=answer)  # somebody was quicker
    assert actions.undo(item_id=one().id)
    assert not actions.undo(item_id=one().id)
    newest = InboxMessage.objects.order_by("-id").first()
    (undone,) = rows_of(newest)["people_identifiers"]
    assert (newest.key, newest.version, undone["State"], undone["Id"]) == (message.key, 2, "undone", row["Id"])
    assert one().state == "open"
    assert list(QueueStep.objects.order_by("id").values_list("event", flat=True)) == ["resolve", "undo"]


def test_what_was_decided_passes_the_door_of_the_record(force, tmp_path):
    from django.utils import timezone

    from traumatracker.record.store import Record
    from traumatracker.sources import intake

    link = Found("doubtful_link", "same_incident", "cad:1 → cad:2", "r", 1, {"from": "cad:1", "to": "cad:2"})
    pair = Found("conflict", "logs", "ab, version 1", "same_version", 2,
                 {"table": "logs", "key_sha256": "a" * 64, "version": 1, "hashes": ["b" * 64, "c" * 64]})  # fmt: skip
    actions.sync(PROFILE, [UNMATCHED, link, pair], ("unmatched", "doubtful_link", "conflict"))
    how = {
        "unmatched": ("person", {"person": force.asha.hr_ref, "from": "2026-03-01", "to": "2026-04-01"}),
        "doubtful_link": ("same", {}),
        "conflict": ("choose", {"hash": "c" * 64}),
    }
    for item in QueueItem.objects.all():
        assert actions.resolve(item_id=item.id, how=how[item.kind][0], answer=how[item.kind][1])
    for message in InboxMessage.objects.all():
        taken = intake.accept_cells(find_profile(PROFILE), Record(tmp_path), message.rows, timezone.now(), "inbox")
        assert (taken.rows_accepted, taken.rows_quarantined) == (1, 0), taken.quarantine_reasons


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({}, "person"),
        ({"person": "nobody", "from": "2026-03-01"}, "person"),
        ({"person": "HR"}, "from"),
        ({"person": "HR", "from": "1 March"}, "from"),
        ({"person": "HR", "from": "2026-03-01", "to": "2026-03-01"}, "to"),
    ],
)
def test_an_incomplete_answer_is_asked_again_and_changes_nothing(force, answer, field):
    actions.sync(PROFILE, [UNMATCHED], ("unmatched",))
    if answer.get("person") == "HR":
        answer = answer | {"person": force.asha.hr_ref}
    with pytest.raises(Cannot) as asked:
        actions.resolve(item_id=one().id, how="person", answer=answer)
    assert asked.value.field == field
    assert one().state == "open"
    assert not InboxMessage.objects.exists()


def test_a_dispute_comes_by_itself_and_the_person_sees_what_became_of_it(force, as_person, steward):
    entry = make.exposure(force.asha)
    asha = as_person(force.asha)
    asha.post(f"/me/entry/{entry.id}/not-right/", {"kind": "wrong_part", "role": "scene_guard"})
    item = one()
    page = text_of(steward.get(f"/queue/{item.id}/"))
    assert force.asha.hr_ref in page
    assert "Asha" not in page
    look = AuditEvent.objects.get(subject=force.asha, basis="steward", outcome="shown")
    assert look.actor is None
    assert "The data steward" in text_of(asha.get("/me/looked/"))
    assert steward.post(f"/queue/{item.id}/", {"how": "upheld"}).status_code == 302
    rows = rows_of(InboxMessage.objects.get())
    incident = entry.key.split("|")[1]
    assert [(r["Person"], r["Incident"]) for r in rows["people_corrections"]] == [(force.asha.hr_ref, incident)]
    assert [(r["Incident"], r["Role"], r["On"]) for r in rows["people_involvements"]] == [
        (incident, "scene_guard", entry.exposed_on.isoformat())
    ]
    assert "Checked: the records bear it out" in text_of(asha.get("/me/"))
    steward.post(f"/queue/{item.id}/undo/")
    assert Dispute.objects.get().state == "received"
    assert "Not yet checked" in text_of(asha.get("/me/"))
    steward.post(f"/queue/{item.id}/", {"how": "not_upheld"})
    assert "do not bear it out" in text_of(asha.get("/me/"))
    assert InboxMessage.objects.count() == 2  # the decision and its undoing; not upheld changes nothing that counts


@pytest.mark.parametrize("state", ["open", "sent_back"])
def test_what_a_person_takes_back_leaves_the_queue(force, as_person, state):
    asha = as_person(force.asha)
    asha.post("/me/missing/", {"category": "suicide", "day": "1", "month": "3", "year": "2026", "role": ""})
    if state == "sent_back":
        assert actions.send_back(item_id=one().id)
    assert one().state == state
    asha.post(f"/me/said/{Dispute.objects.get().id}/take-back/")
    assert one().state == "gone"


def test_a_missing_entry_needs_the_record_that_bears_it_out(force):
    dispute = Dispute.objects.create(person=force.bea, kind="missing", said_category="suicide", said_on=make.TODAY)
    actions.disputed(dispute)
    with pytest.raises(Cannot, match=ASKED["role"]):
        actions.resolve(item_id=one().id, how="upheld", answer={"incident": "cad:1"})
    with pytest.raises(Cannot, match=ASKED["incident"]):
        actions.resolve(item_id=one().id, how="upheld", answer={"role": "scene_guard"})
    assert actions.resolve(item_id=one().id, how="upheld", answer={"incident": "cad:1", "role": "scene_guard"})
    (row,) = rows_of(InboxMessage.objects.get())["people_involvements"]
    assert (row["Person"], row["Incident"]) == (force.bea.hr_ref, "cad:1")


def test_sent_back_waits_for_the_source_and_goes_when_it_is_put_right(steward):
    found = of_run({"quarantined": [{"file": "logs.csv", "reason": "bad_time", "rows": 3, "meaning": "A date is wrong.",
                                     "first": [{"row": 5, "column": "Opened"}]}]})  # fmt: skip
    actions.sync(PROFILE, found, ("quarantined",))
    item = one()
    assert "line 5 in Opened" in text_of(steward.get(f"/queue/{item.id}/"))
    steward.post(f"/queue/{item.id}/send-back/")
    assert one().state == "sent_back"
    actions.sync(PROFILE, [], ("quarantined",))
    assert one().state == "gone"


def test_live_messages_that_were_not_taken_wait_by_system_and_reason():
    for place in ("/incident/opened", "/incident/opened", "/units/0"):
        FeedRefusal.objects.create(profile=PROFILE, source="cad", reason="bad_time", place=place)
    FeedRefusal.objects.create(profile="seattle", source="cad", reason="bad_time")
    found = refused_messages(PROFILE)
    assert [(one.source, one.reference, one.count) for one in found] == [
        ("cad", "live messages at /incident/opened", 2), ("cad", "live messages at /units/0", 1),
    ]  # fmt: skip
    FeedRefusal.objects.update(received_at=timezone.now() - timedelta(days=8))
    assert refused_messages(PROFILE) == []


def test_the_list_is_filtered_and_says_when_nothing_waits(steward):
    assert "Nothing waits" in text_of(steward.get("/queue/"))
    actions.sync(PROFILE, [UNMATCHED, CODE], ("unmatched", "unmapped"))
    page = text_of(steward.get("/queue/?kind=unmapped"))
    assert "999" in page
    assert "4711" not in page
    assert "Nothing is of this kind" in text_of(steward.get("/queue/?kind=unmapped&state=gone"))
    for odd in ("?kind=x", "?state=x", "?source=%27", "?page=99999", "?page=-1"):
        assert steward.get(f"/queue/{odd}").status_code == 200
    assert steward.get("/queue/424242/").status_code == 404


def test_the_table_of_transitions_is_whole():
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(STATES)
    assert set(WAYS) == set(KINDS)
    assert after("resolved", "resolve") is None


def test_the_document_draws_the_same_table():
    from tests.house.repository import ROOT

    lines = (ROOT / "docs/reference/steward.md").read_text("utf-8").splitlines()
    drawn = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.count("|") == 4]
    assert {(a, b): c for a, b, c in drawn if a in STATES} == TRANSITIONS


def test_a_reason_to_take_a_code_on_is_one_of_the_list_and_never_free_text(steward):
    actions.sync(PROFILE, [CODE], ("unmapped",))
    page = steward.post(f"/queue/{one().id}/", {"how": "owned", "note": "Zanzibar Smith said so " + "x" * 60})
    assert ASKED["note"] in text_of(page)
    assert (one().state, one().how, QueueStep.objects.count()) == ("open", "", 0)


def test_what_waits_again_shows_the_version_that_came_meanwhile(force):
    told = {"table": "logs", "key_sha256": "a" * 64, "version": 1, "hashes": ["b" * 64, "c" * 64]}
    pair = Found("conflict", "logs", "ab, version 1", "same_version", 2, told)
    three = pair._replace(count=3, about=told | {"hashes": [*told["hashes"], "d" * 64]})
    actions.sync(PROFILE, [pair], ("conflict",))
    actions.resolve(item_id=one().id, how="choose", answer={"hash": "c" * 64})
    actions.sync(PROFILE, [three], ("conflict",))
    assert one().about["hashes"] == told["hashes"]  # what it was settled by stays
    assert actions.undo(item_id=one().id)
    actions.sync(PROFILE, [three], ("conflict",))
    assert actions.resolve(item_id=one().id, how="choose", answer={"hash": "d" * 64})
    (row,) = rows_of(InboxMessage.objects.order_by("-id").first())["people_choices"]
    assert (row["Hash"], row["State"]) == ("d" * 64, "standing")


def test_a_day_of_viewing_cannot_be_corrected_by_one_record_and_goes_back_to_its_source(force, as_person, steward):
    entry = make.exposure(force.asha, key=f"{force.asha.hr_ref}|material|session:2026-03-01", event_id="material")
    as_person(force.asha).post(f"/me/entry/{entry.id}/not-right/", {"kind": "not_there"})
    page = text_of(steward.get(f"/queue/{one().id}/"))
    assert WAYS["dispute"]["not_upheld"] in page
    assert WAYS["dispute"]["upheld"] not in page
    assert ASKED["how"] in text_of(steward.post(f"/queue/{one().id}/", {"how": "upheld"}))
    assert (one().state, InboxMessage.objects.exists()) == ("open", False)
    steward.post(f"/queue/{one().id}/send-back/")
    assert (one().state, Dispute.objects.get().state) == ("sent_back", "sent_back")


def test_a_decision_that_the_record_would_set_aside_is_asked_again_and_not_settled(force):
    actions.sync(PROFILE, [UNMATCHED], ("unmatched",))
    with pytest.raises(Cannot) as asked:
        actions.resolve(item_id=one().id, how="person", answer={"person": force.asha.hr_ref, "from": "1850-01-01"})
    assert (asked.value.field, one().state) == ("from", "open")
    actions.disputed(Dispute.objects.create(person=force.bea, kind="missing", said_on=make.TODAY))
    item = QueueItem.objects.get(kind="dispute")
    with pytest.raises(Cannot) as asked:
        actions.resolve(item_id=item.id, how="upheld", answer={"incident": "cad:1", "role": "no such part"})
    assert asked.value.field == "role"
    assert not InboxMessage.objects.exists()
