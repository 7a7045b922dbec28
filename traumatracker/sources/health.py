"""When a profile says its source is to be heard: `[health]`."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from traumatracker.errors import BadProfile

_KNOWN = {"files_by", "live_every_minutes"}


@dataclass(frozen=True)
class Health:
    """When it is to be heard; None: nothing is expected, and nothing is ever late.

    `files_by`: the time of day, at the force, by which a day's files have been read. `live_every_minutes`: the longest
    silence of a live feed.
    """

    files_by: time | None = None
    live_every_minutes: int | None = None


def read_health(told: dict[str, Any] | None, where: str) -> Health:
    """Return the `[health]` of a profile. Raises BadProfile naming the entry to mend."""
    told = told or {}
    if unknown := sorted(set(told) - _KNOWN):
        raise BadProfile(f"{where}: [health] has {', '.join(unknown)}, which no profile understands here.")
    minutes = told.get("live_every_minutes")
    if minutes is not None and (not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 1):
        raise BadProfile(f"{where}: [health] live_every_minutes is a whole number of minutes, 1 or more.")
    try:
        by = time.fromisoformat(told["files_by"]) if "files_by" in told else None
    except (TypeError, ValueError):
        raise BadProfile(f'{where}: [health] files_by is a time of day such as "06:00".') from None
    return Health(by, minutes)
