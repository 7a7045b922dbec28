"""Who can be signed in as, while all people are made up. Names, ranks and teams; nothing of anybody's record is shown.

This is not the gatekeeper's: it exists in demonstration mode only, and goes when real sign-in comes.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Min, Q

from traumatracker.engine.windows import five_years_start
from traumatracker.web.clock import today
from traumatracker.web.exposure.models import Exposure, OpenQuestion
from traumatracker.web.intake.reads import newest_run
from traumatracker.web.people.models import Person, Posting

MOST = 400  # people in one list; a larger force is narrowed by name or team


class Somebody(NamedTuple):
    """Somebody made up: who they are and where they are posted today."""

    id: UUID
    name: str
    rank: str
    title: str
    team: str


class Picked(NamedTuple):
    """Somebody worth looking at first, and why."""

    why: str
    person: Somebody


def person(person_id: UUID | None) -> UUID | None:
    """Return the id if somebody in service has it."""
    return Person.objects.filter(_in_service(), id=person_id).values_list("id", flat=True).first()


def people(name: str = "", team: str = "") -> list[Somebody]:
    """Return the people in service today, by team and name, at most MOST of them."""
    rows = _posted()
    if name:
        rows = rows.filter(person__display_name__icontains=name)
    if team.isdigit():
        rows = rows.filter(unit=int(team))
    return [_somebody(row) for row in rows.order_by("unit__name", "person__display_name")[:MOST]]


def by_team(found: Sequence[Somebody]) -> list[tuple[str, list[Somebody]]]:
    """Return the people grouped by team."""
    return [(team, list(group)) for team, group in groupby(found, key=lambda one: one.team)]


def teams() -> list[tuple[int, str]]:
    """Return every unit somebody is posted to today, by name."""
    return list(_posted().order_by("unit__name").values_list("unit_id", "unit__name").distinct())


def picked() -> list[Picked]:
    """Return a few people to begin with; worked out once for each run of the data."""
    run = newest_run()
    return _picked(run.id if run else 0, today().isoformat())


@lru_cache(maxsize=4)
def _picked(run_id: int, day: str) -> list[Picked]:
    since = five_years_start(today())
    own = Exposure.objects.filter(exposed_on__gte=since).values_list("person").order_by("person")
    counts, firsts = dict(own.annotate(Count("id"))), dict(own.annotate(Min("exposed_on")))
    everyone = {row["person_id"]: row for row in _posted().order_by("person__hr_ref")}
    led = set(_posted().filter(is_supervisor=True).values_list("unit_id", flat=True))
    asked = set(OpenQuestion.objects.filter(exposed_on__gte=since).values_list("person_id", flat=True))
    wanted = {
        "A response officer with entries": lambda row: (
            counts.get(row["person_id"], 0) >= 20
            and "response" in row["unit__name"].lower()
            and not row["is_supervisor"]
        ),
        "A sergeant with a team": lambda row: row["is_supervisor"] and row["unit__kind"] == "team",
        "Someone who transferred in, with their history": lambda row: (
            firsts.get(row["person_id"], date.max) < row["valid_from"]
            and row["unit_id"] in led
            and not row["is_supervisor"]
        ),
        "Someone with open questions": lambda row: row["person_id"] in asked and not row["is_supervisor"],
        "Someone with nothing to show": lambda row: row["person_id"] not in counts,
    }
    found: list[Picked] = []
    for why, is_wanted in wanted.items():
        taken = {one.person.id for one in found}
        fitting = (row for row in everyone.values() if row["person_id"] not in taken and is_wanted(row))
        if (row := next(fitting, None)) is not None:
            found.append(Picked(why, _somebody(row)))
    return found


def _posted():  # type: ignore[no-untyped-def]
    """Return today's postings of people in service, as rows with the names this module needs."""
    day = today()
    return Posting.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day), _in_service("person__"), valid_from__lte=day
    ).values(
        "person_id",
        "unit_id",
        "is_supervisor",
        "person__display_name",
        "rank_code",
        "role_title",
        "unit__name",
        "unit__kind",
        "valid_from",
    )


def _somebody(row: dict) -> Somebody:  # type: ignore[type-arg]
    return Somebody(
        row["person_id"], row["person__display_name"], row["rank_code"], row["role_title"], row["unit__name"]
    )


def _in_service(prefix: str = "") -> Q:
    return Q(**{f"{prefix}left_on": None}) | Q(**{f"{prefix}left_on__gt": today()})
