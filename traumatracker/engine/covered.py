"""What share of duty the systems could link to anything, by person and team, and which roles they never show.

A tracker that misses half the jobs tells half the force that they are fine: these counts say where it is blind. They
are counts of records, never of what anybody went through. `plain` defines them in plain Python; `covered` gives the
same rows from DuckDB, over the canonical tables alone.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb

from traumatracker.engine.pack import Pack
from traumatracker.engine.tables import Tables

DAYS = 365  # up to and including `as_of`. Source: judgement; the longest of the usual windows, a whole year of rosters
DERIVED = ("first_at_scene", "attended_during", "attended_later")  # parts that follow from a resource's arrival


@dataclass(frozen=True, slots=True)
class PersonCovered:
    """`shifts`: bookings under a callsign. `shifts_linked`: of those, with a resource of that callsign at a scene."""

    person_id: str
    shifts: int
    shifts_linked: int


@dataclass(frozen=True, slots=True)
class TeamCovered:
    """`deployments`: resources at a scene under a callsign that somebody of the team was booked on under that day.

    `deployments_linked`: of those, with somebody of any team named or booked on at that minute. `team` None: nobody
    was booked on under the callsign that day, or only people with no posting. One resource may count for two teams.
    """

    team: str | None
    deployments: int
    deployments_linked: int


@dataclass(frozen=True, slots=True)
class RoleCovered:
    """Whether any record ever shows this part of the pack. One that none shows is counted for nobody."""

    role: str
    seen: bool


@dataclass(frozen=True, slots=True)
class Covered:
    """Everything, sorted: people by id, teams by id (none first), roles in the order of the pack."""

    people: list[PersonCovered]
    teams: list[TeamCovered]
    roles: list[RoleCovered]


def plain(tables: Tables, pack: Pack, as_of: date) -> Covered:
    """Return what is covered in the year up to `as_of`, in plain Python with no care for speed."""
    first = as_of - timedelta(days=DAYS - 1)
    arrived = [row for row in tables["deployment"] if row.attended and row.at_scene_at]
    at_scene = [row for row in arrived if row.at_scene_on and first <= row.at_scene_on <= as_of]
    crew = [
        (row, person)
        for row in tables["crew"]
        if row.callsign and row.booked_on_at and row.booked_off_at
        for person in _who(tables["identifier"], row, row.booked_on_at.date())
    ]
    shifts: dict[str, list[bool]] = defaultdict(list)
    for row, person in crew:
        if first <= row.booked_on_at.date() <= as_of:
            shifts[person].append(any(_is_on(row, sent) for sent in arrived))
    named = {
        row.deployment_id
        for sent in at_scene
        for row in tables["involvement"]
        if row.deployment_id == sent.deployment_id and _who(tables["identifier"], row, sent.at_scene_on)
    }
    teams: dict[str | None, list[bool]] = defaultdict(list)
    for sent in at_scene:
        linked = sent.deployment_id in named or any(_is_on(row, sent) for row, _ in crew)
        that_day = {person for row, person in crew if _is_that_day(row, sent)}
        for team in {_team(tables["posting"], person, sent.at_scene_on) for person in that_day} - {None} or {None}:
            teams[team].append(linked)
    return Covered(
        people=[PersonCovered(person, len(found), sum(found)) for person, found in sorted(shifts.items())],
        teams=[TeamCovered(team, len(teams[team]), sum(teams[team])) for team in sorted(teams, key=lambda t: t or "")],
        roles=_roles(pack, _stated(tables), any(row.attended for row in tables["deployment"])),
    )


def _is_on(row: Any, sent: Any) -> bool:
    same = sent.at_scene_at is not None and row.callsign == sent.callsign
    return bool(same and row.booked_on_at <= sent.at_scene_at < row.booked_off_at)


def _is_that_day(row: Any, sent: Any) -> bool:
    on, off = row.booked_on_at.date(), row.booked_off_at.date()
    return bool(row.callsign == sent.callsign and on <= sent.at_scene_at.date() <= off)


def _who(identifiers: Iterable[Any], named: Any, on: date) -> list[str]:
    held = {
        (row.person_id, bool(row.is_decided))
        for row in identifiers
        if (row.identifier_type, row.identifier) == (named.identifier_type, named.identifier)
        and row.valid_from <= on
        and (row.valid_to is None or on < row.valid_to)
    }
    people = {person for person, decided in held if decided} or {person for person, _ in held}
    return list(people) if len(people) == 1 else []


def _team(postings: Iterable[Any], person: str, on: date) -> str | None:
    """The unit of the posting valid that day; of two, the later one."""
    valid = [row for row in postings if row.person_id == person and row.valid_from <= on]
    valid = [row for row in valid if row.valid_to is None or on < row.valid_to]
    latest = max((row.valid_from for row in valid), default=None)
    return min((row.unit_id for row in valid if row.valid_from == latest), default=None)


def _stated(tables: Tables) -> set[str]:
    return {row.role_code for name in ("involvement", "deployment") for row in tables[name] if row.role_code}


def _roles(pack: Pack, stated: set[str], is_anybody_sent: bool) -> list[RoleCovered]:
    seen = stated | (set(DERIVED) if is_anybody_sent else set())
    return [RoleCovered(role, role in seen) for role in pack.roles]


def covered(connection: duckdb.DuckDBPyConnection, pack: Pack, as_of: date) -> Covered:
    """Return the rows of `plain`. The connection has run `bulk.build`, whose `held` and `posted` are read."""
    first = as_of - timedelta(days=DAYS - 1)
    connection.execute(_DUTY)
    connection.execute(_SCENES, [first, as_of])
    people = connection.execute(_PEOPLE, [first, as_of]).fetchall()
    teams = connection.execute(_TEAMS).fetchall()
    stated = connection.execute(
        "SELECT role_code FROM involvement WHERE role_code <> '' UNION SELECT role_code FROM deployment"
        " WHERE role_code <> ''"
    ).fetchall()
    sent = connection.execute("SELECT count(*) FROM deployment WHERE attended").fetchall()[0][0]
    return Covered(
        people=[PersonCovered(*row) for row in people],
        teams=[TeamCovered(*row) for row in teams],
        roles=_roles(pack, {role for (role,) in stated}, sent > 0),
    )


# Every booking of one known person, a row for each day of it: callsigns are joined by day before times are compared.
_DUTY = """
    CREATE OR REPLACE TEMP TABLE duty AS
    SELECT row_number() OVER () AS shift, callsign, person, booked_on_at, booked_off_at FROM crew c
    JOIN held h ON h.identifier_type = c.identifier_type AND h.identifier = c.identifier AND people = 1
         AND held_from <= booked_on_at::DATE AND (held_to IS NULL OR booked_on_at::DATE < held_to)
    WHERE callsign <> '' AND booked_on_at IS NOT NULL AND booked_off_at IS NOT NULL;
    CREATE OR REPLACE TEMP TABLE duty_day AS
    SELECT *, booked_on_at::DATE + unnest(range(booked_off_at::DATE - booked_on_at::DATE + 1))::INT AS day FROM duty;
"""

_SCENES = """
    CREATE OR REPLACE TEMP TABLE scene AS
    SELECT deployment_id, callsign, at_scene_at, at_scene_on FROM deployment
    WHERE attended AND at_scene_at IS NOT NULL AND at_scene_on BETWEEN ? AND ?
"""

_PEOPLE = """
    WITH linked AS (
        SELECT DISTINCT shift FROM duty_day d JOIN deployment s ON s.callsign = d.callsign AND s.at_scene_at::DATE = day
        WHERE attended AND booked_on_at <= at_scene_at AND at_scene_at < booked_off_at)
    SELECT person_id, count(*), count(linked.shift) FROM duty LEFT JOIN linked USING (shift)
    JOIN person_key USING (person) WHERE booked_on_at::DATE BETWEEN ? AND ? GROUP BY person_id ORDER BY person_id
"""

_TEAMS = """
    WITH booked AS (
        SELECT deployment_id, at_scene_on, person, booked_on_at <= at_scene_at AND at_scene_at < booked_off_at AS is_on
        FROM scene s JOIN duty_day d ON d.callsign = s.callsign AND day = at_scene_at::DATE),
    named AS (
        SELECT DISTINCT deployment_id FROM scene JOIN involvement i USING (deployment_id)
        JOIN held h ON h.identifier_type = i.identifier_type AND h.identifier = i.identifier AND people = 1
             AND held_from <= at_scene_on AND (held_to IS NULL OR at_scene_on < held_to)),
    linked AS (SELECT deployment_id FROM named UNION SELECT deployment_id FROM booked WHERE is_on),
    placed AS (
        SELECT DISTINCT deployment_id, team FROM booked b JOIN posted p ON p.person = b.person
             AND posted_from <= at_scene_on AND (posted_to IS NULL OR at_scene_on < posted_to))
    SELECT team, count(*), count(linked.deployment_id)
    FROM scene LEFT JOIN placed USING (deployment_id) LEFT JOIN linked USING (deployment_id)
    GROUP BY team ORDER BY team NULLS FIRST
"""
