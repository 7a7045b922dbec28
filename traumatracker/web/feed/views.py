"""Taking live messages. What a message says goes to the record or nowhere: not into an answer, an error or a log."""

import logging
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import Error as StoreError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from traumatracker.sources.feed.body import MANY, MESSAGES, ONE, REQUEST_BYTES, Line, lines_of
from traumatracker.sources.feed.message import Reader
from traumatracker.sources.feed.reasons import meaning
from traumatracker.sources.feed.shape import schema
from traumatracker.sources.profile import find_profile
from traumatracker.web.door import FEED, OPEN, access
from traumatracker.web.feed import actions
from traumatracker.web.feed.limit import Limit
from traumatracker.web.feed.openapi import description
from traumatracker.web.feed.problems import problem
from traumatracker.web.feed.reads import Sender
from traumatracker.web.made_up import may_be_shown
from traumatracker.web.retry import StoreAway

log = logging.getLogger(__name__)

SECONDS_BEFORE_RETRYING = 5  # after the store could not be written; told to the source. Source: judgement
limit = Limit()
_profile = lru_cache(maxsize=16)(find_profile)  # a profile that changed is read when the pages are started again


@csrf_exempt  # no cookie is looked at: whoever sends is known by the token alone
@access(FEED, "POST")
def messages(request: HttpRequest, sender: Sender) -> HttpResponse:
    """Take the messages of one request and answer with the verdict on each, once all of them are on the disk."""
    if not may_be_shown(sender.profile):
        return problem("not_for_demonstration")
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    if media_type not in (ONE, MANY):
        return problem("media_type")
    body = _body(request)
    if body is None:
        return problem("request_too_large")
    lines = lines_of(body, media_type)
    if not lines:
        return problem("empty")
    if len(lines) > MESSAGES:
        return problem("too_many_messages")
    if wait := limit.wait_for(sender.token_id, len(lines), settings.FEED_MESSAGES_A_SECOND):
        return problem("too_fast", retry_after=wait)
    return _taken(sender, lines, media_type)


@csrf_exempt  # nothing to forge: a method that is not named is refused as such, not for lack of a form's token
@access(OPEN)
def openapi(request: HttpRequest) -> HttpResponse:
    """Publish how to send, for programs."""
    return JsonResponse(description())


@csrf_exempt
@access(OPEN)
def message_schema(request: HttpRequest) -> HttpResponse:
    """Publish the shape of a message."""
    return JsonResponse(schema(), content_type="application/schema+json")


def _taken(sender: Sender, lines: Sequence[Line], media_type: str) -> HttpResponse:
    received_at = timezone.now()
    read = Reader(_profile(sender.profile), received_at)
    try:
        verdicts = actions.take(sender, [read(line.text) for line in lines], received_at)
    except (StoreError, StoreAway) as why:
        log.error("Live messages could not be stored: %s", type(why).__name__)
        return problem("not_stored", retry_after=SECONDS_BEFORE_RETRYING)
    if media_type == ONE and verdicts[0].reason == "not_json":
        return problem("not_json")
    return JsonResponse(_answer(lines, verdicts))


def _answer(lines: Sequence[Line], verdicts: list[actions.Verdict]) -> dict[str, Any]:
    counted = Counter(verdict.verdict for verdict in verdicts)
    told = [_told(line.number, verdict) for line, verdict in zip(lines, verdicts, strict=True)]
    return {"messages": len(lines), "counts": dict(sorted(counted.items())), "verdicts": told}


def _told(line: int, verdict: actions.Verdict) -> dict[str, Any]:
    told: dict[str, Any] = {"line": line, "verdict": verdict.verdict}
    if verdict.reason:
        told |= {"reason": verdict.reason, "place": verdict.place, "what_to_do": meaning(verdict.reason)}
    return told


def _body(request: HttpRequest) -> bytes | None:
    """Return the body, or None where it is longer than a request may be; no more of it is read than that."""
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > REQUEST_BYTES:
        return None
    try:
        body = request.read(REQUEST_BYTES + 1)
    except UnreadablePostError:  # the source went away while sending: nobody is left to answer
        return b""
    return None if len(body) > REQUEST_BYTES else body
