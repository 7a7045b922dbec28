"""What is published of the feed is true: tried by Schemathesis, which makes up requests good and bad from it."""

import json
import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.checks import negative_data_rejection

from tests.feed.messages import message
from traumatracker.sources.feed.shape import schema
from traumatracker.web.feed.models import FeedRefusal
from traumatracker.web.feed.openapi import VERDICTS, description
from traumatracker.web.intake.models import InboxMessage
from traumatracker.web.wsgi import application

ASKED = int(os.environ.get("TRAUMATRACKER_TEST_EXAMPLES", "0"))
EXAMPLES = ASKED or 10
# Every boundary of every field in turn is some 450 requests: only where more examples are asked for.
PHASES = {"coverage": {"enabled": bool(ASKED)}}
published = schemathesis.openapi.from_dict(description(), config=schemathesis.Config.from_dict({"phases": PHASES}))
published.app = application


@schemathesis.serializer("application/x-ndjson")
def as_it_is(context, value):
    return value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()


@pytest.fixture
def as_a_server(settings):
    """No limit of messages, and the connection of the test's transaction stays open."""
    settings.FEED_MESSAGES_A_SECOND = 0
    both = (request_started, request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield
    for signal in both:
        signal.connect(close_old_connections)


@published.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@pytest.mark.usefixtures("as_a_server")
def test_every_answer_is_as_the_description_says(case, secret):
    before = InboxMessage.objects.count() + FeedRefusal.objects.count()
    answer = case.call(headers={"Authorization": f"Bearer {secret}"})
    case.validate_response(
        answer, headers={"Authorization": f"Bearer {secret}"}, excluded_checks=[negative_data_rejection]
    )
    assert answer.status_code < 500
    if case.operation.method.lower() == "post" and answer.status_code == 200:
        counts = answer.json()["counts"]
        kept = InboxMessage.objects.count() + FeedRefusal.objects.count() - before
        assert sum(counts.values()) == answer.json()["messages"]
        # A message that is not of the schema is answered with a verdict, not with an error: nor is it ever taken.
        if case.media_type == "application/json" and set(counts) - {"quarantined"}:
            assert Draft202012Validator(schema()).is_valid(case.body)
        assert kept == sum(counts.values()) - counts.get("duplicate", 0)


def test_the_schema_is_sound_and_a_message_is_of_it():
    Draft202012Validator.check_schema(schema())
    assert Draft202012Validator(schema()).is_valid(message())


def test_the_description_and_the_schema_are_open_to_everybody(db):
    answers = {name: Client().get(f"/feed/v1/{name}.json") for name in ("openapi", "schema")}
    assert answers["openapi"].json() == description()
    assert answers["schema"].json() == schema()
    assert answers["schema"]["Content-Type"] == "application/schema+json"


def test_every_reference_in_the_description_leads_somewhere():
    def references(value):
        if isinstance(value, dict):
            yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                yield from references(each)

    found = set(references(description()))
    assert len(found) > 5
    assert {name.rpartition("/")[2] for name in found} <= set(description()["components"]["schemas"])
    assert {"accepted", "duplicate", "superseded", "conflict", "quarantined"} == set(VERDICTS)


@pytest.mark.parametrize("path", sorted(description()["paths"]))
@pytest.mark.parametrize("method", ["TRACE", "QUERY", "PUT", "DELETE", "PATCH"])
def test_a_method_that_is_not_described_is_not_allowed(path, method, db):
    assert Client(enforce_csrf_checks=True).generic(method, path).status_code == 405
