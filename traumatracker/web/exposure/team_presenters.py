"""View models of "My team": by name, never by score, and one sentence for every reason to show nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.safestring import SafeString

from traumatracker.engine.windows import five_years_start
from traumatracker.web import charts
from traumatracker.web.exposure import words
from traumatracker.web.exposure.presenters import (
    Chosen,
    Entries,
    MonthRow,
    Packs,
    Window,
    entries,
    month_rows,
    windows,
)
from traumatracker.web.gatekeeper import Day, Member, MemberRecord, TeamToday


@dataclass(frozen=True)
class Figures:
    """What is shown of a member where something may be shown."""

    windows: list[Window]
    bars: SafeString
    bars_from: str
    bars_to: str
    months: list[MonthRow]


@dataclass(frozen=True)
class Person:
    """One line of the team page. `figures` is None for every reason there can be, and the page may not tell which."""

    id: UUID
    name: str
    rank: str
    figures: Figures | None


@dataclass(frozen=True)
class TeamPage:
    """One team as its supervisor sees it today."""

    name: str
    people: list[Person]


@dataclass(frozen=True)
class MemberPage:
    """One member as their supervisor sees them: the windows, and each entry's type, part and date."""

    name: str
    rank: str
    team: str
    figures: Figures
    entries: Entries


def team_page(team: TeamToday, today: date) -> TeamPage:
    """Return the page of one team; the order is the gatekeeper's, by name."""
    return TeamPage(team.team.name, [_person(member, today) for member in team.members])


def member_page(member: MemberRecord, today: date, packs: Packs, page: int) -> MemberPage:
    """Return one member's page, with the `page`-th part of their entries."""
    return MemberPage(
        name=member.name,
        rank=member.rank,
        team=member.team.name,
        figures=figures([Day(entry.exposed_on, entry.points) for entry in member.entries], member.name, today),
        entries=entries(member.entries, packs, Chosen(page=page), part=words.role_name),
    )


def figures(days: Sequence[Day], name: str, today: date) -> Figures:
    """Return windows, five years and twelve months of bars."""
    first = five_years_start(today)
    months = month_rows([day for day in days if first <= day.exposed_on <= today], first, today)[-12:]
    return Figures(
        windows=windows(days, today),
        bars=charts.bars([month.load.count for month in months], name, months[-1].name),
        bars_from=months[0].name,
        bars_to=months[-1].name,
        months=months,
    )


def _person(member: Member, today: date) -> Person:
    shown = figures(member.days, member.name, today) if member.days else None
    return Person(member.id, member.name, member.rank, shown)
