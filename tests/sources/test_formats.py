"""Every format gives the record the same rows; what a format has spoilt is told, not guessed; the rest is refused."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from pyqvd import DoubleValue, DualDoubleValue, TimestampValue

from tests.sources import written
from tests.sources.made_up import COLUMNS, GOOD, PROFILE, line, lines, text
from traumatracker.record.quarantine import all_quarantined
from traumatracker.sources.formats import elements, typed
from traumatracker.sources.profile import BadProfile, parse_profile
from traumatracker.sources.reasons import meaning

ROWS = [tuple(each.split(",")) for each in [*lines(9), line(Urn="B", Officer="-"), line(Urn="C", Code="4.1;004/10")]]
ROW = 'row = "Log"'
FILES = {
    "logs.csv": (text(*(",".join(row) for row in ROWS)), ""),
    "logs.parquet": (written.parquet(COLUMNS, ROWS), ""),
    "logs.xlsx": (written.xlsx(COLUMNS, ROWS), ""),
    "logs.xml": (written.xml(COLUMNS, ROWS), ROW),
    "logs.qvd": (written.qvd(COLUMNS, ROWS), ""),
}
AT = {name: at for at, name in enumerate(COLUMNS)}


def row(**changed):
    """One row of GOOD cells, some of them changed, with their types."""
    return tuple(changed.get(name, usual) for name, usual in zip(COLUMNS, GOOD, strict=True))


def taken(force, name, content, more="", text=PROFILE):
    """Take one file of logs."""
    force.write(name, content)
    return force.take(using=written.profile_of(name, more=more, text=text))


def refused(force, name, content, more="", text=PROFILE):
    """Return the one refusal of a file that must give no row at all."""
    found = taken(force, name, content, more, text)
    assert found.rows_read == found.rows_stored == 0
    (only,) = found.refused
    assert meaning(only["reason"])
    return only


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_record_the_same_rows(force, connection, name):
    content, more = FILES[name]
    found = taken(force, name, content, more)
    assert (found.rows_read, found.rows_stored, found.quarantine_reasons) == (11, 10, {"placeholder_person": 1})
    held = force.held(connection)
    assert held["C"]["Code"] == ["4.1", "4.10"] and held["G1"]["Officer"] == "0123"
    shown = {key: {n: v for n, v in row.items() if n not in ("_file", "_row")} for key, row in held.items()}
    force.write("logs_again.csv", FILES["logs.csv"][0])
    again = force.take(using=written.profile_of("logs_again.csv"))
    assert (again.duplicates, again.rows_stored) == (10, 0), "the same content under another format is a duplicate"
    assert shown["G1"]["_hash"]


@pytest.mark.parametrize("name", [name for name in FILES if name != "logs.csv"])
def test_a_file_inside_a_zip_is_read_and_a_dropped_column_goes_nowhere(force, name):
    more = FILES[name][1]
    secret = [(*row[:-1], "SECRETWORDS") for row in ROWS]
    writer = getattr(written, name.split(".")[1])
    force.write("exports.zip", written.zipped(**{name.replace(".", "__"): writer(COLUMNS, secret)}))
    assert force.take(using=written.profile_of(name, more=more)).rows_stored == 10
    assert not any(b"SECRET" in path.read_bytes() for path in force.record.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", [name for name in FILES if name != "logs.csv"])
def test_a_column_nobody_declared_refuses_the_file_by_name(force, name):
    writer = getattr(written, name.split(".")[1])
    content = writer([*COLUMNS, "Callers_Name"], [(*row, "SECRET") for row in ROWS])
    only = refused(force, name, content, FILES[name][1])
    assert only["reason"] == "undeclared_column"
    assert "'Callers_Name'" in only["message"] and "SECRET" not in only["message"]


@pytest.mark.parametrize("name", ["logs.parquet", "logs.xlsx", "logs.qvd"])
def test_a_missing_column_refuses_the_file(force, name):
    writer = getattr(written, name.split(".")[1])
    content = writer([*COLUMNS[:-1]], [row[:-1] for row in ROWS])
    assert refused(force, name, content)["reason"] == "missing_column"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", ["", b"not what it says it is"])
def test_what_is_not_of_its_format_is_refused(force, name, content):
    if name == "logs.csv" and content:
        pytest.skip("anything may be text")
    expected = "unreadable_file" if content else "empty_file"
    assert refused(force, name, content, FILES[name][1])["reason"] == expected


@pytest.mark.parametrize("name", [name for name in FILES if name != "logs.csv"])
def test_a_file_cut_anywhere_gives_no_row(force, name):
    content, more = FILES[name]
    for at in range(1, 40):
        force.write(name, content[: len(content) * at // 40])
        found = force.take(using=written.profile_of(name, more=more))
        assert (found.rows_read, [each["reason"] for each in found.refused]) == (0, ["unreadable_file"]), at


def test_a_zip_in_a_zip_is_refused_and_the_files_beside_it_are_read(force):
    inner = written.zipped(logs__csv=text(*lines(3)))
    force.write("exports.zip", written.zipped(inner__zip=inner, logs__csv=text(*lines(2))))
    found = force.take()
    assert [(each["file"], each["reason"]) for each in found.refused] == [("exports.zip/inner.zip", "nested_zip")]
    assert found.rows_stored == 2


def test_two_files_of_one_name_in_a_zip_are_refused_rather_than_one_lost(force):
    two = written.zipped(logs__csv=text(*lines(2)), lags__csv=text(*lines(3))).replace(b"lags.csv", b"logs.csv")
    force.write("exports.zip", two)
    assert [each["reason"] for each in force.take().refused] == ["unreadable_file"]


# Text tables without a header


BARE = PROFILE.replace('key = ["Urn"]', f"header = {COLUMNS}\nkey = ['Urn']".replace("'", '"'))


def test_a_file_without_a_header_is_read_by_the_names_in_the_profile(force, connection):
    found = taken(force, "logs.csv", "\n".join([*lines(3), "short,row"]) + "\n", text=BARE)
    assert (found.rows_stored, found.quarantine_reasons) == (3, {"ragged_row": 1})
    assert all_quarantined(force.record.of("tiny"))["row"].to_pylist() == [4]
    assert force.held(connection)["G1"]["_row"] == 1


def test_names_that_are_not_the_declared_columns_are_refused():
    with pytest.raises(BadProfile, match="`header`"):
        parse_profile(BARE.replace('"Officer", ', ""), "tiny")


# Parquet


def test_typed_columns_become_the_text_a_csv_would_hold(force, connection):
    profile = PROFILE.replace("%d/%m/%Y %H:%M:%S", "iso").replace('yes = ["Y"]', 'yes = ["true"]')
    profile = profile.replace('no = ["N"]', 'no = ["false"]')
    opened = dt.datetime(2024, 3, 1, 10, 0)
    rows = [row(Urn=7 + at, Opened=opened, Left=None, Updated=opened, Child=bool(at)) for at in range(2)]
    stamp = pa.timestamp("ns")
    content = written.parquet(
        COLUMNS, rows, Urn=pa.int64(), Opened=stamp, Left=stamp, Updated=pa.timestamp("ms", "UTC")
    )
    found = taken(force, "logs.parquet", content, text=profile)
    assert found.quarantine_reasons == {}
    held = force.held(connection)
    assert held["7"]["Opened"] == held["7"]["Updated"] == opened
    assert (held["7"]["Left"], held["7"]["Child"], held["8"]["Child"]) == (None, False, True)


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.decimal128(9, 2)])
def test_a_column_of_codes_that_came_as_decimals_refuses_the_file(force, kind):
    value = Decimal("4.10") if pa.types.is_decimal(kind) else 4.1
    only = refused(force, "logs.parquet", written.parquet(COLUMNS, [row(Code=value)], Code=kind))
    assert only["reason"] == "number_in_text_column" and "'Code'" in only["message"]
    assert "4.1 was" in only["message"]


def test_whole_numbers_are_taken_where_the_profile_says_that_they_are_plain(force, connection):
    profile = PROFILE.replace('Urn = { keep = "ref",', 'Urn = { keep = "ref", whole_numbers = true,')
    content = written.parquet(COLUMNS, [row(Urn=112781463.0)], Urn=pa.float64())
    assert taken(force, "logs.parquet", content, text=profile).rows_stored == 1
    assert set(force.held(connection)) == {"112781463"}


def test_lists_in_a_cell_refuse_the_file(force):
    content = written.parquet(COLUMNS, [row(Marker=["a", "b"])])
    assert refused(force, "logs.parquet", content)["reason"] == "nested_column"


def test_a_long_text_named_again_and_again_does_not_fill_the_memory(force, monkeypatch):
    monkeypatch.setattr(typed, "MOST_AT_ONCE", 2**18)  # the real limit would only be slower
    content = written.parquet(COLUMNS, [row(Urn=str(at), Marker="x" * 9_000) for at in range(200)])
    assert len(content) < 2**18
    assert refused(force, "logs.parquet", content)["reason"] == "too_large"


# XLSX


def change(**cells):
    """Return a change of cells of the first sheet, by place."""

    def make(sheet, _):
        for place, value in cells.items():
            sheet[place] = value

    return make


def the_officers(sheet, _):
    sheet.merge_cells("F3:F4")


def shown_as_4_10(sheet, _):
    sheet["E3"] = 4.1
    sheet["E3"].number_format = "0.00"


def hide_a_row(sheet, _):
    sheet.row_dimensions[3].hidden = True


SPOILT = {
    "a code typed as a number": (change(E3=4.1), "Code", "number_in_text_column"),
    "a code shown as 4.10": (shown_as_4_10, "Code", "number_in_text_column"),
    "a code made a date": (change(E3=dt.date(2024, 2, 1)), "Code", "number_in_text_column"),
    "a collar that lost its 0": (change(F3=123), "Officer", "number_in_text_column"),
    "a formula never calculated": (change(I3="=1+1"), "Marker", "formula_without_value"),
    "a hidden row": (hide_a_row, "", "hidden_row"),
    "a cell beyond the header": (change(K3="more"), "", "ragged_row"),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_row_of_a_sheet_gives_its_reason_and_the_others_are_kept(force, kind):
    how, column, reason = SPOILT[kind]
    found = taken(force, "logs.xlsx", written.xlsx(COLUMNS, ROWS[:5], change=how))
    assert (found.rows_read, found.rows_stored, found.quarantine_reasons) == (5, 4, {reason: 1})
    (place,) = all_quarantined(force.record.of("tiny")).to_pylist()
    assert (place["row"], place["column"], place["reason"]) == (3, column, reason)
    assert meaning(reason)


def test_merged_cells_of_a_kept_column_set_their_rows_aside_those_of_a_dropped_one_do_not(force):
    found = taken(force, "logs.xlsx", written.xlsx(COLUMNS, ROWS[:5], change=the_officers))
    assert (found.rows_stored, found.quarantine_reasons) == (3, {"merged_cell": 2})
    content = written.xlsx(COLUMNS, ROWS[:5], change=lambda sheet, _: sheet.merge_cells("J3:J4"))
    assert taken(force, "logs.xlsx", content).quarantine_reasons == {}


def test_dates_of_a_sheet_become_iso(force, connection):
    profile = PROFILE.replace("%d/%m/%Y %H:%M:%S", "iso")
    moment = dt.datetime(2024, 3, 1, 10, 30)
    content = written.xlsx(COLUMNS, [row(Opened=moment, Updated=moment)])
    assert taken(force, "logs.xlsx", content, text=profile).quarantine_reasons == {}
    assert force.held(connection)["1"]["Opened"] == moment


def hidden(sheet, book):
    book["Old"].sheet_state = "hidden"


@pytest.mark.parametrize(
    ("sheets", "more", "how", "said"),
    [
        (("Logs", "Old"), "", None, "shows 2 sheets"),
        (("Logs", "Old"), 'sheet = "New"', None, "is not there"),
        (("Logs", "Old"), 'sheet = "Old"', hidden, "is hidden"),
    ],
)
def test_which_sheet_is_meant_must_be_clear(force, sheets, more, how, said):
    only = refused(force, "logs.xlsx", written.xlsx(COLUMNS, ROWS, sheets, how), more)
    assert only["reason"] == "wrong_sheet" and said in only["message"]


def test_the_one_visible_sheet_or_the_named_one_is_read(force):
    assert taken(force, "logs.xlsx", written.xlsx(COLUMNS, ROWS, ("Logs", "Old"), hidden)).rows_stored == 10
    assert taken(force, "logs.xlsx", written.xlsx(COLUMNS, ROWS, ("Logs", "New")), 'sheet = "Logs"').duplicates == 10


def test_a_workbook_locked_with_a_password_is_unreadable(force):
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)  # such a workbook is no zip but an OLE container
    assert refused(force, "logs.xlsx", content)["reason"] == "unreadable_file"


# XML


LOG = (
    "<Log Id='9'><Urn>{urn}</Urn><Opened>01/03/2024 10:00:00</Opened><Updated>01/03/2024 11:00:00</Updated>{more}</Log>"
)
NESTED = PROFILE.replace("Officer = {", '"Crew/Officer" = {').replace('each = ["Officer"]', 'each = ["Crew/Officer"]')
NESTED = NESTED.replace("Details = { drop", '"@Id" = { drop = "not needed" }\n  Details = { drop')
CREW = "<Crew><Officer>PC 0123</Officer></Crew><Role>ATTENDED</Role><Code>4.10</Code>"


def an_export(*logs, head=""):
    return f"{head}<e:Export xmlns:e='urn:x'><Made>today</Made>{''.join(logs)}</e:Export>"


def log(urn="1", more=CREW):
    return LOG.format(urn=urn, more=more)


def test_paths_attributes_and_namespaces(force, connection):
    content = an_export(log(more=CREW + "<Details><By><Name>SECRET</Name></By></Details><Code>004/1</Code>"), log("2"))
    found = taken(force, "logs.xml", content, ROW, NESTED)
    assert (found.rows_stored, found.quarantine_reasons) == (2, {})
    assert force.held(connection)["1"]["Code"] == ["4.10", "4.1"]
    assert force.held(connection)["2"]["Crew/Officer"] == "0123"


def test_an_element_that_comes_twice_sets_its_row_aside(force):
    twice = CREW.replace("</Crew>", "<Officer>PC 0456</Officer></Crew>")
    found = taken(force, "logs.xml", an_export(log(more=twice), log("2")), ROW, NESTED)
    assert (found.rows_stored, found.quarantine_reasons) == (1, {"repeated_element": 1})


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
BAD_XML = {
    "entities": (an_export(log(), head=BOMB), "unsafe_xml"),
    "a file outside": (an_export(log(), head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "unsafe_xml"),
    "text among elements": (an_export(log(more=CREW.replace("<Officer>", "SECRET <Officer>"))), "undeclared_column"),
    "an attribute nobody declared": (an_export(log(more="<Role by='SECRET'>OIC</Role>")), "undeclared_column"),
    "another element": ("<Export><Case/><Case/></Export>", "missing_rows"),
    "a thousand deep": (an_export("<x>" * 1_000 + "</x>" * 1_000), "too_large"),
    "not closed": (an_export(log())[:-3], "unreadable_file"),
    "bytes of another encoding": (b"<Export><Log><Urn>\xff\xfe</Urn></Log></Export>", "unreadable_file"),
}


@pytest.mark.parametrize("kind", BAD_XML)
def test_bad_xml_is_refused_whole(force, kind):
    content, reason = BAD_XML[kind]
    only = refused(force, "logs.xml", content, ROW, NESTED)
    assert only["reason"] == reason and "SECRET" not in only["message"]


def test_one_element_without_end_is_refused_before_it_fills_the_memory(force, monkeypatch):
    monkeypatch.setattr(elements, "LARGEST", 2**16)  # the real limit would only be slower
    content = an_export(log(more=CREW + "<Details>" + "x" * 2**18 + "</Details>"))
    assert refused(force, "logs.xml", content, ROW, NESTED)["reason"] == "too_large"


def test_an_export_of_no_rows_is_no_error(force):
    found = taken(force, "logs.xml", "<Export/>", ROW)
    assert (found.rows_read, found.refused) == (0, [])


def test_xml_needs_the_name_of_its_row():
    with pytest.raises(BadProfile, match="`row`"):
        written.profile_of("logs.xml")


# QVD


def test_numbers_of_a_qvd(force, connection):
    profile = PROFILE.replace("%d/%m/%Y %H:%M:%S", "iso")
    moment = dt.datetime(2024, 3, 1, 10, 30)
    stamp = TimestampValue.from_timestamp(moment)
    shown = DualDoubleValue(stamp.calculation_value, "2024-03-01T10:30:00")
    rows = [
        row(Urn="A", Opened=shown, Left=None, Updated=shown),
        row(Urn="B", Opened=shown, Updated=shown, Code=DoubleValue(4.2)),
    ]
    rows.append(row(Urn="C", Opened=shown, Updated=shown, Code=DualDoubleValue(4.1, "4.10")))
    found = taken(force, "logs.qvd", written.qvd(COLUMNS, rows), text=profile)
    assert found.quarantine_reasons == {"number_in_text_column": 1}
    held = force.held(connection)
    assert held["A"]["Opened"] == moment and held["C"]["Code"] == ["4.10"]


def test_a_qvd_whose_sizes_lie_is_refused(force):
    content, _ = FILES["logs.qvd"]
    for told, lie in [(b"<NoOfRecords>11<", b"<NoOfRecords>99<"), (b"<BitWidth>4<", b"<BitWidth>9<")]:
        assert told in content
        assert refused(force, "logs.qvd", content.replace(told, lie))["reason"] == "unreadable_file"
