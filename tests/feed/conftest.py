"""A source with a token, and what posts for it."""

from types import SimpleNamespace

import pytest
from django.test import Client

from tests.feed.messages import RECEIVED_AT, as_bytes, lines
from traumatracker.web.feed import actions, views
from traumatracker.web.feed.limit import Limit
from traumatracker.web.feed.models import FeedRefusal
from traumatracker.web.intake.models import InboxMessage

ADDRESS = "/feed/v1/messages"


@pytest.fixture(autouse=True)
def received_at(monkeypatch):
    """All requests come at one moment, a little after what the messages tell of; and each test starts unhurried."""
    monkeypatch.setattr(views.timezone, "now", lambda: RECEIVED_AT)
    monkeypatch.setattr(views, "limit", Limit())


@pytest.fixture
def secret(db):
    return actions.make_token(profile="synthetic", source="control-room")


@pytest.fixture
def post(secret):
    """`post(message, …)` → the verdicts: one message as JSON, several as NDJSON. `.raw(body, …)` → the answer."""

    def raw(body, media_type="application/json", token=secret, **headers):
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        return Client().post(ADDRESS, body, content_type=media_type, headers=authorization | headers)

    def send(*told):
        media_type = "application/json" if len(told) == 1 else "application/x-ndjson"
        answer = raw(as_bytes(told[0]) if len(told) == 1 else lines(*told), media_type)
        assert answer.status_code == 200, answer.content
        said = answer.json()
        assert said["messages"] == len(said["verdicts"]) == sum(said["counts"].values()) == len(told)
        return [verdict["verdict"] for verdict in said["verdicts"]]

    send.raw = raw
    return send


@pytest.fixture
def stored(db):
    """What the store holds: `stored.inbox()` → (key, version) in order of arrival, `stored.refusals()` → rows."""
    return SimpleNamespace(
        inbox=lambda: list(InboxMessage.objects.order_by("id").values_list("key", "version")),
        refusals=lambda: list(FeedRefusal.objects.order_by("id").values("key", "version", "reason", "place", "rows")),
    )
