"""A profile that changes its mind about a column leaves a record that can still be read, and rewritten."""

from datetime import timedelta

import duckdb
import pytest

from tests.record.helpers import agree
from tests.record.station import PROFILE, RECEIVED, profile, take
from traumatracker.record.compact import compact
from traumatracker.sources import canonical
from traumatracker.sources.erasure import erase
from traumatracker.sources.profile import parse_profile

HEADER = "Urn,Version,Opened,Officers,Handler,Viewed,Marker\n"
OFFICERS, HANDLER = 'Officers = { keep = "ref", split = ";" }', 'Handler = { keep = "person" }'
# what the profile says of which column now, and what both rows' cell then is
CHANGES = {
    "several to one": (OFFICERS, 'Officers = { keep = "ref" }', ["77", "8"]),
    "one to several": (HANDLER, 'Handler = { keep = "code", split = ";" }', [["5"], ["5"]]),
    "text to number": (HANDLER, 'Handler = { keep = "number" }', [5, 5]),
    "text to date": (HANDLER, 'Handler = { keep = "date", format = "iso" }', [None, None]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_column_of_another_type(force, change):
    before, after, expected = CHANGES[change]
    column = before.split()[0]
    assert before in PROFILE
    later = parse_profile(PROFILE.replace(before, after), "tiny")
    handler = "" if change == "text to date" else "5"
    take(force, logs=HEADER + "A,1,2022-03-01,77,5,,\n")
    take(force, RECEIVED + timedelta(days=1), later, logs=HEADER + f"B,1,2022-03-01,8,{handler},,\n")

    assert told(force, later, column) == expected
    again = take(force, RECEIVED + timedelta(days=2), later, logs=HEADER + f"B,1,2022-03-01,8,{handler},, \n")
    assert again.rows_stored == 0
    compact(force.record, "tiny")
    assert len(force.record.of("tiny").parts("logs")) == 1
    assert told(force, later, column) == expected
    agree(force.record.of("tiny"))


def told(force, using, column):
    """The column of both rows, as the later profile reads it; everything else must be readable too."""
    with duckdb.connect() as connection:
        canonical.register(connection, using, force.record)
        return [row[0] for row in connection.sql(f"SELECT {column} FROM source_logs ORDER BY Urn").fetchall()]


def test_the_profile_is_believed_before_anything_new_came(force):
    take(force, logs=HEADER + "A,1,2022-03-01,77;88,5,,\n")
    assert told(force, profile, "Officers") == [["77", "88"]]
    later = parse_profile(PROFILE.replace(*CHANGES["several to one"][:2]), "tiny")
    assert told(force, later, "Officers") == ["77;88"]


@pytest.mark.parametrize("both", [True, False])
def test_a_person_is_erased_from_files_of_either_type(force, both):
    later = parse_profile(PROFILE.replace(*CHANGES["several to one"][:2]), "tiny")
    take(force, logs=HEADER + "A,1,2022-03-01,77,88,,\n")
    if both:
        take(force, RECEIVED + timedelta(days=1), later, logs=HEADER + "B,1,2022-03-01,77,88,,\n")
    assert erase(later, force.record, "CANARY1")["rows_emptied"]["logs"] == 1 + both
    agree(force.record.of("tiny"))
    assert told(force, later, "Officers") == [None] * (1 + both)
    assert told(force, later, "Handler") == ["88"] * (1 + both)
