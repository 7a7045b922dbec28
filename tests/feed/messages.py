"""Made-up messages, so that a test says only what matters to it."""

import json
from datetime import UTC, datetime

from traumatracker.sources.feed.message import parse
from traumatracker.sources.profile import find_profile

RECEIVED_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PROFILE = find_profile("synthetic")


def unit(callsign="AB12", status="at_scene", crew=("1234",), **values):
    return {
        "callsign": callsign,
        "status": status,
        "status_at": "2026-11-22T08:20:00+00:00",
        "crew": [{"identifier": one} for one in crew],
    } | values


def message(ref="20261122-0001", version=1, **values):
    """One incident with a code, a link, two units and somebody named; `values` replace its fields."""
    incident = {
        "ref": ref,
        "version": version,
        "updated_at": "2026-11-22T08:30:00+00:00",
        "opened_at": "2026-11-22T08:00:00Z",
        "status": "open",
        "area": "N1",
        "codes": [
            {"role": "opening", "system": "NSIR", "code": "g01"},
            {"role": "flag", "system": "FLAG", "code": "FATALITY"},
        ],
        "links": [{"kind": "crime_of_log", "ref": "rms:R/1"}],
        "units": [unit(), unit("CD34", "assigned", crew=("99",))],
        "people": [{"identifier": "d44", "identifier_type": "cc_login", "role": "dispatcher"}],
    } | values
    return {"message": 1, "incident": {name: value for name, value in incident.items() if value is not None}}


def as_bytes(told):
    return told if isinstance(told, bytes) else json.dumps(told).encode()


def lines(*told):
    return b"\n".join(map(as_bytes, told))


def read(told, received_at=RECEIVED_AT, profile=PROFILE):
    return parse(as_bytes(told), profile, received_at)
