"""What the sources cannot see, over the whole force and by team: never a person's figures."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traumatracker.web.intake.reads import newest_run
from traumatracker.web.packs import pack_of
from traumatracker.web.people.reads import unit_names
from traumatracker.web.steward.presenters import NOTES
from traumatracker.web.steward.reads import unmapped_owned

MEASURED = "measured.json"  # in the home: what `traumatracker score-truth` found last
NOBODY_YET = "nobody yet"
OWNED = "Data steward"


@dataclass(frozen=True)
class Coverage:
    """Everything the page and the command say, as plain values. `measured` None: it was never measured."""

    profile: str
    as_of: str
    linked: dict[str, Any]
    teams: list[dict[str, Any]]
    unseen_roles: list[str]
    unmapped: list[dict[str, Any]]
    measured: dict[str, Any] | None


def coverage(home: Path) -> Coverage | None:
    """Return what the newest run could and could not see, or None where nothing has been read yet."""
    run = newest_run()
    if run is None:
        return None
    counts, pack, covered = run.coverage or {}, pack_of(run.pack), run.covered or {}
    attended, without = counts.get("deployments_attended", 0), counts.get("deployments_without_people", 0)
    names = unit_names()
    teams = [
        {"team": names.get(one["team"], one["team"]) if one["team"] else "No team known",
         "resources": one["deployments"], "linked": one["deployments_linked"],
         "share": share(one["deployments_linked"], one["deployments"])}
        for one in covered.get("teams", [])
    ]  # fmt: skip
    owned = unmapped_owned()
    return Coverage(
        profile=run.profile, as_of=run.as_of.isoformat(),
        linked=counts | {"resources_linked": attended - without, "share": share(attended - without, attended)},
        teams=sorted(teams, key=lambda one: one["team"]),
        unseen_roles=[
            pack.roles[one["role"]].name
            for one in covered.get("roles", [])
            if not one["seen"] and one["role"] in pack.roles
        ],
        unmapped=[code | _owner(owned.get((code["code_system"], code["code"]))) for code in run.unmapped_codes or []],
        measured=_measured(home, run.profile),
    )  # fmt: skip


def share(part: int, whole: int) -> str:
    """Return a share in whole per cent, never 100% while something is missing; "" where there is nothing."""
    if not whole:
        return ""
    return "over 99%" if part < whole and 200 * part >= 199 * whole else f"{100 * part // whole}%"


def _owner(note: str | None) -> dict[str, str]:
    return {"owner": NOBODY_YET, "note": ""} if note is None else {"owner": OWNED, "note": NOTES.get(note, "")}


def _measured(home: Path, profile: str) -> dict[str, Any] | None:
    """Return precision and recall as they were measured, where what was measured is what is shown."""
    try:
        told = json.loads((home / MEASURED).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return told if told.get("profile") == profile else None
