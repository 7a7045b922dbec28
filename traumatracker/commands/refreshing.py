"""Read a folder of exports, and list what one person's came to."""

import argparse
from argparse import Namespace
from pathlib import Path
from typing import Any

from traumatracker.commands.common import DONE, REFUSED_SOME, day, django, home, show, stand_back, with_json
from traumatracker.console import Progress, table
from traumatracker.sources.adopted import adopt


def add(each: Any) -> None:
    """Add these commands to the command line."""
    _refresh(each.add_parser("refresh", help="read a folder of exports and bring everyone's record up to date"))
    _exposures(each.add_parser("exposures", help="list one person's exposures with their reasons"))


def _refresh(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Read every export in DIR: what is good is kept, what is bad is quarantined with its reason, and nothing "
        "is counted twice. Running it again on the same files changes nothing."
    )
    command.add_argument(
        "--profile", required=True, help="the source profile, such as synthetic, or the path of a .toml file"
    )
    command.add_argument("folder", type=Path, metavar="DIR", help="the folder of exports")
    command.add_argument("--as-of", type=day, metavar="DATE", help="count up to this day (default today)")
    with_json(command)
    command.set_defaults(command=refresh)


def _exposures(command: argparse.ArgumentParser) -> None:
    command.description = "List one person's exposures. The look is recorded for them to see."
    command.add_argument("--person", required=True, metavar="ID", help="the hr_ref of the HR file")
    with_json(command)
    command.set_defaults(command=exposures)


def refresh(chosen: Namespace) -> int:
    """Read a folder of exports, and say what was taken, what was refused and why, and what nobody has mapped."""
    django()
    stand_back()
    from traumatracker.web import jobs

    progress = Progress()
    done = jobs.refresh(adopt(chosen.profile), chosen.folder, chosen.as_of, home(), progress)
    progress.finish()
    show(chosen, done, _refreshed)
    return REFUSED_SOME if done["rows_quarantined"] or done["files_refused"] else DONE


def _refreshed(done: dict[str, Any]) -> str:
    parts = [
        f"Read {done['rows_read']:,} rows: {done['rows_accepted']:,} accepted (of them {done['duplicates']:,} "
        f"already held), {done['rows_quarantined']:,} quarantined.",
        f"{done['incidents']:,} incidents and {done['people']:,} people gave {done['exposures']:,} exposures "
        f"as of {done['as_of']}: {done['new']:,} new, {done['changed']:,} changed, {done['withdrawn']:,} withdrawn, "
        f"{done['unchanged']:,} unchanged. {done['open_questions']:,} open questions.",
        in_words(done),
    ]
    return "\n\n".join(part for part in parts if part)


def in_words(done: dict[str, Any]) -> str:
    """Return what was set aside and why, and the codes nobody has mapped; "" when there is neither."""
    parts = []
    if done["quarantined"]:
        places = [(item["file"], item["reason"], item["rows"], _places(item["first"])) for item in done["quarantined"]]
        parts.append(table(("file", "quarantined because", "rows", "first on line (column)"), places))
        meanings = {item["reason"]: item["meaning"] for item in done["quarantined"]}
        parts.append("\n".join(f"{reason}: {meaning}" for reason, meaning in sorted(meanings.items())))
    if done["files_refused"]:
        refused = [(item["file"], item["reason"], item["message"]) for item in done["files_refused"]]
        parts.append(table(("file refused", "reason", "what to do"), refused))
    if done["notes"]:
        parts.append("\n".join(done["notes"]))
    if done["files_ignored"]:
        parts.append(f"Files the profile does not know, left alone: {', '.join(done['files_ignored'])}.")
    unmapped = [(item["code_system"], item["code"], item["label"], item["count"]) for item in done["unmapped_codes"]]
    if unmapped:
        parts.append(
            "Codes nobody has mapped: accepted and counted, but they make no exposure until a pack knows them."
        )
        parts.append(table(("code system", "code", "label", "incidents"), unmapped))
    return "\n\n".join(parts)


def _places(first: list[dict[str, Any]]) -> str:
    return ", ".join(f"{place['row']} ({place['column']})" if place["column"] else str(place["row"]) for place in first)


def exposures(chosen: Namespace) -> int:
    """List one person's exposures with their reasons."""
    django()
    from traumatracker.web import jobs

    jobs.prepare(home())
    show(chosen, jobs.exposures_of(chosen.person), _listed)
    return DONE


def _listed(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "No exposures."
    shown = [(row["exposed_on"], row["category"], row["role"], row["points"], row["team"] or "") for row in rows]
    return table(("day", "category", "part", "points", "team"), shown) + f"\n\n{len(rows)} exposures."
