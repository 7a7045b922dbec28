"""The signed heads: a file outside the store, one line each, in which every line also holds the hash of the one before.

A head says that at this time the chain had so many events and ended in this hash. Whoever keeps a copy of the file and
of the public key can show later that the chain was cut off or written anew, whoever did it.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from traumatracker.errors import CannotRun
from traumatracker.web.audit.canonical import GENESIS, spelled

FORMAT = 1
SEAL, RESEAL = "seal", "reseal"


@dataclass(frozen=True)
class Places:
    """Where the key, its public half and the heads are."""

    key: Path
    heads: Path

    @property
    def public(self) -> Path:
        """The public half, beside the key: what others need to check the heads."""
        return self.key.with_name(self.key.name + ".pub")


@dataclass(frozen=True)
class Sealed:
    """One line of the file. `wrong`: "" or what is wrong with it: "heads" (its place in the file) or "signature"."""

    kind: str
    events: int
    hash: str
    at: str
    agreed: int = 0
    reason: str = ""
    wrong: str = ""


def places(home: Path) -> Places:
    """Return where this installation keeps its key and its heads: the settings, else the home folder."""
    key, heads = os.environ.get("TRAUMATRACKER_AUDIT_KEY"), os.environ.get("TRAUMATRACKER_AUDIT_HEADS")
    return Places(Path(key or home / "audit-key"), Path(heads or home / "audit-heads.jsonl"))


def public_key(path: Path) -> Ed25519PublicKey:
    """Return a public key from its file. Raises CannotRun when it is not there or is none."""
    try:
        key = form.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as bad:
        raise CannotRun(f"{path} cannot be read as a public key. Give the .pub file made by `audit seal`.") from bad
    if not isinstance(key, Ed25519PublicKey):
        raise CannotRun(f"{path} is a key of another kind. Give the .pub file made by `audit seal`.")
    return key


def read(path: Path, key: Ed25519PublicKey | None) -> list[Sealed]:
    """Return every line of the file, checked; none where there is no file. A last line never finished is no head."""
    if not path.exists():
        return []
    previous, found = GENESIS, []
    for line in path.read_bytes().split(b"\n")[:-1]:
        found.append(_sealed(line, previous, key))
        previous = sha256(line).hexdigest()
    return found


def _sealed(line: bytes, previous: str, key: Ed25519PublicKey | None) -> Sealed:
    try:
        said: dict[str, Any] = json.loads(line)
        signature = base64.b64decode(said.pop("signature"))
        sealed = Sealed(*(said[name] for name in ("kind", "events", "hash", "at", "agreed", "reason")))
        if key is None:
            raise InvalidSignature
        key.verify(signature, spelled(said))
    except InvalidSignature:
        return Sealed(sealed.kind, sealed.events, sealed.hash, sealed.at, wrong="signature")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Sealed("", 0, "", "", wrong="signature")
    if said["previous"] != previous:
        return Sealed(sealed.kind, sealed.events, sealed.hash, sealed.at, wrong="heads")
    return sealed


class Writer:
    """The open file of heads, which nobody else adds to meanwhile."""

    def __init__(self, file: Any, where: Places):
        self._file, self._key = file, _private_key(where)
        self.public = self._key.public_key()

    def add(self, kind: str, events: int, hash_: str, *, agreed: int = 0, reason: str = "") -> Sealed:
        """Sign a head and add it; it is on the disk when this returns."""
        self._file.seek(0)
        held = self._file.read()
        whole = held.rfind(b"\n") + 1  # a line never finished, by a process that was killed, was never a head
        lines = held[:whole].split(b"\n")[:-1]
        previous = sha256(lines[-1]).hexdigest() if lines else GENESIS
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        said = {"format": FORMAT, "kind": kind, "events": events, "hash": hash_, "at": at, "agreed": agreed,
                "reason": reason, "previous": previous}  # fmt: skip
        said["signature"] = base64.b64encode(self._key.sign(spelled(said))).decode()
        self._file.truncate(whole)
        self._file.seek(0, os.SEEK_END)
        self._file.write(spelled(said) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        return Sealed(kind, events, hash_, at, agreed, reason)


@contextmanager
def adding(where: Places) -> Iterator[Writer]:
    """Open the file of heads to add to it, alone. Raises CannotRun when the key or the file cannot be used."""
    if where.public.exists() and not where.key.exists():
        raise CannotRun("The audit's key is gone and its public half is not. Put the key back; do not make a new one.")
    try:
        where.heads.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(where.heads, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as bad:
        raise CannotRun(
            f"{where.heads} cannot be written. See whether its folder is there and may be written."
        ) from bad
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield Writer(file, where)


def _private_key(where: Places) -> Ed25519PrivateKey:
    """Return the key, made once and readable by its owner only. The lock of the heads is held."""
    if not where.key.exists():
        where.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate()
        pem = made.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        descriptor = os.open(where.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    if where.key.stat().st_mode & 0o077:
        raise CannotRun(f"{where.key} may be read by others than its owner. Take that away: chmod 600.")
    try:
        key = form.load_pem_private_key(where.key.read_bytes(), None)
    except (ValueError, TypeError) as bad:
        raise CannotRun(f"{where.key} is no Ed25519 key without a password. Put the right file there.") from bad
    if not isinstance(key, Ed25519PrivateKey):
        raise CannotRun(f"{where.key} is a key of another kind. Put the Ed25519 key there.")
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    if not where.public.exists():
        where.public.write_bytes(public)
    return key
