"""What share of duty could be linked to anything, from the plain counts and from the fast ones."""

from datetime import date, datetime, timedelta

import pytest

from tests.generative.forces import pack
from tests.generative.test_equality import in_duckdb
from tests.spec.test_meaning import DAY, DEATH, held, log, named, sent, stated
from traumatracker.engine import bulk, covered
from traumatracker.engine.tables import Tables

ON, OFF = datetime(2024, 2, 28, 14), datetime(2024, 2, 28, 23)


@pytest.fixture(params=["plain", "fast"])
def counted(request):
    def run(as_of=DAY, **tables):
        tables.setdefault("identifier", [held("A1", "0123"), held("B2", "77")])
        given = Tables(**tables)
        if request.param == "plain":
            return covered.plain(given, pack(), as_of)
        connection = in_duckdb(given)
        bulk.build(connection, pack(), as_of)
        return covered.covered(connection, pack(), as_of)

    return run


def shift(number, callsign="AB1", on=ON, off=OFF):
    return (callsign, "collar", number, on, off, None)


def posted(person, team):
    return (person, team, "PC", "", False, date(2020, 1, 1), None)


def people(result):
    return [(row.person_id, row.shifts, row.shifts_linked) for row in result.people]


def teams(result):
    return [(row.team, row.deployments, row.deployments_linked) for row in result.teams]


def test_a_shift_is_linked_if_its_callsign_was_at_a_scene_in_it(counted):
    day_before = [at - timedelta(days=1) for at in (ON, OFF)]
    crew = [shift("0123"), shift("0123", "AB1", *day_before), shift("77", "CD1"), shift("999")]
    result = counted(incident=[log()], deployment=[sent(), sent("d2", callsign="CD1", attended=False)], crew=crew)
    assert people(result) == [("A1", 2, 1), ("B2", 1, 0)]


def test_only_the_last_year_is_looked_at(counted):
    assert people(counted(crew=[shift("0123")], as_of=date(2025, 2, 26))) == [("A1", 1, 0)]
    assert people(counted(crew=[shift("0123")], as_of=date(2025, 2, 27))) == []


def test_a_resource_belongs_to_the_teams_booked_on_under_its_callsign_that_day(counted):
    early = shift("0123", on=datetime(2024, 2, 28, 6), off=datetime(2024, 2, 28, 14))  # off by the time of arrival
    facts = {"incident": [log()], "crew": [early], "posting": [posted("A1", "T1")]}
    sent_out = [sent(), sent("d2", callsign="ZZ9")]
    assert teams(counted(deployment=sent_out, **facts)) == [(None, 1, 0), ("T1", 1, 0)]
    called = [named("77"), named("999", "d2")]
    assert teams(counted(deployment=sent_out, involvement=called, **facts)) == [(None, 1, 0), ("T1", 1, 1)]


def test_a_part_that_no_record_shows_is_named(counted):
    claims = [stated("0123", "oic_investigator")]
    result = counted(incident=[log()], incident_code=[DEATH], deployment=[sent()], involvement=claims)
    seen = {row.role for row in result.roles if row.seen}
    assert seen == {"first_at_scene", "attended_during", "attended_later", "oic_investigator"}
    assert {row.role for row in result.roles} == set(pack().roles)
