"""Erasing a person from the casework store: nothing about them is left, and what others did is."""

from datetime import UTC, date, datetime

import pytest

from tests.record.station import profile, take
from tests.sources.made_up import Force
from tests.web import factories as make
from traumatracker.record.store import Record
from traumatracker.sources.erasure import names_of
from traumatracker.web.exposure.models import Dispute, Exposure, ExposureChange, OpenQuestion
from traumatracker.web.feed.models import FeedRefusal
from traumatracker.web.intake.models import InboxMessage
from traumatracker.web.people import erasure
from traumatracker.web.people.models import AuditEvent, Person, Posting, SharingChoice
from traumatracker.web.steward.models import QueueItem

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
TABLE = profile.channel_table("people_identifiers")


@pytest.fixture
def people():
    team = make.unit("Response 1")
    ann, bea = make.person("Ann CANARY", team, worker_type="officer"), make.person("Bea", team, supervisor=True)
    run = make.run()
    for who in (ann, bea):
        make.exposure(who)
        make.question(who)
        ExposureChange.objects.create(key="k", person=who, kind="changed", run=run)
        SharingChoice.objects.create(person=who, level="out")
        Dispute.objects.create(person=who, kind="missing", said_category="sudden_death", said_on=date(2024, 1, 1))
    make.look(bea, ann, NOW)
    make.look(ann, bea, NOW)
    return ann, bea


def test_what_is_about_the_person_goes_and_the_looks_stay_nameless(people):
    ann, bea = people
    deleted = erasure.erase_casework(ann.hr_ref)

    assert deleted == {
        "Dispute": 1, "Exposure": 1, "ExposureChange": 1, "OpenQuestion": 1, "Posting": 1, "SharingChoice": 1,
    }  # fmt: skip
    for model in (Exposure, OpenQuestion, ExposureChange, Posting, SharingChoice, Dispute):
        assert set(model.objects.values_list("person", flat=True)) == {bea.id}
    nameless = Person.objects.get(id=ann.id)
    assert (nameless.display_name, nameless.worker_type, nameless.started_on) == (erasure.NAMELESS, "", None)
    assert ann.hr_ref not in nameless.hr_ref and nameless.left_on
    assert list(AuditEvent.objects.order_by("sequence").values_list("outcome", flat=True)) == [
        "shown",
        "shown",
        "changed",
    ]
    assert Person.objects.get(id=bea.id).display_name == "Bea"


def test_erasing_again_or_somebody_unknown_deletes_nothing(people):
    ann, _ = people
    erasure.erase_casework(ann.hr_ref)
    assert erasure.erase_casework(ann.hr_ref) == erasure.erase_casework("NOBODY") == {}
    assert Exposure.objects.count() == 1


def message(key, person, **values):
    row = [key, "1", "2024-06-01T10:00:00Z", "standing", person, "collar", "99", "2024-01-01", ""]
    return InboxMessage.objects.create(**{
        "profile": "tiny", "channel": "people", "source": "desk", "key": key, "version": 1, "content_hash": "0",
        "rows": {TABLE.name: [row], "no_longer_there": [["x"]]}, "known_at": NOW,
    } | values)  # fmt: skip


def test_waiting_messages_become_rows_of_the_record_and_leave_the_inbox(tmp_path):
    record = Record(tmp_path)
    first, second = message("A", "CANARY1"), message("B", "P2")
    message("C", "P3", profile="other")
    message("D", "CANARY1", batch="000000")

    assert erasure.take_inbox(profile, record) == 2

    (batch,) = record.of("tiny").batches()
    assert batch["rows"] == {TABLE.name: 2}
    for sent in (first, second):
        sent.refresh_from_db()
        assert (sent.batch, sent.rows) == ("000001", {})
    left = InboxMessage.objects.exclude(rows={}).values_list("profile", flat=True)
    assert list(left) == ["other"]
    assert erasure.take_inbox(profile, record) == 0


def test_refused_messages_that_name_the_person_lose_their_content(tmp_path):
    force = Force(tmp_path)
    take(force)
    names = names_of(profile, force.record, "CANARY1")
    assert names == {"CANARY1", "77"}
    for identifier in ("77", " 77 ", "88"):
        row = ["A", "1", "2024-06-01T10:00:00Z", "standing", "P2", "collar", identifier, "2024-01-01", ""]
        FeedRefusal.objects.create(profile="tiny", source="s", reason="conflict", rows={TABLE.name: [row]})
    FeedRefusal.objects.create(profile="tiny", source="s", reason="bad_token")
    assert erasure.forget_refused(profile, names) == 2
    (kept,) = FeedRefusal.objects.exclude(rows={})
    assert kept.rows[TABLE.name][0][6] == "88"


def test_what_names_the_person_leaves_the_steward_s_queue():
    theirs = [
        ("dispute", "cad:1, no. 1", {"person": "CANARY1", "exposure_key": "CANARY1|cad:1|x"}),
        ("unmatched", "99", {"rows": {"people_identifiers": [{"Person": "CANARY1"}]}}),
        ("ambiguous", "collar 7", {}),
        ("conflict", "CANARY1 / 2024-01-01, version 3", {"hashes": []}),
    ]
    others = [("dispute", "cad:2, no. 2", {"person": "CANARY12"}), ("unmapped", "999", {"label": "Something new"})]
    for kind, reference, about in theirs + others:
        QueueItem.objects.create(profile="tiny", kind=kind, source="s", reference=reference, reason="r", about=about)
    names = {"CANARY1", "collar 7"}
    assert erasure.forget_queue("other", names) == 0
    assert erasure.forget_queue("tiny", names) == 4
    assert list(QueueItem.objects.order_by("id").values_list("reference", flat=True)) == [one[1] for one in others]
    assert erasure.forget_queue("tiny", names) == 0
