"""What a refresh leaves unclear, as rows for the queue: from what it printed, the engine's tables and the record."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import duckdb

from traumatracker.engine import bulk
from traumatracker.engine.links import doubtful
from traumatracker.record.conflicts import conflicts
from traumatracker.record.store import ProfileRecord
from traumatracker.sources.profile import Profile

LONGEST_REFERENCE = 400  # characters of a key that are shown; the queue's column holds a little more
_BETWEEN = re.compile("[\x1e\x1f]+")  # what stands between the parts of a key
NOTHING_TO_DO = {"private_role"}  # somebody in a private part is never taken, and nobody is to put that right
OF_ENGINE = ("unmatched", "ambiguous", "doubtful_link")
OF_RUN = ("quarantined", "unmapped")
OF_RECORD = ("conflict",)


class Found(NamedTuple):
    """One thing to settle, as `models.QueueItem` keeps it."""

    kind: str
    source: str
    reference: str
    reason: str
    count: int = 1
    about: dict[str, Any] = {}


def of_engine(connection: duckdb.DuckDBPyConnection) -> list[Found]:
    """Return the identifiers that name nobody or several, and the links that join nothing, from what `build` left."""
    both = [("unmatched", bulk.unmatched(connection)), ("ambiguous", bulk.ambiguous(connection))]
    found = [
        Found(
            kind, one.identifier_type, one.identifier, "nobody_held_it" if kind == "unmatched" else "several_held_it",
            one.claims,
            {"first_day": str(one.first_day or ""), "last_day": str(one.last_day or ""), "people": one.people},
        )
        for kind, rows in both
        for one in rows
    ]  # fmt: skip
    links = doubtful(connection)
    return found + [
        Found(
            "doubtful_link", one.link_kind, f"{one.from_incident_id} → {one.to_incident_id}", one.reason,
            about={"from": one.from_incident_id, "to": one.to_incident_id, "link_kind": one.link_kind},
        )
        for one in links
    ]  # fmt: skip


def of_run(counts: dict[str, Any]) -> list[Found]:
    """Return the rows set aside, by file and reason, and the codes nobody has mapped, from what a refresh printed."""
    aside = [
        Found("quarantined", one["file"], one["file"], one["reason"], one["rows"],
              {"meaning": one["meaning"], "first": one["first"]})
        for one in counts.get("quarantined", [])
        if one["reason"] not in NOTHING_TO_DO
    ]  # fmt: skip
    return aside + [
        Found("unmapped", one["code_system"], one["code"], "no_rule", one["count"], {"label": one["label"]})
        for one in counts.get("unmapped_codes", [])
    ]


def of_record(profile: Profile, held: ProfileRecord) -> list[Found]:
    """Return the rows of one key and version that say different things."""
    return list(_conflicts(profile, held))


def _conflicts(profile: Profile, held: ProfileRecord) -> Iterator[Found]:
    for table in sorted(table.name for table in profile.tables):
        said: dict[tuple[str, int], list[str]] = {}
        keys: dict[str, str] = {}
        for one in conflicts(held, table):
            keys[one.key_sha256] = " / ".join(_BETWEEN.split(one.key))[:LONGEST_REFERENCE]
            hashes = said.setdefault((one.key_sha256, one.version), [one.held_hash])
            if one.hash not in hashes:
                hashes.append(one.hash)
        for (key, version), hashes in sorted(said.items()):
            about = {"table": table, "key_sha256": key, "version": version, "hashes": [one for one in hashes if one]}
            yield Found("conflict", table, f"{keys[key]}, version {version}", "same_version", len(hashes), about)
