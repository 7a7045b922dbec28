"""Two rows of one version that say different things: both are kept, and a person may choose."""

from datetime import timedelta

import pytest

from tests.record.helpers import decide
from tests.sources.made_up import RECEIVED, line, lines, text
from traumatracker.record.conflicts import conflicts, contents

LATER = RECEIVED + timedelta(days=1)


@pytest.fixture
def held(force):
    force.write("logs.csv", text(line(Urn="A"), *lines(3), line(Urn="A", Role="OIC"), line(Urn="A", Role="OIC")))
    assert force.take().quarantine_reasons == {"conflict": 2}
    return force.record.of("tiny")


def chosen(force, held, which="hash", **cells):
    (found,) = conflicts(held, "logs")
    told = {"Table": "logs", "Key_Sha256": found.key_sha256, "Row_Version": found.version}
    return decide(force, "people_choices", **told | {"Hash": getattr(found, which)} | cells)


def role(force, connection, urn="A"):
    return force.held(connection)[urn]["Role"]


def test_both_contents_are_kept(force, held, connection):
    (found,) = conflicts(held, "logs")
    assert (found.key, found.batch) == ("A", "000001") and found.hash != found.held_hash
    said = contents(held, "logs", found.key_sha256, found.version)
    assert said[found.hash]["Role"] == "oic_investigator" and said[found.held_hash]["Role"] == "attended_during"
    assert role(force, connection) == "attended_during"
    assert len(force.held(connection)) == 4


def test_reading_the_same_conflict_again_keeps_nothing_twice(force, held):
    assert force.take(LATER).quarantine_reasons == {"conflict": 2}
    assert len(conflicts(held, "logs")) == len(held.parts("logs", "conflicts")) == 1


def test_the_chosen_row_counts_until_the_choice_is_undone(force, held, connection):
    assert chosen(force, held).rows_stored == 1
    assert role(force, connection) == "oic_investigator" and len(force.held(connection)) == 4
    chosen(force, held, Version=2, State="undone")
    assert role(force, connection) == "attended_during"


def test_the_latest_of_two_choices_counts(force, held, connection):
    chosen(force, held)
    chosen(force, held, which="held_hash", Id="2", Version="2")
    assert role(force, connection) == "attended_during" and len(force.held(connection)) == 4


def test_a_choice_of_content_that_nobody_sent_changes_nothing(force, held, connection):
    chosen(force, held, Hash="0" * 64)
    assert role(force, connection) == "attended_during" and len(force.held(connection)) == 4


def test_a_newer_version_supersedes_what_was_chosen(force, held, connection):
    chosen(force, held)
    force.write("logs.csv", text(line(Urn="A", Role="ATTENDED", Updated="02/03/2024 09:00:00")))
    force.take(LATER)
    assert role(force, connection) == "attended_during"


def test_a_table_without_versions_keeps_both_and_may_be_chosen_from(force, connection):
    force.write("codes.csv", text("HO,1,Murder", "HO,1,Homicide", "HO,2,Attempt", header="System,Code,Label"))
    force.take()
    force.take(LATER)
    held = force.record.of("tiny")
    (found,) = conflicts(held, "codes")
    told = {"Table": "codes", "Key_Sha256": found.key_sha256, "Row_Version": found.version, "Hash": found.hash}
    decide(force, "people_choices", **told)
    assert force.held(connection, "codes")["HO\x1f1"]["Label"] == "Homicide"
    assert len(force.held(connection, "codes")) == 2


def test_what_is_restricted_is_not_kept_aside(force):
    force.write("logs.csv", text(line(Urn="A"), line(Urn="A", Details="same", Marker="RESTRICTED", Role="OIC")))
    force.take()
    assert force.record.of("tiny").parts("logs", "conflicts") == []
