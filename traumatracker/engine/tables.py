"""The canonical tables: what every source is turned into before the engine reads it.

One declaration, `ENTITIES`, serves three readers: the sources (what to write), the reference evaluator
(rows as plain tuples) and DuckDB (columns of an Arrow table). Codes and identifiers are text from end to
end: `4.10` is not a number, and neither is collar `0123`. Instants are UTC; every `_on` column is the
local date at the force, worked out by the source profile, so that the engine needs no time zone.
Intervals are half-open: `valid_from <= day` and `day < valid_to`, an empty `valid_to` meaning "still".
"""

from collections import namedtuple
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

TEXT, INSTANT, DAY, FLAG = pa.string(), pa.timestamp("us"), pa.date32(), pa.bool_()

ENTITIES: dict[str, dict[str, pa.DataType]] = {
    # One log, crime record or booking. `kind`: log, occurrence, material_session.
    # `is_cancelled`: a cancelled or transferred crime; its codes and its people do not count.
    # `is_closed`: has been closed or resulted; see Pack.opening_counts.
    "incident": {
        "incident_id": TEXT,
        "kind": TEXT,
        "opened_at": INSTANT,
        "opened_on": DAY,
        "is_closed": FLAG,
        "is_cancelled": FLAG,
        "geo_unit": TEXT,
        "known_on": DAY,
    },
    # `code_role`: opening, closing, qualifier, offence, flag.
    "incident_code": {
        "incident_id": TEXT,
        "code_role": TEXT,
        "code_system": TEXT,
        "code": TEXT,
        "label": TEXT,
    },
    # An explicit link written by a source (a crime that names its log); most kinds make one event of two incidents.
    # The kinds: `link_kinds`; none means same_incident. `is_decided`: a person said so, which ends the doubt.
    "incident_link": {
        "from_incident_id": TEXT,
        "to_incident_id": TEXT,
        "link_kind": TEXT,
        "is_decided": FLAG,
    },
    # A resource sent to an incident. `attended` is decided by the source profile from its statuses.
    # `role_code` only where the source says what the resource did (a cordon, a scene examiner); else empty.
    "deployment": {
        "deployment_id": TEXT,
        "incident_id": TEXT,
        "callsign": TEXT,
        "attended": FLAG,
        "at_scene_at": INSTANT,
        "at_scene_on": DAY,
        "role_code": TEXT,
        "known_on": DAY,
    },
    # A person named by a source. Either `deployment_id` (named on a resource row: the role follows from the
    # deployment, and nothing counts unless it attended) or `role_code` (a role the source states).
    "involvement": {
        "incident_id": TEXT,
        "deployment_id": TEXT,
        "identifier_type": TEXT,
        "identifier": TEXT,
        "role_code": TEXT,
        "evidence": TEXT,
        "happened_on": DAY,
        "known_on": DAY,
    },
    # Who was booked on under a callsign, from the duty resource table.
    "crew": {
        "callsign": TEXT,
        "identifier_type": TEXT,
        "identifier": TEXT,
        "booked_on_at": INSTANT,
        "booked_off_at": INSTANT,
        "known_on": DAY,
    },
    # `person_id` is the HR file's `hr_ref`.
    "person": {
        "person_id": TEXT,
        "display_name": TEXT,
        "worker_type": TEXT,
        "started_on": DAY,
        "left_on": DAY,
        "police_service_started_on": DAY,
    },
    # `is_decided`: a person decided whose it is; on those days only what was decided counts.
    "identifier": {
        "person_id": TEXT,
        "identifier_type": TEXT,
        "identifier": TEXT,
        "valid_from": DAY,
        "valid_to": DAY,
        "is_decided": FLAG,
    },
    # What the systems say of this person's part in this incident's event is not right: of it, only an involvement
    # with the evidence `decided_by_steward` counts.
    "correction": {"person_id": TEXT, "incident_id": TEXT},
    # `kind`: district, department, team.
    "unit": {"unit_id": TEXT, "parent_unit_id": TEXT, "name": TEXT, "kind": TEXT},
    "posting": {
        "person_id": TEXT,
        "unit_id": TEXT,
        "rank_code": TEXT,
        "role_title": TEXT,
        "is_supervisor": FLAG,
        "valid_from": DAY,
        "valid_to": DAY,
    },
    "skill": {
        "person_id": TEXT,
        "skill_code": TEXT,
        "valid_from": DAY,
        "valid_to": DAY,
    },
    # Restricted: aggregate use only, never shown beside a person, never in a rule.
    "characteristic": {
        "person_id": TEXT,
        "characteristic": TEXT,
        "scheme": TEXT,
        "code": TEXT,
        "valid_from": DAY,
        "valid_to": DAY,
    },
}

_DEFAULTS = {"identifier": [False], "incident_link": [False]}
ROW = {
    name: namedtuple(name.title().replace("_", ""), columns, defaults=_DEFAULTS.get(name))
    for name, columns in ENTITIES.items()
}


def schema(entity: str) -> pa.Schema:
    """Return the Arrow schema of one canonical table."""
    return pa.schema(list(ENTITIES[entity].items()))


def arrow(entity: str, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    """Return an Arrow table of `entity` from rows in the column order of `ENTITIES`."""
    columns = list(zip(*rows, strict=True)) or [()] * len(ENTITIES[entity])
    fields = ENTITIES[entity].items()
    return pa.table({name: pa.array(values, kind) for (name, kind), values in zip(fields, columns, strict=True)})


class Tables(dict[str, list[Any]]):
    """Canonical tables as plain rows, for the reference evaluator and for tests: entity name → list of rows."""

    def __init__(self, **rows: list[Any]):
        unknown = set(rows) - set(ENTITIES)
        if unknown:
            raise KeyError(f"no canonical table is called {sorted(unknown)}")
        super().__init__({name: [ROW[name](*row) for row in rows.get(name, [])] for name in ENTITIES})
