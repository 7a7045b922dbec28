"""From the bytes of one live message to the rows the record keeps of it, or to the reason it is not taken.

A cell is read by the very reader that reads it in a file, so what is accepted here is what a refresh accepts. One bad
value sets the whole message aside: it says the whole of one incident, and half of it would be another story.
"""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from traumatracker.sources.feed.rows import Reading, SetAside
from traumatracker.sources.feed.shape import Fault, first_fault
from traumatracker.sources.profile import Profile

# The most one message may be long. Source: judgement; an incident with 100 units and their crews is a tenth of it.
MESSAGE_BYTES = 256 * 1024

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Parsed(NamedTuple):
    """A message that can be kept.

    `key`: the incident's own reference. `content_hash`: of what is kept, whatever the order of lists that carry none.
    `rows`: live table → rows of cells as text, in the order of the table's columns. `known_at`: when the source last
    changed the incident.
    """

    key: str
    version: int
    content_hash: str
    rows: dict[str, list[list[str]]]
    known_at: datetime


class Refused(NamedTuple):
    """A message that is not taken: why, and where as a JSON Pointer.

    `key`, `version`: the incident, where it may be said: not for a restricted message, nor for one with fields that
    nobody declared. `instead`: for a restricted message, the retraction to keep in its place.
    """

    reason: str
    where: str = ""
    key: str = ""
    version: int | None = None
    instead: Parsed | None = None


class _Repeated(ValueError):
    """An object that has one field twice."""


class Reader:
    """Reads the messages of one profile that came at one moment. Raises ValueError for a profile without a feed."""

    def __init__(self, profile: Profile, received_at: datetime):
        self._reading = Reading(profile, received_at)

    def __call__(self, line: bytes) -> Parsed | Refused:
        """Return what is kept of one message, or why nothing is."""
        message = _loaded(line)
        if isinstance(message, Fault):
            return Refused(*message)
        try:
            fault = first_fault(message)
        except RecursionError:
            return Refused("too_deep")
        if _is_restricted(message):
            return Refused("restricted", "/incident/restricted", instead=self._withholding(message["incident"]))
        if fault:
            return self._named(message, Refused(*fault))
        try:
            return self._parsed(message["incident"])
        except SetAside as why:
            return self._named(message, Refused(*why.fault))

    def _parsed(self, incident: dict[str, Any]) -> Parsed:
        kept = self._reading.incident(incident)
        known_at = _EPOCH + timedelta(microseconds=kept.known_at)
        content = json.dumps(kept.content, ensure_ascii=False, separators=(",", ":"))
        return Parsed(kept.key, kept.version, sha256(content.encode()).hexdigest(), kept.rows, known_at)

    def _withholding(self, incident: dict[str, Any]) -> Parsed | None:
        """Return the retraction of a restricted incident; None where it does not say which incident, and as of when.

        It says no more than a retraction does, so nobody can tell from the record that the work is restricted.
        """
        retraction = {name: incident.get(name) for name in ("ref", "version", "updated_at")} | {"status": "retracted"}
        if first_fault({"message": 1, "incident": retraction}):
            return None
        try:
            return self._parsed(retraction)
        except SetAside:
            return None

    def _named(self, message: Any, refused: Refused) -> Refused:
        """Add which incident it is about, where that much of the message is as it should be."""
        incident = message.get("incident") if isinstance(message, dict) else None
        if refused.reason == "undeclared_field" or not isinstance(incident, dict):
            return refused
        known = self._withholding(incident)
        return refused._replace(key=known.key, version=known.version) if known else refused


def parse(message: bytes, profile: Profile, received_at: datetime) -> Parsed | Refused:
    """Return what is kept of one message that came at `received_at`, or why nothing is."""
    return Reader(profile, received_at)(message)


def _is_restricted(message: Any) -> bool:
    incident = message.get("incident") if isinstance(message, dict) else None
    return isinstance(incident, dict) and incident.get("restricted") is True


def _loaded(line: bytes) -> Any:
    """Return the JSON value of a line, or the Fault that keeps it from being one."""
    if len(line) > MESSAGE_BYTES:
        return Fault("too_large", "")
    try:
        text = line.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
        if "\\u" in text:  # half of a surrogate pair is JSON, but no text that anything can store
            json.dumps(value, ensure_ascii=False).encode()
    except _Repeated:
        return Fault("repeated_field", "")
    except RecursionError:
        return Fault("too_deep", "")
    except UnicodeEncodeError:
        return Fault("unreadable_text", "")
    except ValueError:
        return Fault("not_json", "")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Repeated
    return found


def _no_number(word: str) -> Any:
    raise ValueError("NaN and Infinity are no JSON")
