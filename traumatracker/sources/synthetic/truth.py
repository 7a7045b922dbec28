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

    Roles are listed strongest first. Days of viewing material come last, one row for each person and day, whatever the
    cases. A part after the last day has not happened yet and is left out.
    """
    viewing: dict[tuple[str, str], list[tuple[Event, list[Part]]]] = defaultdict(list)
    for number, event in enumerate(story.events, 1):
        for key, parts in sorted(_grouped(event, last_day).items()):
            if key[1].startswith("session:"):
                viewing[key].append((event, parts))
            else:
                yield _row(number, key, parts, _refs(event))
    for number, (key, found) in enumerate(sorted(viewing.items()), len(story.events) + 1):
        refs = [ref for event, _ in found for ref in _refs(event)]
        yield _row(number, key, [part for _, parts in found for part in parts], refs)


def _row(number: int, key: tuple[str, str], parts: list[Part], refs: list[str]) -> Row:
    category = max((part.category for part in parts), key=lambda name: (HEAVIER[name], name))
    roles = sorted({part.role for part in parts}, key=_ORDER.__getitem__)
    day = min(part.day for part in parts)
    seen = "yes" if any(part.visible for part in parts) else "no"
    return f"E{number:06d}", key[0], clock.iso(day), key[1], " ".join(refs), category, " ".join(roles), seen


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
