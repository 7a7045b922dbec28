"""Fault catalogue, "Time": cases 35 to 40. The force is in Europe/London; the ten invariants are asked after each."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.faults import world
from tests.faults.world import CALLSIGNS, PEOPLE, Log, message
from traumatracker.engine.windows import first_day, five_years_start
from traumatracker.web.exposure.models import Exposure

LONDON = ZoneInfo("Europe/London")


def crime(number, local, **more):
    """A murder that an officer is the investigator of, recorded at this local time."""
    return {"Crime_Number": f"C{number}", "HO_Class": "1", "Status": "RECORDED", "Victim_Died": "Y",
            "Date_Reported": local, "Last_Updated": local, **more}  # fmt: skip


def officer(number, local, collar=PEOPLE["H1"]):
    return {"Crime_Number": f"C{number}", "Row": "1", "Collar": collar, "Role_Type": "OIC", "On_Duty": "Y",
            "Recorded_At": local}  # fmt: skip


def at(moment, number=1, **changed):
    """A message about a log opened, attended and updated around an instant."""
    one = message(Log(number, **changed))
    text = moment.isoformat()
    one["incident"] |= {"opened_at": text, "updated_at": (moment + timedelta(minutes=30)).isoformat()}
    for unit in one["incident"]["units"]:
        unit |= {"status_at": text, "at_scene_at": text}
    return one


def test_35_the_hour_that_comes_twice_keeps_two_instants(case):
    """01:30 on 26 October 2025 is 00:30 UTC and again 01:30 UTC: two logs, an hour apart, on the same local day."""
    case.deliver([])
    first, second = datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
    case.post([at(first.astimezone(LONDON), 1), at(second.astimezone(LONDON), 2)])
    case.live()
    assert set(Exposure.objects.values_list("exposed_on", flat=True)) == {date(2025, 10, 26)}
    assert len({event for _, event in case.exposed()}) == 2


def test_35_a_local_time_that_never_came_is_set_aside(case):
    case.exports.write("crimes.csv", [crime(1, "29/03/2025 10:00:00"), crime(2, "30/03/2025 01:30:00")])
    case.exports.write("crime_officers.csv", [officer(1, "29/03/2025 10:00:00"), officer(2, "30/03/2025 03:30:00")])
    done = case.deliver([])
    assert done["quarantine_reasons"] == {"nonexistent_time": 1}
    assert case.exposed() == {("H1", "rms:C1")}


def test_36_a_message_must_say_its_zone(case):
    case.deliver([])
    bare = at(datetime(2026, 2, 1, 9, 0))
    (verdict,) = case.post([bare])
    assert verdict["verdict"] == "quarantined"
    same = [at(datetime(2026, 7, 1, 23, 30, tzinfo=UTC).astimezone(ZoneInfo(zone)), n) for n, zone in
            enumerate(("UTC", "Europe/London", "America/New_York"), 1)]  # fmt: skip
    for one in same:
        one["incident"]["updated_at"] = "2026-02-01T12:00:00+00:00"
    instants = {one["incident"]["opened_at"] for one in same}
    assert len(instants) == 3, "written in three ways"


@pytest.mark.parametrize(
    "opened", ["1900-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "2100-01-01T00:00:00+00:00"]
)
def test_37_far_away_times_are_set_aside(case, opened):
    case.deliver([])
    one = message(Log(1))
    one["incident"]["opened_at"] = opened
    (verdict,) = case.post([one])
    assert (verdict["verdict"], verdict["reason"]) == ("quarantined", "time_out_of_range")
    case.live()
    assert case.exposed() == set()


def test_38_order_is_that_of_versions_and_of_arrival_never_of_a_clock(case):
    """A server's clock that jumps changes nothing: the newest version wins, whenever it says it was updated."""
    case.deliver([])
    one = Log(1)
    newer, older = message(one.next(code="306")), message(one)
    newer["incident"]["updated_at"], older["incident"]["updated_at"] = (
        older["incident"]["updated_at"], newer["incident"]["updated_at"],
    )  # fmt: skip
    case.post([newer])
    case.post([older])
    case.live()
    assert case.exposed() == set()


def test_39_a_night_over_midnight_falls_on_the_day_of_arrival(case):
    """Booked on at 22:00 and at scene at 00:20: the local day of arrival counts, in winter and in summer."""
    rows = []
    for number, (on, arrived) in enumerate([("31/12/2025 22:00:00", "01/01/2026 00:20:00"),
                                            ("30/06/2025 22:00:00", "01/07/2025 00:20:00")], 1):  # fmt: skip
        rows.append(
            {
                "Callsign": f"N{number}",
                "Collar": PEOPLE["H1"],
                "Book_On": on,
                "Book_Off": arrived.replace("00:20", "07:00"),
            }
        )
    case.exports.write("duty_resources.csv", rows)
    case.exports.hr()
    case.exports.write("logs.csv", [
        {"Urn": f"N{n}", "Call_Date": at_, "Result_Date": at_, "Last_Updated": at_}
        for n, at_ in ((1, "01/01/2026 00:10:00"), (2, "01/07/2025 00:10:00"))
    ])  # fmt: skip
    case.exports.write("log_results.csv", [{"Urn": f"N{n}", "Seq": "1", "Result_Code": "313"} for n in (1, 2)])
    case.exports.write("log_resources.csv", [
        {"Urn": f"N{n}", "Row": "1", "CSign": f"N{n}", "Arrived_Date": arrived, "Last_Updated": arrived}
        for n, arrived in ((1, "01/01/2026 00:20:00"), (2, "01/07/2025 00:20:00"))
    ])  # fmt: skip
    case.refresh()
    assert dict(Exposure.objects.values_list("reasons__event_id", "exposed_on")) == {
        "cad:N1": date(2026, 1, 1), "cad:N2": date(2025, 7, 1),
    }  # fmt: skip


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2025, 2, 28), date(2026, 3, 1)])
def test_40_the_windows_edge_is_the_same_everywhere(case, as_of):
    """Five years begin on the same date five years earlier, 29 February becoming 1 March; N days include the last."""
    start = five_years_start(as_of)
    expected = date(2019, 3, 1) if as_of == date(2024, 2, 29) else as_of.replace(year=as_of.year - 5)
    assert start == expected
    assert first_day(as_of, 28) == as_of - timedelta(days=27)


CLOCK = """
import sys
from datetime import datetime, UTC
from traumatracker.sources.times import offsets
print(offsets("Europe/London").day_at(int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000))
"""


def test_38_reading_a_time_asks_no_clock():
    told = {"capture_output": True, "text": True, "check": True}
    zones = ("UTC", "Pacific/Kiritimati", "America/New_York")
    ours = {subprocess.run([sys.executable, "-c", CLOCK], env={"TZ": zone}, **told).stdout for zone in zones}
    assert len(ours) == 1


def test_these_cases_can_see_something():
    assert set(CALLSIGNS["A1"]) == {PEOPLE["H1"], PEOPLE["H2"]}
    assert world.DAY_ONE.date() < world.AS_OF
