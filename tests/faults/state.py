"""The whole state, as plain data that can be compared: what was accepted, what was refused, what it came to.

Left out: numbers the store gives (ids, runs) and the time things were done, which differ between equal histories.
"""

import hashlib
import json
from pathlib import Path

import duckdb

from traumatracker.record.quarantine import all_quarantined
from traumatracker.record.store import Record
from traumatracker.sources.profile import find_profile
from traumatracker.web.exposure.models import Exposure, OpenQuestion
from traumatracker.web.people.models import Person, Posting, Unit

PROFILE = "synthetic"
FINDING = ("key", "person__hr_ref", "exposed_on", "known_on", "category", "role", "rule", "team__unit_ref", "pack")


def derived() -> dict[str, list]:
    """Everything that can be dropped and computed again, each list sorted."""
    weights = ("category_weight", "role_weight", "points")
    return {
        "exposures": _findings(Exposure, *weights),
        "questions": _findings(OpenQuestion),
        "people": _rows(Person, "hr_ref", "display_name", "worker_type", "started_on", "left_on"),
        "units": _rows(Unit, "unit_ref", "name", "kind", "parent__unit_ref"),
        "postings": _rows(Posting, "person__hr_ref", "unit__unit_ref", "rank_code", "role_title", "is_supervisor",
                          "valid_from", "valid_to"),
    }  # fmt: skip


def held(home: Path, profile_id: str = PROFILE) -> dict[str, list]:
    """The newest row of every key of every table of the record's files: key, version, and the hash of what it says."""
    record, found = Record(home).of(profile_id), {}
    with duckdb.connect() as connection:
        for table in find_profile(profile_id).tables:
            if record.parts(table.name):
                rows = record.current(connection, table.name).project("_key, _version, hex(_hash)").fetchall()
                versioned = bool(table.version)  # elsewhere the version is the moment of the batch
                found[table.name] = sorted([key, version if versioned else 0, said] for key, version, said in rows)
    return found


def refused(home: Path, profile_id: str = PROFILE) -> list:
    """Table, line and reason of every row set aside from files."""
    rows = all_quarantined(Record(home).of(profile_id)).to_pylist()
    return sorted([row["table"], row["row"], row["column"], row["reason"]] for row in rows)


def whole(home: Path) -> dict[str, object]:
    """All of it: what a killed and resumed history must share with an undisturbed one."""
    return json.loads(json.dumps({"derived": derived(), "held": held(home), "refused": refused(home)}, default=str))


def fingerprint(state: object) -> str:
    """One short text for a state, to print."""
    return hashlib.sha256(json.dumps(state, sort_keys=True, default=str).encode()).hexdigest()[:16]


def differing(one: dict, other: dict) -> int:
    """How many rows are in one of two states and not in the other."""
    flat, flat_other = (list(map(json.dumps, _flat(state))) for state in (one, other))
    return sum(1 for row in flat if row not in set(flat_other)) + sum(1 for row in flat_other if row not in set(flat))


def rows_in(state: dict) -> int:
    """How many rows a state holds."""
    return len(list(_flat(state)))


def _flat(state, path=()):
    if isinstance(state, dict):
        for name, value in sorted(state.items()):
            yield from _flat(value, (*path, name))
    else:
        for row in state:
            yield [*path, row]


def _findings(model, *more):
    names = (*FINDING, *more)
    rows = model.objects.values_list(*names, "reasons")
    return sorted([*map(str, row[:-1]), json.dumps(row[-1], sort_keys=True)] for row in rows)


def _rows(model, *names):
    return sorted([str(value) for value in row] for row in model.objects.values_list(*names))
