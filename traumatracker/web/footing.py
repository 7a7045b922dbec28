"""What a refresh stands on, as one hash: the same footing means the same findings, so they need not be found again."""

from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from traumatracker.engine.pack import Pack
from traumatracker.record.store import Record
from traumatracker.sources.profile import Profile

_PACKAGE = Path(__file__).resolve().parent.parent
# Everything that decides what rows of the record come to. A new version of any of it finds everything again.
_DECIDES = ("engine/*.py", "record/*.py", "sources/canonical.py", "sources/gives.py", "packs/channels/*.toml",
            "web/desired.py", "web/difference.py", "web/apply.py", "web/refreshing.py")  # fmt: skip


def fingerprint(profile: Profile, pack: Pack, as_of: date, record: Record) -> str:
    """Return the SHA-256 of the record's files that count, the profile, the pack, the day, and our own code."""
    manifest = record.of(profile.id).manifest()
    parts = {name: (table.get("parts"), table.get("withheld")) for name, table in manifest["tables"].items()}
    said = (sorted(parts.items()), profile.id, profile.fingerprint, pack.label, _pack(pack.id), as_of, _code())
    return sha256(repr(said).encode()).hexdigest()


def _pack(pack_id: str) -> str:
    return _hash(sorted((_PACKAGE / "packs" / pack_id).glob("*")))


@cache
def _code() -> str:
    return _hash(sorted(path for pattern in _DECIDES for path in _PACKAGE.glob(pattern)))


def _hash(paths: list[Path]) -> str:
    return sha256(b"".join(sha256(path.name.encode() + path.read_bytes()).digest() for path in paths)).hexdigest()
