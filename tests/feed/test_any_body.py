"""Bodies nobody thought of: no error, and every message in them is accounted for."""

import copy
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.feed.messages import RECEIVED_AT, as_bytes, message, read, unit
from traumatracker.sources.feed.message import Refused
from traumatracker.sources.feed.reasons import meaning
from traumatracker.web.feed.models import FeedRefusal
from traumatracker.web.intake.models import InboxMessage

EXAMPLES = int(os.environ.get("TRAUMATRACKER_TEST_EXAMPLES", "0")) or 25
tried = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

words = st.sampled_from(["", " ", "-", "open", "left", "2026-11-22T08:00:00Z", "2026-11-22T08:00", "0", "\x00", "a:b"])
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), words, st.text(max_size=20))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=8
)


def places(value, path=()):
    """Every place in a JSON value, the whole first."""
    yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in entries:
        yield from places(inner, (*path, name))


UNITS = [unit(role="cordon", at_scene_at="2026-11-22T08:05:00Z"), unit("CD34", "assigned")]
PLACES = sorted(places(message(restricted=False, units=UNITS)), key=str)


@st.composite
def bent(draw):
    """A good message of one of a few incidents, with up to three of its places replaced, removed or added to."""
    told = message(
        draw(st.sampled_from("ABC")),
        draw(st.integers(0, 3)),
        restricted=draw(st.sampled_from([False, False, True])),
        units=copy.deepcopy(UNITS),
    )
    for path in draw(st.lists(st.sampled_from(PLACES), max_size=3)):
        told = replaced(told, path, draw(anything), draw(st.sampled_from(["replace", "remove", "add"])))
    return as_bytes(told)


def replaced(told, path, value, how):
    if not path:
        return value if how == "replace" else told
    told = copy.deepcopy(told)
    at = told
    for step in path[:-1]:
        try:
            at = at[step]
        except (KeyError, IndexError, TypeError):
            return told  # an earlier change took this place away
    if isinstance(at, dict) and how == "add":
        at[str(value)[:30]] = value
    elif isinstance(at, dict) and how == "remove":
        at.pop(path[-1], None)
    elif (isinstance(at, list) and path[-1] < len(at)) or isinstance(at, dict):
        at[path[-1]] = value
    return told


LINE = st.one_of(bent(), bent(), st.binary(max_size=40), anything.map(as_bytes))


@tried
@given(told=st.lists(LINE.map(lambda line: line.replace(b"\n", b" ")), max_size=12))
def test_every_message_of_any_body_is_accounted_for(post, settings, told):
    settings.FEED_MESSAGES_A_SECOND = 0
    before = {*InboxMessage.objects.values_list("key", "version")}, FeedRefusal.objects.count()
    expected = [line for line in told if line.strip()]
    answer = post.raw(b"\n".join(told), "application/x-ndjson")
    if not expected:
        assert answer.status_code in (400, 415)  # the client names no media type where there is no body
        return
    assert answer.status_code == 200
    verdicts = answer.json()["verdicts"]
    assert [verdict["line"] for verdict in verdicts] == [n for n, line in enumerate(told, 1) if line.strip()]
    held, refusals = before
    for line, verdict in zip(expected, verdicts, strict=True):
        refusals += agrees(line, verdict, held)
    assert {*InboxMessage.objects.values_list("key", "version")} == held
    assert FeedRefusal.objects.count() == refusals


def agrees(line, verdict, held):
    """Check one verdict against the message alone, note what must be held now, and return how many refusals it left."""
    parsed = read(line)
    kept = parsed.instead if isinstance(parsed, Refused) else parsed
    newest = max((version for key, version in held if kept and key == kept.key), default=-1)
    is_held = kept is not None and (kept.key, kept.version) in held
    if kept:
        held.add((kept.key, kept.version))
    if isinstance(parsed, Refused):
        assert verdict["verdict"] == "quarantined"
        assert verdict["reason"] in (parsed.reason, f"{parsed.reason}_again")
        assert verdict["what_to_do"] == meaning(verdict["reason"])
        return 1
    if is_held:
        assert verdict["verdict"] in ("duplicate", "conflict")
        return int(verdict["verdict"] == "conflict")
    assert verdict["verdict"] == ("accepted" if kept.version > newest else "superseded")
    return 0


@tried
@given(body=st.binary(max_size=200), media_type=st.sampled_from(["application/json", "application/x-ndjson"]))
def test_no_bytes_break_it(post, body, media_type):
    assert post.raw(body, media_type).status_code in (200, 400, 415)


@pytest.mark.parametrize("how", [
    lambda depth: b"[" * depth + b"]" * depth,
    lambda depth: b'{"incident":' * depth + b"1" + b"}" * depth,
    lambda depth: b'{"message":1,"incident":{"units":' + b"[" * depth + b"]" * depth + b"}}",
])  # fmt: skip
@pytest.mark.parametrize("depth", [10, 300, 700, 950, 3000])
def test_no_depth_breaks_it(post, how, depth):
    answer = post.raw(how(depth), "application/x-ndjson")
    assert answer.status_code == 200
    assert answer.json()["counts"] == {"quarantined": 1}


@tried
@given(data=st.data())
def test_in_any_order_the_same_is_held(post, settings, data):
    """The stored messages are the same set, and say the same, in whatever order and split they come."""
    settings.FEED_MESSAGES_A_SECOND = 0
    told = [message(ref, version, area=f"N{version}") for ref in "AB" for version in (1, 2, 3)]
    told += [message("A", 4, status="retracted"), message("B", 4, restricted=True)]
    order = data.draw(st.permutations([*told, *data.draw(st.lists(st.sampled_from(told), max_size=3))]))
    cut = data.draw(st.integers(0, len(order)))
    InboxMessage.objects.all().delete()
    for part in (order[:cut], order[cut:]):
        if part:
            assert post.raw(b"\n".join(map(as_bytes, part)), "application/x-ndjson").status_code == 200
    expected = {}
    for each in told:
        parsed = read(each)
        kept = parsed.instead if isinstance(parsed, Refused) else parsed
        expected[kept.key, kept.version] = (kept.content_hash, kept.rows, RECEIVED_AT)
    assert {
        (row["key"], row["version"]): (row["content_hash"], row["rows"], row["received_at"])
        for row in InboxMessage.objects.values()
    } == expected
