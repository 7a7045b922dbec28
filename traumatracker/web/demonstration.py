"""Who can be signed in as, while all people are made up. Names, ranks and teams; nothing of anybody's record is shown.

This is not the gatekeeper's: it exists in demonstration mode only, and goes when real sign-in comes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Q

from traumatracker.engine.windows import five_years_start
from traumatracker.web.clock import today
from traumatracker.web.exposure.models import Exposure, OpenQuestion
from traumatracker.web.intake.reads import newest_run
from traumatracker.web.people.models import Person, Posting
from traumatracker.web.people.units import DISTRICT, unit_name

MOST = 400  # people in one list; a larger force is narrowed by name or team
SOME, FEW, MANY = (
    5,
    20,
    60,
)  # exposures of somebody worth looking at first: enough to see, and nothing out of the ordinary
NO_TEAM = "No team today"


class Somebody(NamedTuple):
    """Somebody made up: who they are and where they are posted today."""

    id: UUID
    name: str
    rank: str = ""
    title: str = ""
    team: str = NO_TEAM
    unit: int = 0
    kind: str = ""
    is_supervisor: bool = False


class Picked(NamedTuple):
    """Somebody worth looking at first, and why."""

    why: str
    person: Somebody


def person(person_id: UUID | None) -> UUID | None:
    """Return the id if somebody in service has it."""
    return Person.objects.filter(_in_service(), id=person_id).values_list("id", flat=True).first()


def people(name: str = "", team: str = "") -> list[Somebody]:
    """Return the people in service today, by team and name, at most MOST of them."""
    found = [one for one in _everyone(name) if team in ("", str(one.unit))]
    return sorted(found, key=lambda one: (one.team == NO_TEAM, one.team, one.name))[:MOST]


def by_team(found: Sequence[Somebody]) -> list[tuple[str, list[Somebody]]]:
    """Return the people grouped by team."""
    return [(team, list(group)) for team, group in groupby(found, key=lambda one: one.team)]


def teams() -> list[tuple[int, str]]:
    """Return every unit somebody is posted to today, by name."""
    rows = _posted().values_list("unit_id", "unit__name", DISTRICT).distinct()
    return sorted(((unit, unit_name(name, district)) for unit, name, district in rows), key=lambda team: team[1])


def picked() -> list[Picked]:
    """Return a few people to begin with; worked out once for each run of the data."""
    run = newest_run()
    return _picked(run.id if run else 0, today().isoformat())


@dataclass(frozen=True)
class _Known:
    """What a choice goes by: how many exposures, who has open questions, who brought history to today's unit."""

    counts: dict[UUID, int]
    asked: set[UUID]
    moved: set[UUID]


_WANTED: dict[str, Callable[[Somebody, _Known], bool]] = {
    "A response officer with entries": lambda one, known: (
        FEW <= known.counts.get(one.id, 0) <= MANY
        and one.team.lower().startswith("response")
        and not one.is_supervisor
        and one.id not in known.moved
    ),
    "A sergeant with a team": lambda one, known: one.is_supervisor and one.kind == "team",
    "Someone who transferred in, with their history": lambda one, known: one.id in known.moved,
    "Someone with open questions": lambda one, known: one.id in known.asked and not one.is_supervisor,
    "Someone in another line of work, with entries": lambda one, known: (
        known.counts.get(one.id, 0) >= SOME and not one.team.lower().startswith("response")
    ),
    "Someone with nothing to show": lambda one, known: one.id not in known.counts and one.team != NO_TEAM,
}


@lru_cache(maxsize=4)
def _picked(run_id: int, day: str) -> list[Picked]:
    everyone = _everyone()
    known = _known(everyone)
    # One team for as many of them as can be, so that the sergeant's page shows the others.
    home = next((one.unit for one in everyone if one.id in known.moved and one.team.lower().startswith("response")), 0)
    everyone.sort(key=lambda one: one.unit != home)
    found: list[Picked] = []
    for why, is_wanted in _WANTED.items():
        taken = {pick.person.id for pick in found}
        fitting = (one for one in everyone if one.id not in taken and is_wanted(one, known))
        if (one := next(fitting, None)) is not None:
            found.append(Picked(why, one))
    return found


def _known(everyone: Sequence[Somebody]) -> _Known:
    since = five_years_start(today())
    recent = Exposure.objects.filter(exposed_on__gte=since).order_by("person")
    led = {one.unit for one in everyone if one.is_supervisor and one.kind == "team"}
    now = {one.id: one.unit for one in everyone if one.unit in led and not one.is_supervisor}
    places = recent.exclude(team=None).values_list("person", "team").distinct()
    return _Known(
        counts=dict(recent.values_list("person").annotate(Count("id"))),
        asked=set(OpenQuestion.objects.filter(exposed_on__gte=since).values_list("person", flat=True)),
        moved={one for one, team in places if now.get(one, team) != team},
    )


def _everyone(name: str = "") -> list[Somebody]:
    """Return everybody in service whose name holds `name`, with today's posting where there is one."""
    posted = {row["person"]: row for row in _rows()}
    rows = Person.objects.filter(_in_service(), display_name__icontains=name).order_by("hr_ref")
    return [_somebody(*row, posted.get(row[0])) for row in rows.values_list("id", "display_name")]


def _posted() -> Any:
    day = today()
    return Posting.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), _in_service("person__"), valid_from__lte=day)


def _rows() -> Any:
    columns = ("person", "unit", "rank_code", "role_title", "unit__name", "unit__kind", "is_supervisor")
    return _posted().annotate(district=DISTRICT).values(*columns, "district").order_by("is_supervisor", "id")


def _somebody(person_id: UUID, name: str, row: dict[str, Any] | None) -> Somebody:
    if row is None:
        return Somebody(person_id, name)
    team = unit_name(row["unit__name"], row["district"])
    details = (row["rank_code"], row["role_title"], team, row["unit"], row["unit__kind"], row["is_supervisor"])
    return Somebody(person_id, name, *details)


def _in_service(prefix: str = "") -> Q:
    return Q(**{f"{prefix}left_on": None}) | Q(**{f"{prefix}left_on__gt": today()})
