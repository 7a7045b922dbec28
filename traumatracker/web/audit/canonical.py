"""The one way an event is spelled out before it is hashed. Never changed, only followed by another format."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

FORMAT = 1
GENESIS = "0" * 64  # stands where the first event looks for the one before it
# What is hashed of an event, by the model's column names. The row's own `id` and `hash` are not.
CONTENT = (
    "sequence", "at", "actor_id", "office", "subject_id", "basis", "purpose", "surface", "data_class", "fields",
    "rows", "outcome", "request",
)  # fmt: skip


def digest(previous: str, values: dict[str, Any]) -> str:
    """Return the hash of an event as 64 hexadecimal digits: SHA-256 of the previous hash and the event spelled out.

    `values`: every column of CONTENT as the model holds it. Raises KeyError when one is missing.
    """
    said = {name: _plain(values[name]) for name in CONTENT} | {"format": FORMAT}
    return sha256(previous.encode() + spelled(said)).hexdigest()


def spelled(said: dict[str, Any]) -> bytes:
    """Return plain values as JSON that is always the same for the same values: sorted, without blanks, in ASCII."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    if isinstance(value, UUID):
        return value.hex
    return value
