"""A small sender: posts a file of messages to a live feed's address, again and again until they are answered.

Sending a message twice is safe, because the second is a duplicate; so whatever may not have arrived is sent again.
"""

import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from traumatracker.errors import CannotRun
from traumatracker.sources.feed.body import MANY, MESSAGES, REQUEST_BYTES

# Waiting before the same is sent again: 1, 2, 4 … seconds, 30 at most, ten times. Source: judgement; a little over four
# minutes, longer than a restart of the server takes.
ATTEMPTS, LONGEST_WAIT = 10, 30
SECONDS_FOR_AN_ANSWER = 60
REFUSED_SHOWN = 20
_AGAIN = {429, 502, 503, 504}
_OF_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}

Post = Callable[[bytes], dict[str, Any]]


@dataclass
class Sent:
    """How many messages were sent, the verdicts on them, and the first that were refused, by line of the file."""

    messages: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    refused: list[dict[str, Any]] = field(default_factory=list)


class _Again(Exception):
    """No answer, or one that says to come back: after so many seconds, where it says when."""

    def __init__(self, why: str, after: float | None = None):
        super().__init__(why)
        self.after = after


def send(path: Path, post: Post, progress: Callable[[int], None] | None = None) -> Sent:
    """Post every line of a file, in order; `progress(done)` counts messages. Raises CannotRun when it is refused whole.

    What was answered before stays taken, and the same file may be sent again.
    """
    sent = Sent()
    for numbers, body in _requests(path):
        answer = post(body)
        sent.messages += answer["messages"]
        sent.counts.update(answer["counts"])
        for verdict in answer["verdicts"]:
            if verdict["verdict"] in ("conflict", "quarantined") and len(sent.refused) < REFUSED_SHOWN:
                sent.refused.append({**verdict, "line": numbers[verdict["line"] - 1]})
        if progress:
            progress(sent.messages)
    return sent


def poster(url: str, token: str, sleep: Callable[[float], None] = time.sleep) -> Post:
    """Return what posts one request to the feed at `url` and returns its answer; it tries again while that may help.

    Raises CannotRun for an address that would send the token in the clear, and when nothing more can be done.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _OF_THIS_MACHINE):
        raise CannotRun("The token may not travel in the clear. Use an address that begins with https://.")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": MANY}

    def post(body: bytes) -> dict[str, Any]:
        for attempt in range(ATTEMPTS):
            try:
                return _answer(urllib.request.Request(url, body, headers))  # noqa: S310 - its scheme is checked above
            except _Again as why:
                if attempt == ATTEMPTS - 1:
                    raise CannotRun(f"The feed cannot be reached: {why}. Try again later; it is safe.") from why
                sleep(why.after if why.after is not None else min(LONGEST_WAIT, 2**attempt))
        raise AssertionError("never reached")

    return post


def _answer(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_FOR_AN_ANSWER) as answer:  # noqa: S310
            return json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        if refused.code in _AGAIN:
            told = refused.headers.get("Retry-After", "")
            raise _Again(f"it answers {refused.code}", float(told) if told.isdigit() else None) from refused
        raise CannotRun(f"The feed refused the request ({refused.code}). {_what_to_do(refused)}") from refused
    except (OSError, ValueError) as lost:
        raise _Again(f"no answer ({type(lost).__name__})") from lost


def _what_to_do(refused: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(refused.read())["what_to_do"])
    except (ValueError, KeyError, OSError):
        return "Check the address: it ends with /feed/v1/messages."


def _requests(path: Path) -> Iterator[tuple[list[int], bytes]]:
    """Yield the file in requests that are not too large, each with the file's line number of every line in it."""
    numbers: list[int] = []
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = line.rstrip(b"\r\n") + b"\n"
            if not text.strip():
                continue
            if lines and (len(lines) == MESSAGES or size + len(text) > REQUEST_BYTES):
                yield numbers, b"".join(lines)
                numbers, lines, size = [], [], 0
            numbers.append(number)
            lines.append(text)
            size += len(text)
    if lines:
        yield numbers, b"".join(lines)
