"""The body of a request, taken apart into messages. Nothing of it is looked into here."""

from collections.abc import Sequence
from typing import NamedTuple

# The most one request may hold. Source: judgement; at 50 messages a second this is ten seconds of a large force.
REQUEST_BYTES = 4 * 1024 * 1024
MESSAGES = 500

ONE, MANY = "application/json", "application/x-ndjson"


class Line(NamedTuple):
    """One message of a request, with the number of its line, the first being 1."""

    number: int
    text: bytes


def lines_of(body: bytes, media_type: str) -> Sequence[Line]:
    """Return the messages of a body: all of it as one, or one for each line that is not blank."""
    if media_type == ONE:
        return [Line(1, body)] if body.strip() else []
    return [Line(number, text) for number, text in enumerate(body.split(b"\n"), start=1) if text.strip()]
