"""Each kind of bad input gives its own reason, keeps what was good, and stops nothing else."""

import zipfile

import pytest

from tests.sources.made_up import GOOD, HEADER, lines, text
from tests.sources.made_up import line as one
from traumatracker.errors import CannotRun
from traumatracker.record.quarantine import all_quarantined
from traumatracker.sources.formats import folder
from traumatracker.sources.reasons import meaning

BAD_ROWS = {
    "half a row": ("B,01/03/2024 10:00:00", "", "ragged_row"),
    "one cell too many": (one(Urn="B") + ",more", "", "ragged_row"),
    "a quote never closed": (one(Urn="B", Marker='"open'), "", "ragged_row"),
    "a cell over a million characters": (one(Urn="B", Details="x" * 1_000_001), "", "ragged_row"),
    "no reference": (one(Urn=""), "Urn", "missing_value"),
    "a date written otherwise": (one(Urn="B", Opened="2024-03-01"), "Opened", "bad_time"),
    "a date that does not exist": (one(Urn="B", Opened="30/02/2024 10:00:00"), "Opened", "bad_time"),
    "a time skipped in spring": (one(Urn="B", Opened="31/03/2024 01:30:00"), "Opened", "nonexistent_time"),
    "a date in 1900": (one(Urn="B", Opened="01/01/1900 10:00:00"), "Opened", "time_out_of_range"),
    "a date in 2099": (one(Urn="B", Left="01/01/2099 10:00:00"), "Left", "time_out_of_range"),
    "eleven minutes after the batch": (one(Urn="B", Left="01/06/2024 13:11:00"), "Left", "time_out_of_range"),
    "an officer id of -": (one(Urn="B", Officer="-"), "Officer", "placeholder_person"),
    "an officer id that is only letters": (one(Urn="B", Officer="PC"), "Officer", "placeholder_person"),
    "an unknown role": (one(Urn="B", Role="BYSTANDER"), "Role", "unknown_role"),
    "a flag that is neither": (one(Urn="B", Child="perhaps"), "Child", "bad_flag"),
    "a restricted log": (one(Urn="B", Marker="Restricted", Officer="-"), "Marker", "restricted"),
    "a witness": (one(Urn="B", Role="witness"), "Role", "private_role"),
    "a reference of 201 characters": (one(Urn="B" * 201), "Urn", "too_long"),
    "one code of 201 characters": (one(Urn="B", Code="4.10;" + "C" * 201), "Code", "too_long"),
    "a NUL": (one(Urn="B\0"), "Urn", "unreadable_text"),
}


def test_a_text_of_200_characters_is_kept_whatever_stood_around_it(force, connection):
    force.write("logs.csv", text(one(Urn=" " + "B" * 200 + " ", Code=";".join(["C" * 150] * 9), Details="x" * 1_000)))
    force.take()
    assert set(force.held(connection)) == {"B" * 200}


@pytest.mark.parametrize("kind", BAD_ROWS)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_bad_row_gives_its_reason_and_the_others_are_kept(force, kind, place):
    row, column, reason = BAD_ROWS[kind]
    good = lines(4)
    at = {"first": 0, "middle": 2, "last": 4}[place]
    force.write("logs.csv", text(*good[:at], row, *good[at:]))
    force.write("codes.csv", text("HO,4.10,Corporate manslaughter", header="System,Code,Label"))

    taken = force.take()

    assert taken.quarantine_reasons == {reason: 1}
    assert (taken.rows_read, taken.rows_accepted, taken.rows_stored) == (6, 5, 5)
    assert taken.refused == []
    (found,) = all_quarantined(force.record.of("tiny")).to_pylist()
    assert (found["file"], found["row"], found["column"], found["reason"]) == ("logs.csv", at + 2, column, reason)
    assert meaning(reason)


def test_the_quarantine_holds_no_value(force):
    force.write("logs.csv", text(one(Urn="SECRETREF", Officer="-", Details="SECRETWORDS"), *lines(2)))
    force.take()
    for path in force.record.folder.rglob("*"):
        if path.is_file():
            assert b"SECRET" not in path.read_bytes()


def test_what_is_dropped_or_restricted_is_stored_nowhere(force, connection):
    force.write("logs.csv", text(one(Urn="A", Details="SECRETWORDS"), one(Urn="SECRETREF", Marker="RESTRICTED")))
    force.take()
    assert set(force.held(connection)) == {"A"}
    assert "Details" not in force.held(connection)["A"]
    assert not any(b"SECRET" in path.read_bytes() for path in force.record.folder.rglob("*") if path.is_file())


BAD_FILES = {
    "a missing column": (text(header=HEADER.replace("Officer,", "")), "missing_column", "'Officer'"),
    "a renamed column": (text(header=HEADER.replace("Officer", "Collar")), "missing_column", "'Collar'"),
    "an undeclared column": (text(header=HEADER + ",Callers_Name"), "undeclared_column", "'Callers_Name'"),
    "a column twice": (text(header=HEADER + ",Urn"), "repeated_column", "'Urn'"),
    "semicolons": (text(header=HEADER.replace(",", ";")), "wrong_delimiter", "';'"),
    "tabs": (text(header=HEADER.replace(",", "\t")), "wrong_delimiter", "'\\t'"),
    "an empty file": ("", "empty_file", "logs_bad.csv"),
    "only line breaks": ("\r\n\r\n", "empty_file", "logs_bad.csv"),
    "only a byte-order mark": ("\ufeff", "empty_file", "logs_bad.csv"),
    "no header": (one() + "\n" + one() + "\n", "missing_column", "'Urn'"),
    "nine megabytes without a line": ("x" * (9 * 2**20), "unreadable_text", "no lines"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_refused_file_says_why_and_stops_no_other(force, kind):
    content, reason, said = BAD_FILES[kind]
    force.write("logs_bad.csv", content)
    force.write("logs_good.csv", text(*lines(3)))

    taken = force.take()

    assert [(r["file"], r["reason"]) for r in taken.refused] == [("logs_bad.csv", reason)]
    assert said in taken.refused[0]["message"]
    assert (taken.rows_read, taken.rows_stored) == (3, 3)
    assert meaning(reason)


def test_a_file_without_its_header_does_not_leak_a_row_into_the_message(force):
    force.write("logs.csv", text(*lines(2), header=one(Urn="SECRETREF")))
    (refused,) = force.take().refused
    assert "SECRET" not in refused["message"] and GOOD[5] not in refused["message"]


def test_a_damaged_zip_stops_no_other_file(force):
    force.write("exports.zip", b"PK\x03\x04 this is not a zip")
    force.write("logs.csv", text(*lines(2)))
    taken = force.take()
    assert [(r["file"], r["reason"]) for r in taken.refused] == [("exports.zip", "unreadable_file")]
    assert taken.rows_stored == 2


def test_a_zip_bomb_is_refused(force, monkeypatch):
    monkeypatch.setattr(folder, "MOST_RATIO", 2)  # the real limit would need a gigabyte
    with zipfile.ZipFile(force.folder / "exports.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs.csv", b"\n" * (3 * 2**20))
    taken = force.take()
    assert [r["reason"] for r in taken.refused] == ["too_large"]


def test_files_inside_a_zip_are_read(force):
    with zipfile.ZipFile(force.folder / "exports.ZIP", "w") as archive:
        archive.writestr("folder/LOGS_2024.CSV", text(*lines(3)))
        archive.writestr("folder/readme.txt", "hello")
        archive.writestr("__MACOSX/logs.csv", "junk")
    taken = force.take()
    assert taken.rows_stored == 3
    assert taken.files_ignored == ["exports.ZIP/folder/readme.txt"]


def test_a_byte_order_mark_is_no_part_of_the_first_column(force):
    force.write("logs.csv", "\ufeff" + text(*lines(2)))
    assert force.take().rows_stored == 2


def test_utf_16_with_its_mark_is_read(force):
    force.write("logs.csv", text(*lines(2)).encode("utf-16"))
    assert force.take().rows_stored == 2


def test_latin_1_text_is_read_and_noted(force, connection):
    rows = [one(Urn="A", Marker="caf\u00e9"), *lines(1)]
    force.write("logs.csv", text(*rows).encode("latin-1"))
    taken = force.take()
    assert taken.rows_stored == 2
    assert "windows-1252" in taken.notes[0]
    assert force.held(connection)["A"]["Marker"] == "caf\u00e9"


def test_one_foreign_byte_does_not_spoil_the_utf_8_around_it(force, connection):
    content = text(one(Urn="A", Marker="caf\u00e9")).encode() + (one(Urn="B", Marker="caf?") + "\r\n").encode().replace(
        b"?", b"\xe9"
    )
    force.write("logs.csv", content)
    assert force.take().rows_stored == 2
    assert {row["Marker"] for row in force.held(connection).values()} == {"caf\u00e9"}


def test_a_byte_that_is_nothing_in_either_is_unreadable(force):
    force.write("logs.csv", text(one(Urn="A?"), *lines(1)).encode().replace(b"?", b"\x81"))
    assert force.take().quarantine_reasons == {"unreadable_text": 1}


@pytest.mark.parametrize("cut", range(1, 100, 7))
def test_a_half_written_last_line_is_set_aside_and_comes_in_whole_later(force, cut):
    whole = text(*lines(5))
    force.write("logs.csv", whole[: -cut - 2])
    first = force.take()
    assert first.rows_stored >= 3 and set(first.quarantine_reasons) <= {"incomplete_last_line"}

    force.write("logs.csv", whole)
    second = force.take()

    assert second.quarantine_reasons == {}
    assert first.rows_stored + second.rows_stored == 5


def test_a_last_line_that_may_be_cut_inside_a_kept_cell_is_set_aside(force):
    force.write("codes.csv", "System,Code,Label\nHO,4.10,Corporate manslaughter\nHO,4.1,Mansl")
    force.write("logs.csv", text(*lines(1)))
    assert force.take().quarantine_reasons == {"incomplete_last_line": 1}


def test_the_first_places_of_each_reason_are_told_without_a_value_and_again_the_next_time(force):
    bad = [one(Urn="", Officer="0777") for _ in range(5)]
    force.write("logs.csv", text(*lines(1), *bad))
    force.write("codes.csv", text("HO,4.10,Corporate manslaughter", header="System,Code,Label"))
    told = force.take().quarantined
    first = [{"row": row, "column": "Urn"} for row in (3, 4, 5)]
    assert told == [
        {"file": "logs.csv", "reason": "missing_value", "rows": 5, "meaning": meaning("missing_value"), "first": first}
    ]
    assert "0777" not in str(told)
    assert force.take().quarantined == told  # remembered, not read again


def test_a_file_of_only_a_header_is_taken_and_noted(force):
    force.write("logs.csv", HEADER + "\n")
    taken = force.take()
    assert (taken.rows_read, taken.refused) == (0, [])
    assert "logs.csv has a header and no rows." in taken.notes


def test_codes_and_collars_stay_text(force, connection):
    force.write(
        "logs.csv", text(one(Urn="A", Code="4.10;004/1", Officer="0123"), one(Urn="B", Code="4/10", Officer="pc 0123"))
    )
    force.take()
    held = force.held(connection)
    assert held["A"]["Code"] == ["4.10", "4.1"]
    assert held["B"]["Code"] == ["4.10"]
    assert held["A"]["Officer"] == held["B"]["Officer"] == "0123"


def test_a_cell_may_hold_a_line_break(force, connection):
    force.write("logs.csv", text(one(Urn="A", Marker='"two\r\nlines, and a ""quote"""'), *lines(2)))
    assert force.take().rows_stored == 3
    assert force.held(connection)["A"]["Marker"] == 'two\r\nlines, and a "quote"'


def test_a_quote_never_closed_costs_one_row_even_in_a_long_file(force):
    rows = lines(3_000)
    rows[1_000] = one(Urn="B", Marker='"open')
    force.write("logs.csv", text(*rows))
    taken = force.take()
    assert taken.quarantine_reasons == {"ragged_row": 1}
    assert taken.rows_stored == 2_999


def test_empty_lines_are_no_rows_but_count_as_lines(force):
    force.write("logs.csv", text("", *lines(1), "", one(Urn="B", Officer="-"), "", ""))
    taken = force.take()
    assert (taken.rows_read, taken.rows_stored) == (2, 1)
    assert all_quarantined(force.record.of("tiny"))["row"].to_pylist() == [5]


def test_columns_may_come_in_any_order(force, connection):
    turned = [",".join(reversed(row.split(","))) for row in [HEADER, *lines(2)]]
    force.write("logs.csv", text(*turned[1:], header=turned[0]))
    assert force.take().rows_stored == 2
    assert force.held(connection)["G1"]["Officer"] == "0123"


def test_formulas_and_markup_are_kept_as_they_stand(force, connection):
    nasty = "=1+1<script>'; DROP TABLE incident; --"
    force.write("logs.csv", text(one(Urn="A", Marker=nasty)))
    force.take()
    assert force.held(connection)["A"]["Marker"] == nasty


def test_no_folder_or_nothing_to_read_cannot_run(force, tmp_path):
    with pytest.raises(CannotRun, match="logs"):
        force.take()
    force.folder.rmdir()
    with pytest.raises(CannotRun, match="no folder"):
        force.take()
