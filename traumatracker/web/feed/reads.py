"""Who may send, for the door and the command line. Nothing here is about a person."""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from traumatracker.web.feed.models import FeedToken


class Sender(NamedTuple):
    """A source that showed a token: which token, and what it may send."""

    token_id: int
    source: str
    profile: str
    last_used_at: datetime | None


class Issued(NamedTuple):
    """One token as a list shows it, without its secret."""

    id: int
    source: str
    profile: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def hash_of(secret: str) -> str:
    """Return what is kept of a secret. It has 256 random bits, so a plain hash cannot be guessed back."""
    return sha256(secret.encode()).hexdigest()


def sender(authorization: str) -> Sender | None:
    """Return who sends with this Authorization header; None alike for no token, a wrong and a revoked one."""
    scheme, _, secret = authorization.partition(" ")
    if scheme.casefold() != "bearer" or not secret.strip():
        return None
    standing = FeedToken.objects.filter(secret_hash=hash_of(secret.strip()), revoked_at=None)
    row = standing.values_list("id", "source", "profile", "last_used_at").first()
    return Sender(*row) if row else None


def tokens() -> list[Issued]:
    """Return every token ever made, the newest last."""
    return [Issued(*row) for row in FeedToken.objects.order_by("id").values_list(*Issued._fields)]
