"""What writes to the store for a live feed: tokens, and the messages of a request with their verdicts."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError
from django.utils import timezone

from traumatracker.errors import CannotRun
from traumatracker.sources.channels import LIVE
from traumatracker.sources.feed.message import Parsed, Refused
from traumatracker.sources.profile import find_profile
from traumatracker.web.durable import on_disk, turn
from traumatracker.web.feed.models import FeedRefusal, FeedToken
from traumatracker.web.feed.reads import Sender, hash_of
from traumatracker.web.intake.models import InboxMessage
from traumatracker.web.retry import PAGE_PATIENCE, once

SECRET_BYTES = 32
# How often the same request is decided anew because another writer came first. Source: judgement; each time, somebody
# else has got on, so with the 8 threads that answer pages it is never reached.
ATTEMPTS = 20
_USED_TO_THE = timedelta(minutes=1)


class Verdict(NamedTuple):
    """What became of one message: accepted, duplicate, superseded, conflict or quarantined; why, for the last two."""

    verdict: str
    reason: str = ""
    place: str = ""


def make_token(*, profile: str, source: str) -> str:
    """Return the secret of a new token; it is not kept and cannot be shown again.

    Raises CannotRun: the profile takes no live feed, or the source sends for another one.
    """
    if find_profile(profile).feed is None:
        raise CannotRun(f"The profile {profile} has no [feed], so it takes no live messages. Add one to it first.")
    if not 0 < len(source) <= FeedToken._meta.get_field("source").max_length:
        raise CannotRun("A source needs a name of 1 to 50 characters, such as the system that sends.")
    secret = f"ttfeed_{secrets.token_urlsafe(SECRET_BYTES)}"
    with on_disk():
        if FeedToken.objects.filter(source=source).exclude(profile=profile).exists():
            raise CannotRun("A source of this name sends for another profile. Choose another name.")
        FeedToken.objects.create(profile=profile, source=source, secret_hash=hash_of(secret))
    return secret


def revoke(*, source: str, keep_newest: bool = False) -> int:
    """Revoke the tokens of a source, at once and for good; return how many. `keep_newest`: all but the newest."""
    with on_disk():
        standing = FeedToken.objects.filter(source=source, revoked_at=None)
        newest = standing.order_by("-id").values_list("id", flat=True).first()
        if keep_newest and newest is not None:
            standing = standing.exclude(id=newest)
        return standing.update(revoked_at=timezone.now())


def take(sender: Sender, messages: Sequence[Parsed | Refused], received_at: datetime) -> list[Verdict]:
    """Store the messages of one request and return the verdict on each, in their order.

    Everything is on the disk when this returns, and nothing when it raises: StoreAway, when the store stayed away, and
    whatever the store raised that waiting does not help.
    """
    for attempt in range(ATTEMPTS):
        try:
            return once(
                lambda: _Request(sender, received_at).take(messages),
                PAGE_PATIENCE,
                within=lambda: adding_to_inbox(sender.profile),
            )
        except IntegrityError:  # the same message came at the same time by another request: look again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("never reached")


@contextmanager
def adding_to_inbox(profile: str) -> Iterator[None]:
    """One durable transaction that adds to a profile's inbox, alone: nobody adds between its look and its writing.

    So its messages also become visible in the order of their ids, and whoever reads on from the last id misses none.
    """
    with on_disk():
        turn("inbox", profile)
        yield


class _Request:
    """The messages of one request, against what is held and against each other."""

    def __init__(self, sender: Sender, received_at: datetime):
        self._sender, self._at = sender, received_at
        self._held: dict[tuple[str, int], str] = {}
        self._newest: dict[str, int] = {}
        self._inbox: list[InboxMessage] = []
        self._refusals: list[FeedRefusal] = []

    def take(self, messages: Sequence[Parsed | Refused]) -> list[Verdict]:
        self._look(messages)
        verdicts = [self._one(message) for message in messages]
        InboxMessage.objects.bulk_create(self._inbox)
        FeedRefusal.objects.bulk_create(self._refusals)
        self._used()
        return verdicts

    def _look(self, messages: Sequence[Parsed | Refused]) -> None:
        kept = (message.instead if isinstance(message, Refused) else message for message in messages)
        keys = {message.key for message in kept if message}
        held = InboxMessage.objects.filter(profile=self._sender.profile, channel=LIVE, key__in=keys)
        for key, version, content_hash in held.values_list("key", "version", "content_hash"):
            self._note(key, version, content_hash)

    def _note(self, key: str, version: int, content_hash: str) -> None:
        self._held[key, version] = content_hash
        self._newest[key] = max(version, self._newest.get(key, version))

    def _one(self, message: Parsed | Refused) -> Verdict:
        if isinstance(message, Parsed):
            verdict = self._keep(message)
            if verdict.verdict == "conflict":
                self._conflict(message)
            return verdict
        reason = message.reason
        if message.instead and self._keep(message.instead).verdict == "conflict":
            reason = "restricted_again"
        self._refuse(reason, message.where, message.key, message.version)
        return Verdict("quarantined", reason, message.where)

    def _keep(self, message: Parsed) -> Verdict:
        """Put a message into the inbox unless its version is held, and say what it is to what is held."""
        held = self._held.get((message.key, message.version))
        if held is not None:
            return Verdict("duplicate") if held == message.content_hash else Verdict("conflict", "conflict")
        newest = self._newest.get(message.key, message.version)
        self._note(message.key, message.version, message.content_hash)
        self._inbox.append(
            InboxMessage(
                profile=self._sender.profile, channel=LIVE, source=self._sender.source,
                received_at=self._at, **message._asdict(),
            )
        )  # fmt: skip
        return Verdict("superseded" if message.version < newest else "accepted")

    def _conflict(self, message: Parsed) -> None:
        told = {"content_hash": message.content_hash, "rows": message.rows}
        self._refuse("conflict", "", message.key, message.version, **told)

    def _refuse(self, reason: str, place: str, key: str, version: int | None, **kept: object) -> None:
        said = {"reason": reason, "place": place, "key": key, "version": version}
        whose = {"profile": self._sender.profile, "source": self._sender.source, "received_at": self._at}
        self._refusals.append(FeedRefusal(**said, **whose, **kept))

    def _used(self) -> None:
        before = self._sender.last_used_at
        if before is None or self._at - before >= _USED_TO_THE:
            FeedToken.objects.filter(id=self._sender.token_id).update(last_used_at=self._at)
