"""A person's decision on a link is a row of the record, and a link of the canonical tables until it is undone."""

from tests.record.helpers import decide
from tests.sources.made_up import profile
from traumatracker.sources import canonical

ENDS = {"From": "cad:1", "To": "cad:2"}


def links(force, connection):
    canonical.register(connection, profile, force.record)
    return connection.execute("SELECT * FROM incident_link WHERE is_decided ORDER BY ALL").fetchall()


def test_it_is_a_decided_link_until_it_is_undone(force, connection):
    decide(force, "people_links", Kind="not_the_same", **ENDS)
    decide(force, "people_links", Id="2", Kind="duplicate_of", **ENDS)
    assert [row[2] for row in links(force, connection)] == ["duplicate_of", "not_the_same"]
    decide(force, "people_links", Version="2", State="undone", Kind="not_the_same", **ENDS)
    assert links(force, connection) == [("cad:1", "cad:2", "duplicate_of", True)]


def test_a_kind_that_nobody_decides_is_set_aside(force):
    taken = decide(force, "people_links", Kind="split_from", **ENDS)
    assert taken.quarantine_reasons == {"unknown_link_kind": 1}
