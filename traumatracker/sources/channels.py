"""Tables that no file holds: what live messages and people's decisions become. Part of every profile, kept as data.

Their TOML stands in `packs/channels`. A profile's `[feed]` fills in what differs between forces: the source system
that incident references belong to, how identifiers are normalised, and the map of roles.
"""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from traumatracker.engine.codes import NOTATIONS
from traumatracker.errors import BadProfile

LIVE, PEOPLE = "live", "people"
_FEED = {"source_system", "person_normalise", "identifier_types", "notations", "roles"}


@dataclass(frozen=True)
class Feed:
    """What a profile says of its live feed.

    `notations`: code system → notation of its codes; `roles`: the feed's word → our role; `identifier_types`: those a
    message may use, the first being meant where it says none.
    """

    source_system: str
    person_normalise: tuple[str, ...] = ()
    identifier_types: tuple[str, ...] = ("collar",)
    notations: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)


def read_feed(told: dict[str, Any] | None, where: str) -> Feed | None:
    """Return the `[feed]` of a profile, or None where it has none. Raises BadProfile naming the entry to mend."""
    if told is None:
        return None
    if unknown := sorted(set(told) - _FEED):
        raise BadProfile(f"{where}: [feed] has {', '.join(unknown)}, which no profile understands here.")
    if not told.get("source_system"):
        raise BadProfile(f"{where}: [feed] needs `source_system`, the word before its incident references.")
    for system, notation in told.get("notations", {}).items():
        if notation not in NOTATIONS:
            raise BadProfile(f"{where}: [feed] writes {system} as {notation!r}; use one of {', '.join(NOTATIONS)}.")
    return Feed(
        source_system=told["source_system"],
        person_normalise=tuple(told.get("person_normalise", [])),
        identifier_types=tuple(told.get("identifier_types", ["collar"])),
        notations=dict(told.get("notations", {})),
        roles=dict(told.get("roles", {})),
    )


def channel_tables(feed: Feed | None) -> list[dict[str, Any]]:
    """Return the entries of every table without files: people's decisions, and the live feed's where there is one."""
    entries = list(_entries(PEOPLE))
    if feed:
        filled = {"$roles": feed.roles or {"none": ""}, "$person": list(feed.person_normalise)}
        entries += [_filled(entry, filled, feed.source_system) for entry in _entries(LIVE)]
    return entries


@cache
def _entries(channel: str) -> tuple[dict[str, Any], ...]:
    path = files("traumatracker").joinpath("packs", "channels", f"{channel}.toml")
    return tuple(tomllib.loads(path.read_text("utf-8"))["table"])


def _filled(value: Any, filled: dict[str, Any], system: str) -> Any:
    if isinstance(value, str):
        return filled[value] if value in filled else value.replace("$system", system)
    if isinstance(value, list):
        return [_filled(item, filled, system) for item in value]
    if isinstance(value, dict):
        return {name: _filled(item, filled, system) for name, item in value.items()}
    return value
