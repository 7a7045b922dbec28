"""Take away a share of what links people to events, to measure how much the answer depends on it."""

from collections.abc import Mapping
from zlib import crc32

import pyarrow as pa

CRIME_TABLES = {
    "incident": ("incident_id",),
    "incident_code": ("incident_id",),
    "involvement": ("incident_id",),
    "incident_link": ("from_incident_id", "to_incident_id"),
}


def degrade(tables: Mapping[str, pa.Table], percent: int) -> dict[str, pa.Table]:
    """Return the canonical tables with `percent` of crew rows and of linked crimes missing.

    A crime goes whole: its incident, codes, people and links. Which ones go depends on a hash of their ids alone, so
    that 50% misses everything 20% misses, on every machine. Crimes with no link to a log stay.
    """
    linked = _linked_crimes(tables)
    gone = {crime for crime in linked if _out(crime, percent)}
    kept = dict(tables)
    crew = tables["crew"]
    keys = zip(*(crew[name].to_pylist() for name in ("callsign", "identifier", "booked_on_at")), strict=True)
    kept["crew"] = crew.filter(pa.array([not _out("|".join(map(str, key)), percent) for key in keys], pa.bool_()))
    for name, columns in CRIME_TABLES.items():
        table = tables[name]
        stays = zip(*(table[column].to_pylist() for column in columns), strict=True)
        kept[name] = table.filter(pa.array([gone.isdisjoint(ids) for ids in stays], pa.bool_()))
    return kept


def _linked_crimes(tables: Mapping[str, pa.Table]) -> set[str]:
    kinds = zip(tables["incident"]["incident_id"].to_pylist(), tables["incident"]["kind"].to_pylist(), strict=True)
    crimes = {incident for incident, kind in kinds if kind == "occurrence"}
    link = tables["incident_link"]
    ends = link["from_incident_id"].to_pylist() + link["to_incident_id"].to_pylist()
    return crimes.intersection(ends)


def _out(key: str, percent: int) -> bool:
    return crc32(key.encode()) % 100 < percent
