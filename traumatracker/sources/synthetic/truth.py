"""The hidden truth: every part somebody truly had, also what no system can see."""

from collections import defaultdict
from collections.abc import Iterator

from traumatracker.sources.synthetic import clock
from traumatracker.sources.synthetic.events import ROLE_ORDER, Event, Part, Story
from traumatracker.sources.synthetic.kinds import HEAVIER

COLUMNS = ("Event", "Hr_Ref", "Exposed_On", "Occasion", "Incidents", "Category", "Roles", "Visible")
_ORDER = {role: place for place, role in enumerate(ROLE_ORDER)}

Row = tuple[str, str, str, str, str, str, str, str]


def rows(story: Story, last_day: int) -> Iterator[Row]:
    """Yield one row for each person and event, and one for each day of a part that counts by the day.

    Roles are listed strongest first. A part after the last day has not happened yet and is left out.
    """
    for number, event in enumerate(story.events, 1):
        refs = " ".join(_refs(event))
        for key, parts in sorted(_grouped(event, last_day).items()):
            category = max((part.category for part in parts), key=lambda name: (HEAVIER[name], name))
            roles = sorted({part.role for part in parts}, key=_ORDER.__getitem__)
            day = min(part.day for part in parts)
            seen = "yes" if any(part.visible for part in parts) else "no"
            yield f"E{number:06d}", key[0], clock.iso(day), key[1], refs, category, " ".join(roles), seen


def _grouped(event: Event, last_day: int) -> dict[tuple[str, str], list[Part]]:
    groups: dict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in event.parts:
        if part.day <= last_day:
            groups[part.person.hr_ref, _occasion(part)].append(part)
    return groups


def _occasion(part: Part) -> str:
    if part.occasion == "event":
        return "event"
    name = "session" if part.occasion == "session" else part.role
    return f"{name}:{clock.iso(part.day)}"


def _refs(event: Event) -> list[str]:
    refs = [log.ref for log in event.logs if log.urn] + [crime.ref for crime in event.crimes if crime.number]
    return refs + [f"material:{booking.number}" for booking in event.bookings if booking.number]
