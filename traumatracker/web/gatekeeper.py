"""The only way from a page to a person. Each function fetches, checks and writes the look down in one transaction.

What is absent and what is not yours are answered alike: Http404. A list is filtered by the same rule as a
single person. Nothing here returns a model, so nothing more than was checked can be reached from the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from traumatracker.access.rules import DataClass, Level, Relation, decide
from traumatracker.engine.windows import five_years_start
from traumatracker.web import audit, looks
from traumatracker.web.audit.chain import SHOWN
from traumatracker.web.clock import today
from traumatracker.web.desk.models import DutyCovered
from traumatracker.web.exposure.models import Dispute, Exposure, OpenQuestion
from traumatracker.web.looks import NAME_ONLY
from traumatracker.web.people.models import AuditEvent, Person, Posting, SharingChoice
from traumatracker.web.people.units import DISTRICT, unit_name

SESSION_KEY = "person"
OFFICE_KEY = "office"  # instead of a person; offices are nobody's record
OFFICES = (Relation.STEWARD.value, Relation.DESK.value)


class Team(NamedTuple):
    """A unit somebody supervises today."""

    id: int
    name: str


@dataclass(frozen=True)
class Actor:
    """Who is signed in, and what they supervise today; worked out anew at every request."""

    id: UUID
    name: str
    teams: tuple[Team, ...]


class Entry(NamedTuple):
    """One exposure as a list needs it."""

    id: int
    key: str
    exposed_on: date
    known_on: date
    category: str
    role: str
    points: int
    pack: str


class WholeEntry(NamedTuple):
    """One exposure with everything it was made of, for "Why is this here?"."""

    id: int
    key: str
    exposed_on: date
    known_on: date
    category: str
    category_weight: int
    role: str
    role_weight: int
    points: int
    rule: str
    pack: str
    reasons: dict[str, Any]


class Question(NamedTuple):
    """One open question: a rule that started and lacked its evidence."""

    exposed_on: date
    category: str
    rule: str
    role: str
    pack: str
    reasons: dict[str, Any]


class Disputed(NamedTuple):
    """Something the person said is not right, and what became of it."""

    id: int
    exposure_key: str
    kind: str
    said_role: str
    said_category: str
    said_on: date | None
    state: str
    made_at: datetime


class Choice(NamedTuple):
    """A sharing level the person chose."""

    level: str
    chosen_at: datetime


class Looked(NamedTuple):
    """One look at the person by somebody else."""

    at: datetime
    by: str | None
    basis: str
    purpose: str
    surface: str
    data_class: str


@dataclass(frozen=True)
class OwnRecord:
    """What "My exposure" shows. `questions`: how many are open; `level`: the sharing level in force.

    `duty`: how many shifts of the last 365 days, and how many of them could be linked to a scene; None: not known.
    """

    entries: list[Entry]
    disputes: list[Disputed]
    questions: int
    level: str
    duty: tuple[int, int] | None = None


class Day(NamedTuple):
    """What a window needs of an exposure."""

    exposed_on: date
    points: int


@dataclass(frozen=True)
class Member:
    """Somebody on a team today. `days` is None where nothing may be shown: the page may not say which it is."""

    id: UUID
    name: str
    rank: str
    days: list[Day] | None


@dataclass(frozen=True)
class TeamToday:
    """One team and everyone on it today, by name."""

    team: Team
    members: list[Member]


@dataclass(frozen=True)
class MemberRecord:
    """What a supervisor may see of one member: their exposures, newest first."""

    name: str
    rank: str
    team: Team
    entries: list[Entry]


def actor(request: HttpRequest) -> Actor | None:
    """Return who is signed in, or None when nobody is, or when that person has left the force."""
    person_id = request.session.get(SESSION_KEY)
    if not person_id:
        return None
    person = Person.objects.filter(_in_service(), id=person_id).values_list("id", "display_name").first()
    return Actor(*person, teams=_supervised(person[0])) if person else None


def office(request: HttpRequest) -> str:
    """Return the office that is signed in, as the word of its relation, or "" where it is none."""
    held = request.session.get(OFFICE_KEY, "")
    return held if held in OFFICES else ""


def settles(relation: Relation, data_class: DataClass) -> None:
    """Let an office go on to what names nobody. Raises Http404 where no rule opens it, as if it were not there."""
    if not decide(relation, Level.FULL, data_class).allowed:
        raise Http404


def disputed_by(dispute_id: int) -> None:
    """Write down, for the person to see, that the data steward looks at what they said is not right."""
    if not decide(Relation.STEWARD, Level.FULL, DataClass.DISPUTES).allowed:
        raise Http404
    person = Dispute.objects.filter(id=dispute_id).values_list("person", flat=True).first()
    if person is None:
        raise Http404
    purpose = "to check what you said against the records"
    look = audit.Look(None, person, Relation.STEWARD, purpose, "Queue", DataClass.DISPUTES, office=Relation.STEWARD)
    audit.record([look])


def own_record(reader: Actor) -> OwnRecord:
    """Return the reader's own exposures, newest first, with their disputes and how many questions are open."""
    with looks.own(reader.id, DataClass.EXPOSURE, "My exposure", Entry._fields) as seen:
        rows = _shown(person=reader.id).order_by("-exposed_on", "-id").values_list(*Entry._fields)
        entries = seen.all(map(Entry._make, rows))
        return OwnRecord(
            entries=entries,
            disputes=_disputes(reader.id),
            questions=OpenQuestion.objects.filter(person=reader.id, exposed_on__lte=today()).count(),
            level=_levels([reader.id])[reader.id],
            duty=DutyCovered.objects.filter(person=reader.id).values_list("shifts", "linked").first(),
        )


def own_entry(reader: Actor, entry_id: int) -> tuple[WholeEntry, list[Disputed]]:
    """Return one of the reader's own exposures whole, and what they said about it."""
    with looks.own(reader.id, DataClass.EXPOSURE, "Why is this here?", WholeEntry._fields) as seen:
        row = _shown(person=reader.id, id=entry_id).values_list(*WholeEntry._fields).first()
        if row is None:
            raise Http404
        entry = seen.all([WholeEntry._make(row)])[0]
        return entry, [said for said in _disputes(reader.id) if said.exposure_key == entry.key]


def own_questions(reader: Actor) -> list[Question]:
    """Return the reader's open questions, newest first."""
    with looks.own(reader.id, DataClass.QUESTIONS, "We could not tell", Question._fields) as seen:
        asked = OpenQuestion.objects.filter(person=reader.id, exposed_on__lte=today())
        rows = asked.order_by("-exposed_on", "-id")
        return seen.all(map(Question._make, rows.values_list(*Question._fields)))


def own_sharing(reader: Actor) -> list[Choice]:
    """Return every sharing level the reader chose, newest first; empty means the default, full."""
    with looks.own(reader.id, DataClass.SHARING, "Who can see my record", Choice._fields) as seen:
        choices = SharingChoice.objects.filter(person=reader.id).order_by("-chosen_at", "-id")
        return seen.all(map(Choice._make, choices.values_list(*Choice._fields)))


def own_looks(reader: Actor) -> tuple[list[Looked], int]:
    """Return the looks of others at the reader, newest first, and how often the reader looked themselves."""
    with looks.own(reader.id, DataClass.AUDIT, "Who looked", Looked._fields) as seen:
        written = AuditEvent.objects.filter(subject=reader.id, outcome=SHOWN)
        others = written.exclude(actor=reader.id).order_by("-at", "-id")
        columns = ("at", "actor__display_name", *Looked._fields[2:])
        own = written.filter(actor=reader.id).count() + 1  # and this one, which is written down last
        return seen.all(map(Looked._make, others.values_list(*columns))), own


def team_today(reader: Actor) -> list[TeamToday]:
    """Return everyone posted today to each team the reader supervises, by name, without the reader."""
    with transaction.atomic():
        teams, seen = [], []
        for team in _supervised(reader.id):
            posted = _posted(team, reader)
            levels = _levels([member.id for member in posted])
            allowed = {m.id for m in posted if _decide(m, levels[m.id]).allowed}
            days = _days(allowed)
            members = [Member(m.id, m.name, m.rank, days.get(m.id)) for m in posted]
            seen += [looks.glance(reader.id, m.id, m.days, Day._fields) for m in members]
            teams.append(TeamToday(team, members))
        audit.record(seen)
        return teams


def team_member(reader: Actor, person_id: UUID) -> MemberRecord:
    """Return one member's exposures. Http404 alike for: not there, not on the team today, out, and nothing to show."""
    with transaction.atomic():
        for team in _supervised(reader.id):
            for member in _posted(team, reader):
                if member.id == person_id and _decide(member, _levels([member.id])[member.id]).allowed:
                    return _member_record(reader, member, team)
        raise Http404


def for_administrator(hr_ref: str, columns: Sequence[str]) -> list[dict[str, Any]] | None:
    """Return one person's exposures for the command line, oldest first, as these columns; None if nobody has `hr_ref`.

    Empty alike for somebody with none and for somebody who left the tracker. The person sees the look.
    """
    with transaction.atomic():
        person = Person.objects.filter(hr_ref=hr_ref).values_list("id", flat=True).first()
        if person is None:
            return None
        decision = decide(Relation.ADMINISTRATOR, Level(_levels([person])[person]), DataClass.EXPOSURE)
        seen = DataClass.EXPOSURE if decision.allowed else NAME_ONLY
        purpose = "exposures listed by the administrator"
        rows = _shown(person=person).order_by("exposed_on", "key").values(*columns)
        found = list(rows) if decision.allowed else []
        what = {"fields": tuple(columns), "rows": len(found), "office": Relation.ADMINISTRATOR}
        audit.record([audit.Look(None, person, "command line", purpose, "command line", seen, **what)])
        return found


class _Posted(NamedTuple):
    id: UUID
    name: str
    rank: str
    is_supervisor: bool


def _member_record(reader: Actor, member: _Posted, team: Team) -> MemberRecord:
    rows = _shown(person=member.id, exposed_on__gte=_since()).order_by("-exposed_on", "-id")
    entries = [Entry._make(row) for row in rows.values_list(*Entry._fields)]
    if not entries:
        raise Http404
    audit.record(
        [looks.supervisor(reader.id, member.id, "Team member", DataClass.EXPOSURE, Entry._fields, len(entries))]
    )
    return MemberRecord(member.name, member.rank, team, entries)


def _decide(member: _Posted, level: str) -> Any:
    relation = Relation.PEER_SUPERVISOR if member.is_supervisor else Relation.SUPERVISOR
    return decide(relation, Level(level), DataClass.TEAM_EXPOSURE)


def _supervised(person_id: UUID) -> tuple[Team, ...]:
    rows = Posting.objects.filter(_on_today(), person=person_id, is_supervisor=True).order_by("unit__name", "unit_id")
    found = rows.values_list("unit_id", "unit__name", DISTRICT).distinct()
    return tuple(Team(unit_id, unit_name(name, district)) for unit_id, name, district in found)


def _posted(team: Team, reader: Actor) -> list[_Posted]:
    """Return everyone else on the team today, once each, by name."""
    rows = Posting.objects.filter(_on_today(), _in_service("person__"), unit=team.id).exclude(person=reader.id)
    found = rows.order_by("is_supervisor").values_list(
        "person_id", "person__display_name", "rank_code", "is_supervisor"
    )
    once = {row[0]: _Posted._make(row) for row in found}
    return sorted(once.values(), key=lambda member: (member.name.casefold(), member.id))


def _levels(people: list[UUID]) -> dict[UUID, str]:
    """Return each person's sharing level: the newest choice, or full."""
    choices = SharingChoice.objects.filter(person__in=people).order_by("chosen_at", "id")
    return dict.fromkeys(people, Level.FULL.value) | dict(choices.values_list("person_id", "level"))


def _days(people: set[UUID]) -> dict[UUID, list[Day]]:
    """Return days and points of five years for those of `people` who have any."""
    found: dict[UUID, list[Day]] = {}
    rows = _shown(person__in=people, exposed_on__gte=_since())
    for person_id, exposed_on, points in rows.values_list("person_id", "exposed_on", "points"):
        found.setdefault(person_id, []).append(Day(exposed_on, points))
    return found


def _shown(**only: Any) -> QuerySet[Exposure]:
    """Exposures that may be shown: one dated in the future is shown to nobody, not even its person, until its day."""
    return Exposure.objects.filter(exposed_on__lte=today(), **only)


def _disputes(person_id: UUID) -> list[Disputed]:
    rows = Dispute.objects.filter(person=person_id, taken_back_at=None).order_by("-made_at", "-id")
    return [Disputed._make(row) for row in rows.values_list(*Disputed._fields)]


def _since() -> date:
    return five_years_start(today())


def _on_today() -> Q:
    """A posting that holds today: its first day counts, its last does not."""
    day = today()
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))


def _in_service(prefix: str = "") -> Q:
    return Q(**{f"{prefix}left_on": None}) | Q(**{f"{prefix}left_on__gt": today()})
