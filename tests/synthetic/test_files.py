"""The files look like exports: every feature a reader has to survive is there at least once."""

from collections import Counter, defaultdict
from datetime import datetime

import pytest

from tests.synthetic.conftest import AS_OF
from traumatracker.sources.profile import find_profile
from traumatracker.sources.synthetic.codes import CODES
from traumatracker.sources.synthetic.files import COLUMNS

HOW = "%d/%m/%Y %H:%M:%S"
TIMES = ("_Date", "_At", "Book_On", "Book_Off", "Start", "End", "Last_Updated", "Date_Reported", "Date_Recorded")


def when(text):
    return datetime.strptime(text, HOW)


def readable(text):
    try:
        return when(text)
    except ValueError:
        return None


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_is_declared_in_the_profile(force, name):
    tables = [table for table in find_profile("synthetic").tables if name in table.files]
    assert len(tables) == 1
    declared = set(tables[0].columns) | set(tables[0].dropped)
    assert declared == set(force.header(name)) == set(COLUMNS[name])


def test_the_truth_is_beside_the_files_and_no_table_of_the_profile_fits_it(force):
    patterns = [pattern for table in find_profile("synthetic").tables for pattern in table.files]
    assert (force.folder / "truth" / "truth_exposures.csv").is_file()
    assert all("truth" not in pattern and "*" not in pattern for pattern in patterns)


def test_only_the_people_file_has_a_byte_order_mark(force):
    marked = [path.name for path in force.folder.glob("*.csv") if path.read_bytes().startswith(b"\xef\xbb\xbf")]
    assert marked == ["hr_people.csv"]


def test_log_numbers_start_again_each_day(force):
    urns = [row["Urn"] for row in force.rows("logs.csv")]
    assert len(set(urns)) == len(urns)
    lowest = defaultdict(lambda: 10_000)
    for urn in urns:
        day, _, number = urn.partition("-")
        lowest[day] = min(lowest[day], int(number))
    assert len(lowest) > 1_000
    assert set(lowest.values()) == {4 + step for step in range(11)}


def test_nothing_is_later_than_the_day_it_was_drawn(force):
    midnight = datetime.combine(AS_OF, datetime.min.time())
    for name, columns in COLUMNS.items():
        times = [column for column in columns if column.endswith(TIMES) and not name.startswith("hr_")]
        for row in force.rows(name):
            late = [column for column in times if (found := readable(row[column])) and found > midnight]
            assert late == [], (name, late)


def test_logs_have_every_feature(force):
    logs = {row["Urn"]: row for row in force.rows("logs.csv")}
    results = defaultdict(list)
    for row in force.rows("log_results.csv"):
        results[row["Urn"]].append(row)
    closing = {urn: [row["Result_Code"] for row in rows if row["Result_Code"]] for urn, rows in results.items()}
    assert any(len(codes) > 1 for codes in closing.values()), "several results"
    assert any(row["Qualifier"] for rows in results.values() for row in rows), "a qualifier"
    assert sum(logs[urn]["Type"] not in codes for urn, codes in closing.items()) > 100, "opened as something else"
    duplicates = [urn for urn, codes in closing.items() if codes == ["506"]]
    assert any(logs[urn]["Linked_Urn"] in logs for urn in duplicates), "a duplicate tied to its log"
    assert any(not logs[urn]["Linked_Urn"] for urn in duplicates), "a duplicate nobody tied"
    assert any("509" in codes for codes in closing.values()), "a test"
    assert any(code.startswith("L") for codes in closing.values() for code in codes), "a code nobody mapped"
    restricted = [urn for urn, row in logs.items() if row["Restricted"]]
    assert restricted and not any(urn in results for urn in restricted), "a hidden log"
    assert any(not row["Result_Date"] and urn not in results for urn, row in logs.items()), "an open log"
    assert all(row["Callers_Name"] == row["Callers_Phone"] == row["Details"] == "" for row in logs.values())


def test_the_cordon_is_a_log_of_its_own_on_a_later_day_tied_to_the_first(force):
    logs = {row["Urn"]: row for row in force.rows("logs.csv")}
    cordons = {row["Urn"] for row in force.rows("log_resources.csv") if row["Res_Role"] == "CORDON"}
    tied = [logs[urn] for urn in cordons if logs[urn]["Linked_Urn"]]
    assert tied
    assert all(row["Urn"][:8] > row["Linked_Urn"][:8] for row in tied)


def test_resources_have_every_feature(force):
    rows = force.rows("log_resources.csv")
    assert any(row["Not_Proceed_Date"] and not row["Arrived_Date"] for row in rows), "stood down"
    assert any(row["Departed_Date"] and not row["Arrived_Date"] for row in rows), "came, but nobody pressed"
    assert any(row["Officer2"] for row in rows) and any(not row["Officer1"] for row in rows)
    assert any(row["Officer1"].startswith("P") for row in rows) and any(row["Officer1"].startswith("0") for row in rows)
    roles = {row["Res_Role"] for row in rows}
    assert {"SUPV", "CSI", "CORDON"} <= roles and roles & {"FCI", "NEG", "DVI"}
    assert any(row["Officer1"] == "-" for row in rows), "declared dirt"


def test_crimes_have_every_feature(force):
    crimes = force.rows("crimes.csv")
    logs = Counter(row["Crime_No"] for row in force.rows("logs.csv") if row["Crime_No"])
    named = Counter(row["Incident_Number"] for row in crimes if row["Incident_Number"])
    assert {row["Status"] for row in crimes} == {"RECORDED", "CANCELLED", "TRANSFERRED"}
    assert max(logs.values()) > 1, "one crime, several logs"
    assert max(named.values()) > 1, "one log, several crimes"
    assert any(not row["Incident_Number"] for row in crimes), "no link"
    assert any(row["Court_Code"] for row in crimes) and any("/" in row["HO_Class"] for row in crimes)
    assert any(row["Victim_Under_18"] == "" for row in crimes), "a box left empty"
    assert max(Counter(row["Crime_Number"] for row in crimes).values()) == 2, "a later version"


def test_people_in_private_life_are_planted_to_be_left_out(force):
    rows = force.rows("crime_officers.csv")
    private = [row for row in rows if row["On_Duty"] == "N"]
    assert {row["Role_Type"] for row in private} == {"VICTIM", "SUSPECT", "WITNESS"}
    assert any(row["Role_Type"] == "VICTIM-POL" and row["On_Duty"] == "Y" for row in rows)


def test_every_code_in_the_logs_has_a_label_in_the_code_table(force):
    used = {row["Result_Code"] for row in force.rows("log_results.csv")} | {
        row["Type"] for row in force.rows("logs.csv")
    }
    qualifiers = {row["Qualifier"] for row in force.rows("log_results.csv")}
    assert {code for code in used if code and ("NSIR", code) not in CODES} == set()
    assert {code for code in qualifiers if code and ("QUALIFIER", code) not in CODES} == set()


def test_times_are_as_declared_apart_from_a_little_dirt(force):
    rows = force.rows("logs.csv")
    bad = sum(readable(row["Call_Date"]) is None for row in rows)
    assert 0 < bad <= len(rows) / 1_000
    ordered = [
        (when(row["Proceed_Date"]), when(row["Arrived_Date"]), when(row["Departed_Date"]))
        for row in force.rows("log_resources.csv")
        if readable(row["Arrived_Date"]) and row["Departed_Date"]
    ]
    backwards = sum(not proceeded <= arrived <= departed for proceeded, arrived, departed in ordered)
    assert backwards <= len(ordered) / 5_000, "only where the clocks go back"


def test_the_summary_counts_the_rows_of_every_file(force):
    for name, count in force.summary.rows.items():
        assert len(force.rows(name)) == count
    assert set(COLUMNS) | {"truth/truth_exposures.csv"} == set(force.summary.rows)
