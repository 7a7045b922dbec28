"""Each message gets the verdict that is due to it, alone or among others, and is kept or not accordingly."""

import json
from itertools import permutations

import pytest

from tests.feed.messages import RECEIVED_AT, message, read
from traumatracker.web.intake.models import InboxMessage

CLOSED = {"version": 2, "status": "closed"}


def test_a_new_message_is_accepted_and_kept(post):
    assert post(message()) == ["accepted"]
    kept = InboxMessage.objects.get()
    parsed = read(message())
    assert (kept.profile, kept.channel, kept.source) == ("synthetic", "live", "control-room")
    assert (kept.key, kept.version, kept.content_hash) == parsed[:3]
    assert (kept.rows, kept.known_at) == (parsed.rows, parsed.known_at)
    assert (kept.received_at, kept.batch) == (RECEIVED_AT, "")


def test_the_same_again_is_a_duplicate(post, stored):
    assert post(message()) == ["accepted"]
    assert post(message()) == ["duplicate"]
    assert post(message(), message()) == ["duplicate", "duplicate"]
    assert stored.inbox() == [("20261122-0001", 1)]
    assert stored.refusals() == []


def test_a_higher_version_counts_and_a_lower_one_is_kept_too(post, stored):
    assert post(message(version=5)) == ["accepted"]
    assert post(message(version=7, status="closed")) == ["accepted"]
    assert post(message(version=6)) == ["superseded"]
    assert post(message(version=6)) == ["duplicate"]
    assert stored.inbox() == [("20261122-0001", 5), ("20261122-0001", 7), ("20261122-0001", 6)]


def test_the_newest_counts_and_not_the_last_to_come(post):
    assert post(message(version=8)) == ["accepted"]
    assert post(message(version=2)) == ["superseded"]
    assert post(message(version=5)) == ["superseded"]
    assert post(message(version=4), message(version=3), message(version=9)) == ["superseded", "superseded", "accepted"]


def test_the_same_version_with_other_content_is_a_conflict_and_both_are_kept(post, stored):
    assert post(message()) == ["accepted"]
    assert post(message(status="closed")) == ["conflict"]
    assert post(message()) == ["duplicate"]
    first, other = InboxMessage.objects.get(), stored.refusals()[0]
    assert first.rows["live_incidents"][0][4] == "open"
    assert (other["key"], other["version"], other["reason"]) == ("20261122-0001", 1, "conflict")
    assert other["rows"]["live_incidents"][0][4] == "closed"
    assert other["rows"]["live_crew"] == first.rows["live_crew"]


def test_a_conflict_is_settled_by_a_higher_version(post):
    post(message(), message(status="closed"))
    assert post(message(version=2, status="closed")) == ["accepted"]


def test_messages_of_one_request_are_held_against_each_other(post, stored):
    told = [message(version=2), message(version=1), message(version=2), message(version=2, area="N2"), message("B")]
    assert post(*told) == ["accepted", "superseded", "duplicate", "conflict", "accepted"]
    assert stored.inbox() == [("20261122-0001", 2), ("20261122-0001", 1), ("B", 1)]


def test_a_bad_line_spoils_no_other(post, stored):
    told = [message("A"), b"{not json", message("B", status="gone"), b'"' + b"x" * 300_000 + b'"', message("C")]
    assert post(*told) == ["accepted", "quarantined", "quarantined", "quarantined", "accepted"]
    assert stored.inbox() == [("A", 1), ("C", 1)]
    assert [(row["key"], row["version"], row["reason"], row["place"]) for row in stored.refusals()] == [
        ("", None, "not_json", ""), ("B", 1, "unknown_status", "/incident/status"), ("", None, "too_large", ""),
    ]  # fmt: skip


def test_a_verdict_that_is_not_good_says_what_to_do(post):
    answer = post.raw(json.dumps(message(status="gone"))).json()
    assert answer["counts"] == {"quarantined": 1}
    (told,) = answer["verdicts"]
    assert (told["line"], told["reason"], told["place"]) == (1, "unknown_status", "/incident/status")
    assert "Use one of the schema's" in told["what_to_do"]


def test_blank_lines_are_counted_as_lines_and_not_as_messages(post):
    body = b"\n\n" + json.dumps(message()).encode() + b"\r\n  \n" + json.dumps(message()).encode() + b"\n"
    answer = post.raw(body, "application/x-ndjson; charset=utf-8").json()
    assert [(told["line"], told["verdict"]) for told in answer["verdicts"]] == [(3, "accepted"), (5, "duplicate")]


@pytest.mark.parametrize("order", sorted(permutations(range(3))))
def test_restricted_work_is_withheld_from_its_version_on_in_any_order(post, stored, order):
    told = [message(version=1), message(version=2, restricted=True), message(version=3, status="closed")]
    for at in order:
        post(told[at])
    assert sorted(stored.inbox()) == [("20261122-0001", 1), ("20261122-0001", 2), ("20261122-0001", 3)]
    withheld = InboxMessage.objects.get(version=2)
    assert withheld.rows == read(message(version=2, status="retracted")).rows
    assert stored.refusals() == [
        {"key": "", "version": None, "reason": "restricted", "place": "/incident/restricted", "rows": {}}
    ]


def test_restricting_again_is_no_conflict(post, stored):
    assert post(message(restricted=True), message(restricted=True)) == ["quarantined", "quarantined"]
    assert [row["reason"] for row in stored.refusals()] == ["restricted", "restricted"]
    assert len(stored.inbox()) == 1


def test_a_version_taken_openly_cannot_be_restricted_by_itself(post, stored):
    post(message())
    answer = post.raw(json.dumps(message(restricted=True, area="N9"))).json()
    assert answer["verdicts"][0]["reason"] == "restricted_again"
    assert "higher version" in answer["verdicts"][0]["what_to_do"]
    assert InboxMessage.objects.get().rows["live_incidents"][0][4] == "open"
    assert [(row["key"], row["rows"]) for row in stored.refusals()] == [("", {})]


def test_a_retraction_may_come_first(post, stored):
    assert post(message(version=2, status="retracted")) == ["accepted"]
    assert post(message(version=1)) == ["superseded"]


def test_each_profile_has_its_own_inbox(post, stored):
    InboxMessage.objects.create(
        profile="another", channel="live", source="x", key="20261122-0001", version=9, known_at=RECEIVED_AT
    )
    assert post(message()) == ["accepted"]
