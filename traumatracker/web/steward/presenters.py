"""The queue in words."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from traumatracker.engine.pack import Pack
from traumatracker.web.steward.decisions import is_day_of_viewing
from traumatracker.web.steward.reads import Row, Step
from traumatracker.web.steward.transitions import KINDS, NOTES, WAYS, after

STATE_NAMES = {"open": "Waiting", "resolved": "Settled", "sent_back": "Sent back", "gone": "Gone by itself"}
# Our own words for reasons that are no reason of a quarantined row (sources.reasons).
REASONS = {
    "nobody_held_it": "No one held this number on those days",
    "several_held_it": "More than one person held this number on those days",
    "no_rule": "No rule of the criteria mentions it",
    "same_version": "Two rows of one version differ",
    "not_there": "It was not them, or they were not there",
    "wrong_part": "Their part in it is wrong",
    "missing": "An entry is missing",
    "sudden_fall": "A sudden fall",
    "sudden_rise": "A sudden rise",
}
EVENTS = {
    "resolve": "settled", "send_back": "sent back to the source", "undo": "taken back",
    "go": "no longer found by a refresh", "come": "found again by a refresh",
}  # fmt: skip
OFFICES = {"steward": "Data steward", "desk": "Duty desk", "itself": "By itself"}


@dataclass(frozen=True)
class Item:
    """One item as its page shows it. `facts`: name and value of what is known; `ways`: how it may be settled."""

    row: Row
    kind: str
    what: str
    means: str
    source: str
    reason: str
    state: str
    facts: list[tuple[str, str]]
    ways: dict[str, str]
    can_send_back: bool
    can_undo: bool
    settled: str


def reason(row: Row) -> str:
    """Return an item's reason in words."""
    return REASONS.get(row.reason) or row.reason.replace("_", " ").capitalize()


def source(row: Row) -> str:
    """Return an item's source in words: a kind of link is one of ours, everything else the source's own."""
    return row.source.replace("_", " ") if row.kind == "doubtful_link" else row.source


def item(row: Row, pack: Pack | None) -> Item:
    """Return an item with everything its page says. `pack`: whose words a dispute is shown in."""
    kind = KINDS[row.kind]
    settle = row.kind != "held" and after(row.state, "resolve")
    return Item(
        row=row, kind=kind.name, what=kind.what, means=kind.means, source=source(row), reason=reason(row),
        state=STATE_NAMES[row.state],
        facts=[(name, value) for name, value in _facts(row, pack) if value],
        ways=_ways(row) if settle else {},
        can_send_back=row.kind != "held" and after(row.state, "send_back") is not None,
        can_undo=after(row.state, "undo") is not None and row.kind != "held",
        settled=settled(row),
    )  # fmt: skip


def _ways(row: Row) -> dict[str, str]:
    left_out = {"upheld"} if row.kind == "dispute" and is_day_of_viewing(row.about) else set()
    return {way: text for way, text in WAYS[row.kind].items() if way not in left_out}


def settled(row: Row) -> str:
    """Return how an item was settled, or ""."""
    way, _, note = row.how.partition(":")
    return ": ".join(filter(None, (WAYS[row.kind].get(way, ""), NOTES.get(note, ""))))


def steps(taken: list[Step], kind: str) -> list[tuple[str, str, str]]:
    """Return when, who and what of each step."""
    return [
        (f"{timezone.localtime(one.at):%-d %B %Y, %H:%M}", OFFICES.get(one.office, one.office),
         ": ".join(filter(None, (EVENTS[one.event], WAYS[kind].get(one.how.partition(":")[0], "").lower()))))
        for one in taken
    ]  # fmt: skip


def _facts(row: Row, pack: Pack | None) -> list[tuple[str, str]]:
    about = row.about
    if row.kind == "dispute":
        return _of_dispute(about, pack)
    first = about.get("first") or []
    places = ", ".join(f"line {one['row']}{' in ' + one['column'] if one['column'] else ''}" for one in first)
    return [
        ("Label", about.get("label", "")),
        ("What to do at the source", about.get("meaning", "")),
        ("First on", places),
        ("First day", about.get("first_day", "")),
        ("Last day", about.get("last_day", "")),
        ("People who held it", str(about.get("people") or "")),
        ("Table", about.get("table", "")),
    ]


def _of_dispute(about: dict[str, Any], pack: Pack | None) -> list[tuple[str, str]]:
    roles, categories = (pack.roles, pack.categories) if pack else ({}, {})
    said, recorded, category = about["role"], about["recorded_role"], about["category"]
    return [
        ("HR reference", about["person"]),
        ("Record", about["exposure_key"].partition("|")[2].partition("|")[0]),
        ("Day", about["on"]),
        ("Type", categories[category].name if category in categories else category),
        ("Part recorded", roles[recorded].plain if recorded in roles else recorded),
        ("Part they say", roles[said].plain if said in roles else said),
    ]
