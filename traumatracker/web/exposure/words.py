"""Words for counts, days and codes, the same on every page."""

from datetime import date

from traumatracker.engine.pack import Pack
from traumatracker.engine.points import Load

WINDOW_NAMES = {28: "Last 28 days", 183: "Last 6 months", 365: "Last 12 months"}


def window_name(days: int) -> str:
    """Return how a window of that many days is called."""
    return WINDOW_NAMES.get(days, f"Last {days} days")


def exposures(count: int) -> str:
    """Return "1 exposure" or "12 exposures"."""
    return f"{count:,} exposure" if count == 1 else f"{count:,} exposures"


def points(load: Load) -> str:
    """Return "61.4 points"; a load always has its count, so the caller cannot show points alone by accident."""
    return f"{load.points_text} point" if load.points_text == "1.0" else f"{load.points_text} points"


def load_words(load: Load) -> str:
    """Return "12 exposures · 61.4 points"."""
    return f"{exposures(load.count)} · {points(load)}"


def day(on: date) -> str:
    """Return "3 November 2026"."""
    return f"{on:%-d %B %Y}"


def category_name(pack: Pack, category: str) -> str:
    """Return the plain name of a category; a word the pack no longer has is shown as it was stored."""
    return pack.categories[category].name if category in pack.categories else category.replace("_", " ").capitalize()


def role_plain(pack: Pack, role: str) -> str:
    """Return a part said to the person: "You attended afterwards"."""
    return pack.roles[role].plain if role in pack.roles else role.replace("_", " ").capitalize()


def role_name(pack: Pack, role: str) -> str:
    """Return a part said about the person: "Attended after the event"."""
    return pack.roles[role].name if role in pack.roles else role.replace("_", " ").capitalize()


# What became of something a person said is not right, by the state of their word.
BECAME = {
    "received": "Not yet checked, so no count has changed.",
    "upheld": "Checked: the records bear it out. Your entries are put right with the next reading of the records.",
    "not_upheld": "Checked: the records do not bear it out, so your entries stay as they are. If you still think they "
    "are wrong, ask your force’s data protection officer to look again.",
    "sent_back": "Sent to those who keep the records, to be put right there. No count has changed yet.",
}


def duty(seen: tuple[int, int] | None) -> str:
    """Say how much of somebody's duty the records could link to anything: shifts, and how many of them; "" for none."""
    if not seen or not seen[0]:
        return ""
    shifts, linked = seen
    return (
        f"In the last 365 days the records book you on for {shifts:,} shift{'' if shifts == 1 else 's'}, and could "
        f"link {linked:,} of them to a resource at a scene. What happened on the others may be missing here."
    )
