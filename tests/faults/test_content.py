"""Fault catalogue, "Feed content": cases 13 to 34. Each names its number; the ten invariants are asked after each."""

import json
import random
import zipfile

import pytest

from tests.faults import state
from tests.faults.world import CALLSIGNS, PEOPLE, Log, message, people_of
from traumatracker.record.conflicts import conflicts
from traumatracker.record.store import Record
from traumatracker.sources.profile import find_profile
from traumatracker.web.exposure.models import Exposure, ExposureChange
from traumatracker.web.feed.models import FeedRefusal
from traumatracker.web.intake.models import InboxMessage
from traumatracker.web.people.models import AuditEvent

LOGS = [Log(n, crews=(f"A{1 + n % 4}",)) for n in range(1, 7)]


def words(verdicts):
    return [one["verdict"] for one in verdicts]


def test_13_the_same_rows_again_whatever_the_file_is_called(case):
    first = case.deliver(LOGS)
    assert first["new"] == len(people_of(LOGS))
    again = case.refresh()
    assert (again["new"], again["changed"], again["withdrawn"]) == (0, 0, 0)
    with zipfile.ZipFile(case.exports.folder / "renamed.zip", "w") as archive:
        archive.writestr("Logs.csv", (case.exports.folder / "logs.csv").read_text())
    doubled = case.refresh()
    assert (doubled["new"], doubled["changed"], doubled["withdrawn"]) == (0, 0, 0)
    assert doubled["duplicates"] == doubled["rows_accepted"]


def test_13_the_same_message_again(case):
    case.deliver([])
    assert words(case.send(*LOGS)) == ["accepted"] * 6
    assert words(case.send(*LOGS)) == ["duplicate"] * 6
    case.live()
    assert case.exposed() == people_of(LOGS)


def test_14_one_key_and_version_that_says_two_things(case):
    case.deliver([])
    first, other = Log(1), Log(1, code="306")
    assert words(case.send(first, other)) == ["accepted", "conflict"]
    case.live()
    assert case.exposed() == people_of([first])
    refusal = FeedRefusal.objects.get(reason="conflict")
    assert refusal.key == first.ref and refusal.rows, "both are kept"


def test_14_in_files_both_are_kept_too(case):
    case.deliver([Log(1), Log(2)])
    case.exports.logs([Log(1, status="open"), Log(2)])
    done = case.refresh()
    assert done["quarantine_reasons"] == {"conflict": 1}
    assert case.exposed() == people_of([Log(1), Log(2)])
    assert len(conflicts(Record(case.home).of(state.PROFILE), "logs")) == 1


def test_15_a_file_cut_anywhere_is_made_good_by_the_whole_one(case, afresh):
    case.exports.hr()
    case.exports.logs(LOGS)
    path = case.exports.folder / "log_resources.csv"
    whole = path.read_bytes()
    for cut in random.Random(15).sample(range(1, len(whole)), 12):
        path.write_bytes(whole[:cut])
        case.refresh()
        assert case.exposed() <= people_of(LOGS), f"cut at {cut}: nobody who was not there"
    path.write_bytes(whole)
    case.refresh()
    assert case.exposed() == people_of(LOGS)


def test_17_in_any_order_and_split_in_any_way(case, afresh):
    history = [*LOGS, LOGS[0].next(code="306"), LOGS[1].next(crews=("A1", "A2")), LOGS[2].next(status="cancelled")]
    shuffled = history[:]
    random.Random(17).shuffle(shuffled)
    case.deliver([])
    for start in range(0, len(shuffled), 2):
        case.send(*shuffled[start : start + 2])
        case.live()
    case.refresh()

    def in_one_go(other):
        other.deliver([])
        other.send(*history)
        other.refresh()

    mine, theirs = afresh(in_one_go)
    assert mine["derived"] == theirs["derived"]
    assert mine["held"] == theirs["held"]


def test_17_a_day_that_is_missing_and_comes_later(case):
    days = [LOGS[:2], LOGS[2:4], LOGS[4:]]
    for day in (days[0], days[2], days[1]):
        case.deliver(day)
    assert case.exposed() == people_of(LOGS)


@pytest.mark.parametrize("days_late", [30, 730])
def test_18_a_late_record_lands_on_its_own_day(case, days_late):
    from datetime import timedelta

    from tests.faults import world

    case.deliver([])
    late = message(Log(1))
    opened = world.DAY_ONE - timedelta(days=days_late)
    late["incident"] |= {"opened_at": world._utc(opened)}
    late["incident"]["units"][0] |= {"status_at": world._utc(opened), "at_scene_at": world._utc(opened)}
    assert words(case.post([late])) == ["accepted"]
    case.live()
    assert set(Exposure.objects.values_list("exposed_on", flat=True)) == {opened.date()}
    known = set(Exposure.objects.values_list("known_on", flat=True))
    assert known == {Log(1).updated_at.date()}, "when it was known is not when it happened"


def test_19_a_corrected_type_takes_the_exposure_back_and_keeps_that_it_was_there(case):
    case.deliver([])
    case.send(Log(1))
    case.live()
    assert case.exposed() == people_of([Log(1)])
    case.send(Log(1).next(code="306"))
    case.live()
    assert case.exposed() == set()
    assert set(ExposureChange.objects.values_list("kind", flat=True)) == {"withdrawn"}


def test_20_a_retracted_incident_is_gone_and_the_fact_is_kept_without_detail(case):
    case.deliver([])
    case.send(Log(1), Log(2))
    case.live()
    case.send(Log(1).next(status="retracted"))
    case.live()
    assert case.exposed() == people_of([Log(2)])
    assert ExposureChange.objects.filter(kind="withdrawn").count() == 2


def test_21_a_retraction_or_a_correction_before_what_it_is_about(case, afresh):
    first, corrected = Log(1), Log(1).next(crews=("A2",))
    other, gone = Log(2), Log(2).next(status="retracted")
    case.deliver([])
    assert words(case.send(corrected, gone, first, other)) == ["accepted", "accepted", "superseded", "superseded"]
    case.live()
    assert case.exposed() == people_of([corrected, gone])


def test_22_somebody_added_or_taken_off_a_month_later_changes_only_them(case):
    case.deliver([])
    case.send(Log(1, crews=("A1", "A2")))
    case.live()
    before = dict(Exposure.objects.values_list("key", "id"))
    changed = Log(1, crews=("A1", "A2"), named={"A2": (PEOPLE["H3"], PEOPLE["H5"])})
    case.send(changed.next())
    case.live()
    after = dict(Exposure.objects.values_list("key", "id"))
    assert case.exposed() == people_of([changed.next()])
    assert {key: number for key, number in after.items() if key in before} == {
        key: number for key, number in before.items() if not key.startswith("H4|")
    }


def test_23_a_reissued_or_mistyped_collar_is_never_guessed(case):
    reissued = [(ref, collar, "01/01/2015", "") for ref, collar in PEOPLE.items() if ref not in ("H1", "H2")]
    reissued += [("H1", PEOPLE["H1"], "01/01/2015", "01/02/2026"), ("H2", PEOPLE["H1"], "01/02/2026", "")]
    case.deliver([], collars=reissued)
    case.send(Log(1), Log(2, crews=("A1",), named={"A1": ("9999", PEOPLE["H1"])}))
    case.live()
    assert case.exposed() == {("H2", "cad:L00001"), ("H2", "cad:L00002")}, "as of the day, and nobody for 9999"


def test_23_a_collar_that_two_people_hold_is_nobodys(case):
    both = [(ref, collar, "01/01/2015", "") for ref, collar in PEOPLE.items()] + [
        ("H3", PEOPLE["H1"], "01/01/2020", "")
    ]
    case.deliver([Log(1)], collars=both)
    assert case.exposed() == {("H2", "cad:L00001")}


def test_24_a_changed_collar_is_one_person_with_one_history(case):
    held = [(ref, collar, "01/01/2015", "") for ref, collar in PEOPLE.items() if ref != "H1"]
    held += [("H1", PEOPLE["H1"], "01/01/2015", "01/02/2026"), ("H1", "77001", "01/02/2026", "")]
    case.deliver([], collars=held)
    case.send(Log(1, named={"A1": ("77001",)}))
    case.live()
    assert case.exposed() == {("H1", "cad:L00001")}


def test_25_a_log_and_its_crime_are_one_event(case):
    case.exports.write("crimes.csv", [
        {"Crime_Number": "C1", "Incident_Number": "L00001", "HO_Class": "1", "Status": "RECORDED", "Victim_Died": "Y",
         "Date_Reported": "01/02/2026 10:00:00", "Date_Recorded": "01/02/2026 10:30:00",
         "Last_Updated": "01/02/2026 11:00:00"},
    ])  # fmt: skip
    case.exports.write("crime_officers.csv", [
        {"Crime_Number": "C1", "Row": "1", "Collar": PEOPLE["H1"], "Role_Type": "OIC", "On_Duty": "Y",
         "Recorded_At": "01/02/2026 11:00:00"},
    ])  # fmt: skip
    case.deliver([Log(1)])
    assert case.exposed() == {("H1", "cad:L00001"), ("H2", "cad:L00001")}
    entry = Exposure.objects.get(person__hr_ref="H1")
    assert set(entry.reasons["source_records"]) == {"cad:L00001", "rms:C1"}
    assert set(entry.reasons["roles"]) >= {"first_at_scene", "oic_investigator"}


def test_26_a_duplicate_log_is_the_other_one(case):
    case.deliver([])
    case.send(Log(1, crews=("A1",)), Log(2, crews=("A1", "A2"), duplicate_of=1, status="duplicate"))
    case.live()
    assert case.exposed() == {(ref, "cad:L00001") for ref in ("H1", "H2", "H3", "H4")}
    weights = dict(Exposure.objects.values_list("person__hr_ref", "points"))
    assert weights["H1"] == weights["H2"], "points of one event, not of two"
    assert set(Exposure.objects.get(person__hr_ref="H3").reasons["source_records"]) == {"cad:L00001", "cad:L00002"}


MALFORMED = {
    "bytes of another encoding": b"\x93caf\xe9\x94",
    "a NUL": b"A\x001",
    "a cell of a megabyte": b"x" * 1_000_001,
    "a line break in quotes": b'"A\n1"',
    "a lone quote": b'"A1',
    "a formula": b"=cmd|' /C calc'!A0",
    "markup": b"<script>alert(1)</script>",
    "a statement": b"'; DROP TABLE person; --",
}


@pytest.mark.parametrize("kind", sorted(MALFORMED))
def test_27_29_malformed_and_hostile_cells_cost_their_own_row_at_most(case, kind):
    case.exports.hr()
    case.exports.logs(LOGS)
    path = case.exports.folder / "log_resources.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b",A2,", b"," + MALFORMED[kind] + b",", 1)
    path.write_bytes(b"".join(lines))
    done = case.refresh()
    assert done["rows_read"] == done["rows_accepted"] + done["rows_quarantined"]
    assert {who for who in people_of(LOGS) if who[1] != "cad:L00001"} <= case.exposed()


def test_28_an_unknown_code_is_accepted_counted_and_named(case):
    case.deliver([])
    assert words(case.send(Log(1, code="9XX"), Log(2))) == ["accepted", "accepted"]
    case.live()
    done = case.refresh()
    assert case.exposed() == people_of([Log(2)])
    assert ("NSIR", "9XX") in {(one["code_system"], one["code"]) for one in done["unmapped_codes"]}


def test_30_a_hundred_times_the_usual_volume_is_taken_in_bounded_requests(case):
    case.deliver([])
    answer = case.send(*(Log(n) for n in range(1, 101)))
    assert words(answer) == ["accepted"] * 100
    case.live()
    assert len(case.exposed()) == 200


def test_31_what_a_message_must_not_hold_refuses_it_and_is_stored_nowhere(case):
    case.deliver([])
    planted = message(Log(1))
    planted["incident"]["narrative"] = "SECRETWORDS of a member of the public"
    (verdict,) = case.post([planted])
    assert verdict["verdict"] == "quarantined"
    case.live()
    assert case.exposed() == set()
    for path in case.home.rglob("*"):
        assert not path.is_file() or b"SECRETWORDS" not in path.read_bytes(), path.name
    stored = json.dumps([*FeedRefusal.objects.values(), *InboxMessage.objects.values()], default=str)
    assert "SECRETWORDS" not in stored


def test_31_an_undeclared_column_refuses_its_file(case):
    case.exports.hr()
    case.exports.logs(LOGS)
    path = case.exports.folder / "logs.csv"
    path.write_text(path.read_text().replace("Beat", "Callers_Date_Of_Birth", 1))
    done = case.refresh()
    assert [one["file"] for one in done["files_refused"]] == ["logs.csv"]


PRIVATE = ("VICTIM", "SUSPECT", "WITNESS")


def test_34_somebody_in_a_private_part_is_never_taken(case):
    rows = [
        {"Crime_Number": f"C{n}", "Row": "1", "Collar": PEOPLE["H5"], "Role_Type": PRIVATE[n % 3], "On_Duty": "N",
         "Recorded_At": "01/02/2026 11:00:00"}
        for n in range(300)
    ]  # fmt: skip
    rows.append({"Crime_Number": "C1", "Row": "2", "Collar": PEOPLE["H6"], "Role_Type": "VICTIM-POL", "On_Duty": "Y",
                 "Recorded_At": "01/02/2026 11:00:00"})  # fmt: skip
    case.exports.write("crimes.csv", [
        {"Crime_Number": f"C{n}", "HO_Class": "1", "Status": "RECORDED", "Date_Reported": "01/02/2026 10:00:00",
         "Last_Updated": "01/02/2026 11:00:00"} for n in range(300)
    ])  # fmt: skip
    case.exports.write("crime_officers.csv", rows)
    done = case.deliver([])
    assert done["quarantine_reasons"]["private_role"] == 300
    assert {who for who, _ in case.exposed() | case.questions()} <= {"H6"}
    held = Record(case.home).of(state.PROFILE)
    taken = sum(batch_rows(held, "crime_officers"))
    assert taken == 1


def batch_rows(held, table):
    import pyarrow.parquet as pq

    return [pq.ParquetFile(part).metadata.num_rows for part in held.parts(table)]


def test_looks_are_kept_through_all_of_it(case):
    case.deliver(LOGS)
    jobs_look(case)
    case.look()
    assert case.looks
    case.deliver([Log(1).next(code="306")])
    assert AuditEvent.objects.count() >= len(case.looks)


def jobs_look(case):
    from traumatracker.web import jobs

    jobs.exposures_of("H1")


def test_these_cases_can_see_something():
    assert set(CALLSIGNS) == {"A1", "A2", "A3", "A4"}
    assert find_profile(state.PROFILE).feed
