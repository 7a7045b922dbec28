"""A row that must not be kept any more takes back the one taken before, whatever order they come in."""

import pytest

from tests.sources.made_up import line, text

BEFORE, AFTER = "01/03/2024 11:00:00", "02/03/2024 11:00:00"
CODES = text("HO,4.10,Corporate manslaughter", header="System,Code,Label")
REFUSED = {"restricted": {"Marker": "RESTRICTED"}, "private_role": {"Role": "WITNESS"}}


def take(force, *rows):
    force.write("logs.csv", text(line(Urn="OTHER"), *rows))
    force.write("codes.csv", CODES)
    return force.take()


@pytest.mark.parametrize("reason", REFUSED)
def test_a_row_refused_later_withholds_the_one_taken_before(force, connection, reason):
    take(force, line(Urn="A", Updated=BEFORE))
    assert set(force.held(connection)) == {"A", "OTHER"}
    assert take(force, line(Urn="A", Updated=AFTER, **REFUSED[reason])).quarantine_reasons == {reason: 1}
    assert set(force.held(connection)) == {"OTHER"}


def test_the_order_of_arrival_makes_no_difference(force, connection):
    take(force, line(Urn="A", Updated=AFTER, Marker="RESTRICTED"))
    take(force, line(Urn="A", Updated=BEFORE))
    assert set(force.held(connection)) == {"OTHER"}


def test_a_newer_version_that_is_open_again_is_shown_again(force, connection):
    take(force, line(Urn="A", Updated=BEFORE, Marker="RESTRICTED"))
    take(force, line(Urn="A", Updated=AFTER))
    assert set(force.held(connection)) == {"A", "OTHER"}


def test_saying_it_again_writes_nothing_again(force):
    refused = line(Urn="A", Updated=AFTER, Marker="RESTRICTED")
    take(force, refused)
    again = take(force, refused + " ")  # other bytes, so that the file is read again
    assert again.quarantine_reasons == {"restricted": 1}
    assert len(force.record.of("tiny").parts("logs", "withheld")) == 1


def test_the_reference_itself_is_not_written(force):
    take(force, line(Urn="CANARY99", Updated=AFTER, Marker="RESTRICTED"))
    written = b"".join(path.read_bytes() for path in force.record.folder.rglob("*") if path.is_file())
    assert b"CANARY99" not in written


def test_a_refused_row_without_a_whole_key_withholds_nothing(force, connection):
    take(force, line(Urn="A", Updated=BEFORE))
    take(force, line(Urn="", Updated=AFTER, Marker="RESTRICTED"), line(Urn="A", Updated="never", Marker="RESTRICTED"))
    assert set(force.held(connection)) == {"A", "OTHER"}
