"""Who may send, what a request may be, and that nothing is answered before it is stored."""

import json
import logging

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.feed.conftest import ADDRESS
from tests.feed.messages import as_bytes, lines, message
from tests.web.test_durable import waits_for_the_disk
from traumatracker.errors import CannotRun
from traumatracker.web.feed import actions, reads, views
from traumatracker.web.feed.limit import Limit
from traumatracker.web.feed.models import FeedRefusal, FeedToken
from traumatracker.web.intake.models import InboxMessage

CANARY = "Zanzibar"


def nothing_stored():
    return not InboxMessage.objects.exists() and not FeedRefusal.objects.exists()


@pytest.mark.parametrize("headers", [
    {}, {"Authorization": ""}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"},
    {"Authorization": "Basic {secret}"}, {"Authorization": "{secret}"}, {"Authorization": "Bearer {hash}"},
])  # fmt: skip
def test_without_a_valid_token_every_answer_is_the_same(secret, headers):
    filled = {
        name: text.replace("{secret}", secret).replace("{hash}", reads.hash_of(secret))
        for name, text in headers.items()
    }
    answer = Client().post(ADDRESS, as_bytes(message()), content_type="application/json", headers=filled)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["error"] == "token"
    assert nothing_stored()


def test_a_revoked_token_is_refused_at_the_next_request_and_alike(post, secret):
    assert post(message()) == ["accepted"]
    assert actions.revoke(source="control-room") == 1
    refused, wrong = post.raw(b"{}"), post.raw(b"{}", token="wrong")
    assert refused.status_code == 401
    assert (refused.content, refused.headers) == (wrong.content, wrong.headers)
    assert InboxMessage.objects.count() == 1


def test_a_change_of_token_leaves_the_newest(post, secret):
    newer = actions.make_token(profile="synthetic", source="control-room")
    assert post.raw(as_bytes(message()), token=newer).status_code == 200
    assert actions.revoke(source="control-room", keep_newest=True) == 1
    assert post.raw(as_bytes(message())).status_code == 401
    assert post.raw(as_bytes(message()), token=newer).json()["counts"] == {"duplicate": 1}


def test_of_a_secret_only_its_hash_is_kept(secret):
    row = FeedToken.objects.values().get()
    assert secret not in str(row)
    assert len(secret) > 43
    assert actions.make_token(profile="synthetic", source="control-room") != secret


def test_a_token_is_for_a_profile_with_a_feed_and_a_source_for_one_profile(secret, monkeypatch):
    with pytest.raises(CannotRun, match="has no"):
        actions.make_token(profile="seattle", source="another")
    with pytest.raises(CannotRun, match="1 to 50"):
        actions.make_token(profile="synthetic", source="x" * 51)
    FeedToken.objects.create(profile="other", source="elsewhere", secret_hash="x")
    with pytest.raises(CannotRun, match="another profile"):
        actions.make_token(profile="synthetic", source="elsewhere")


def test_when_a_token_was_used_is_kept_to_the_minute(post):
    post(message())
    (issued,) = reads.tokens()
    assert issued.last_used_at == views.timezone.now()


def test_only_made_up_or_published_data_may_be_sent_here(post, monkeypatch):
    monkeypatch.setattr(views, "may_be_shown", lambda profile: False)
    answer = post.raw(as_bytes(message()))
    assert (answer.status_code, answer.json()["error"]) == (403, "not_for_demonstration")
    assert nothing_stored()


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_media_type_is_refused(post, media_type):
    assert post.raw(as_bytes(message()), media_type).status_code == 415
    assert nothing_stored()


@pytest.mark.parametrize("body, status, error", [
    (b" \n ", 400, "empty"), (b"x" * (4 * 1024 * 1024 + 1), 413, "request_too_large"),
    (b"1\n" * 501, 413, "too_many_messages"),
])  # fmt: skip
def test_a_request_that_is_too_little_or_too_much(post, body, status, error):
    answer = post.raw(body, "application/x-ndjson")
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert nothing_stored()


def test_a_length_that_lies_is_not_believed(post):
    body = lines(*[message(f"R{n}") for n in range(3)])
    assert post.raw(body, "application/x-ndjson", **{"Content-Length": "5"}).status_code in (200, 400)


def test_one_message_that_is_no_json_is_refused_and_counted(post):
    answer = post.raw(b"{")
    assert (answer.status_code, answer.json()["error"]) == (400, "not_json")
    assert FeedRefusal.objects.get().reason == "not_json"


def test_as_many_as_may_be_at_once(post):
    assert set(post(*[message(f"R{n}", units=[]) for n in range(500)])) == {"accepted"}


def test_other_methods_are_named(post):
    answer = Client().get(ADDRESS)
    assert (answer.status_code, answer["Allow"], answer.json()["error"]) == (405, "POST", "method")


def test_a_source_that_runs_wild_is_slowed(post, settings, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(views, "limit", Limit(clock=lambda: now[0]))
    settings.FEED_MESSAGES_A_SECOND = 100
    body = b"1\n" * 500
    assert [post.raw(body, "application/x-ndjson").status_code for _ in range(3)] == [200, 200, 429]
    assert post.raw(body, "application/x-ndjson")["Retry-After"] == "6"
    assert FeedRefusal.objects.count() == 1000
    now[0] = 5.0
    assert post.raw(body, "application/x-ndjson").status_code == 200
    settings.FEED_MESSAGES_A_SECOND = 0
    assert {post.raw(body, "application/x-ndjson").status_code for _ in range(3)} == {200}


def test_a_slow_limit_still_lets_a_full_request_through():
    now = [0.0]
    limit = Limit(clock=lambda: now[0])
    assert limit.wait_for(1, 500, 1) == 0
    assert limit.wait_for(2, 500, 1) == 0
    wait = limit.wait_for(1, 500, 1)
    now[0] += wait
    assert limit.wait_for(1, 500, 1) == 0


def broken(*args, **named):
    raise OperationalError(f"disk full {CANARY}")


@pytest.mark.parametrize("where", ["insert", "commit"])
@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_stored_is_answered_so_and_nothing_is_kept(post, monkeypatch, where, caplog):
    told = (message(), message("B", status="gone"))
    with monkeypatch.context() as fault, caplog.at_level(logging.INFO):
        fault.setattr(actions, "PAGE_PATIENCE", 0)
        if where == "commit":
            fault.setattr(connection, "commit", broken)
        else:
            fault.setattr(FeedRefusal.objects, "bulk_create", broken)
        answer = post.raw(lines(*told), "application/x-ndjson")
    assert (answer.status_code, answer.json()["error"], answer["Retry-After"]) == (503, "not_stored", "5")
    assert nothing_stored()
    assert "could not be stored" in caplog.text
    assert CANARY not in caplog.text + answer.content.decode()
    assert post(*told) == ["accepted", "quarantined"]


@pytest.mark.django_db(transaction=True)
def test_a_store_that_was_away_for_a_moment_is_tried_again(post, monkeypatch):
    commit, faults = connection.commit, [1]
    monkeypatch.setattr(connection, "commit", lambda: broken() if faults and faults.pop() else commit())
    assert post(message()) == ["accepted"]
    assert not faults
    assert InboxMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_messages_wait_for_the_disk(post, monkeypatch):
    waited, store = [], InboxMessage.objects.bulk_create

    def noted(messages):
        waited.append(waits_for_the_disk())
        return store(messages)

    monkeypatch.setattr(InboxMessage.objects, "bulk_create", noted)
    assert post(message()) == ["accepted"]
    assert waited == [True]


@pytest.mark.django_db(transaction=True)
def test_the_answer_is_made_when_the_transaction_has_ended(post, monkeypatch):
    seen = []
    answer = views._answer

    def noted(*args):
        seen.append(connection.in_atomic_block)
        return answer(*args)

    monkeypatch.setattr(views, "_answer", noted)
    assert post(message()) == ["accepted"]
    assert seen == [False]


def test_no_session_cookie_or_form_token_is_asked_for_or_given(secret):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        ADDRESS, as_bytes(message()), content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 200
    assert not client.cookies
    assert answer["Cache-Control"] == "no-store"


PLANTED = [
    json.dumps(message()).replace("20261122-0001", CANARY * 20).encode(),
    json.dumps(message(status=CANARY)).encode(),
    json.dumps(message(narrative=f"{CANARY} was there")).encode(),
    json.dumps(message(**{CANARY: 1})).encode(),
    json.dumps(message(CANARY, restricted=True, area=CANARY)).replace('"restricted": true', f'"{CANARY}": 1').encode(),
    json.dumps(message(opened_at=CANARY)).encode(),
    json.dumps(message(people=[{"identifier": CANARY, "role": CANARY}])).encode(),
    json.dumps(message(units=[{"callsign": CANARY}])).encode(),
    f"{CANARY}".encode(),
    f'{{"{CANARY}": 1, "{CANARY}": 2}}'.encode(),
    json.dumps([CANARY]).encode(),
]


@pytest.mark.parametrize("told", PLANTED, ids=range(len(PLANTED)))
def test_nothing_a_refused_message_says_is_kept_logged_or_answered(post, told, caplog):
    with caplog.at_level(logging.DEBUG, logger="traumatracker"):
        answers = [post.raw(told), post.raw(told, "application/x-ndjson")]
    assert {answer.status_code for answer in answers} <= {200, 400}
    assert FeedRefusal.objects.count() == 2
    assert not InboxMessage.objects.exists()
    kept = str(list(FeedRefusal.objects.values()))
    assert CANARY not in kept + caplog.text + "".join(answer.content.decode() for answer in answers)
