"""People, careers, crews and the truth hang together."""

from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

import traumatracker
from tests.synthetic.conftest import AS_OF
from traumatracker.engine.pack import load_pack
from traumatracker.sources.synthetic import clock
from traumatracker.sources.synthetic.events import ROLE_ORDER
from traumatracker.sources.synthetic.kinds import BY_ID, HEAVIER, KINDS

PACK = load_pack(Path(traumatracker.__file__).parent / "packs" / "ptec_aligned")


def day(text):
    return datetime.strptime(text, "%d/%m/%Y").date() if text else None


def moment(text):
    return datetime.strptime(text, "%d/%m/%Y %H:%M:%S")


@pytest.fixture(scope="module")
def people(force):
    return {row["Hr_Ref"]: row for row in force.rows("hr_people.csv")}


@pytest.fixture(scope="module")
def holders(force):
    """Who held a number, and from when to when."""
    held = defaultdict(list)
    for row in force.rows("hr_identifiers.csv"):
        held[row["Id_Value"]].append((row["Hr_Ref"], day(row["From"]), day(row["To"])))
    return held


@pytest.fixture(scope="module")
def bookings(force, holders):
    """Duty rows, each once, with the person the number meant on that day."""
    found = []
    rows = {tuple(row.values()): row for row in force.rows("duty_resources.csv") if row["Collar"] != "-"}
    for row in rows.values():
        on, off = moment(row["Book_On"]), moment(row["Book_Off"])
        who = [ref for ref, since, to in holders[row["Collar"]] if since <= on.date() and (not to or on.date() < to)]
        found.append((row["Callsign"], on, off, who))
    return found


def test_everybody_booked_on_is_one_person_of_the_hr_file_on_that_day(bookings):
    assert [booking for booking in bookings if len(booking[3]) != 1] == []


def test_nobody_is_in_two_crews_at_once(bookings):
    mine = defaultdict(set)
    for callsign, on, off, who in bookings:
        mine[who[0]].add((on, off, callsign))
    both = [
        (first, second)
        for shifts in mine.values()
        for first, second in pairwise(sorted(shifts))
        if first[1] > second[0]
    ]
    assert both == []


def test_everybody_booked_on_has_a_posting_on_that_day(force, bookings):
    postings = defaultdict(list)
    for row in force.rows("hr_postings.csv"):
        postings[row["Hr_Ref"]].append((day(row["From"]), day(row["To"])))
    for _, on, _, who in bookings[::7]:
        assert any(since <= on.date() and (not to or on.date() < to) for since, to in postings[who[0]])


def test_crews_are_single_and_double_and_share_callsigns_over_shifts(bookings):
    crews = Counter((callsign, on) for callsign, on, _, _ in bookings)
    assert {1, 2} <= set(crews.values()) and max(crews.values()) <= 2
    teams = defaultdict(set)
    for callsign, _, _, who in bookings:
        teams[callsign].add(who[0])
    assert max(len(members) for members in teams.values()) > 20


def test_postings_of_a_person_never_overlap_and_end_when_they_leave(force, people):
    mine = defaultdict(set)
    for row in force.rows("hr_postings.csv"):
        mine[row["Hr_Ref"]].add((day(row["From"]), day(row["To"])))
    assert set(mine) == set(people)
    for ref, spells in mine.items():
        ordered = sorted(spells, key=lambda spell: spell[0])
        assert all(first[1] is not None and first[1] <= second[0] for first, second in pairwise(ordered))
        assert ordered[-1][1] == day(people[ref]["Leave_Date"])
        assert ordered[0][0] >= day(people[ref]["Start_Date"])


def test_careers_have_transfers_acting_up_leavers_joiners_and_reissued_numbers(force, people, holders):
    units = defaultdict(set)
    for row in force.rows("hr_postings.csv"):
        units[row["Hr_Ref"]].add(row["Unit_Ref"])
    first = AS_OF.replace(year=AS_OF.year - 3)
    assert sum(len(places) > 1 for places in units.values()) > 10
    assert any(row["Rank"] == "A/PS" and row["Supervisor"] == "Y" for row in force.rows("hr_postings.csv"))
    assert sum(row["Leave_Date"] != "" for row in people.values()) > 5
    assert sum(day(row["Start_Date"]) > first for row in people.values()) > 5
    assert any(day(row["Police_Start_Date"]) < day(row["Start_Date"]) for row in people.values())
    assert any(len({ref for ref, _, _ in who}) > 1 for who in holders.values()), "a number handed out again"
    assert any(number.startswith("0") for number in holders)
    assert {"officer", "staff", "pcso"} == {row["Worker_Type"] for row in people.values()}


def test_every_team_has_one_supervisor_on_the_last_day_or_a_vacancy(force):
    kinds = {row["Unit_Ref"]: row["Kind"] for row in force.rows("hr_units.csv")}
    bosses = Counter(
        row["Unit_Ref"] for row in force.rows("hr_postings.csv") if row["Supervisor"] == "Y" and not row["To"]
    )
    teams = {unit for unit, kind in kinds.items() if kind == "team"}
    assert {kinds[unit] for unit in bosses} == {"team", "department"}
    assert sum(bosses[team] >= 1 for team in teams) >= len(teams) * 0.85


def test_most_arrivals_fall_inside_a_booking_under_that_callsign(force, bookings):
    on_duty = defaultdict(list)
    for callsign, on, off, _ in bookings:
        on_duty[callsign].append((on, off))
    arrived = [
        (row["CSign"], moment(row["Arrived_Date"]))
        for row in force.rows("log_resources.csv")
        if row["Arrived_Date"] and ":" in row["Arrived_Date"][11:] and not row["CSign"].endswith("9")
    ][::9]
    covered = sum(any(on <= at < off for on, off in on_duty[callsign]) for callsign, at in arrived)
    assert 0.95 < covered / len(arrived) < 1


def test_characteristics_are_in_a_file_of_their_own(force, people):
    rows = force.rows("hr_characteristics.csv")
    assert {row["Code"] for row in rows if row["Characteristic"] == "ETHNICITY"} >= {"W1", "NS"}
    assert {row["Scheme"] for row in rows if row["Characteristic"] == "ETHNICITY"} == {"16+1"}
    assert {row["Hr_Ref"] for row in rows} == set(people)


def test_the_truth_names_people_records_categories_and_roles_that_exist(force, people):
    records = {f"cad:{row['Urn']}" for row in force.rows("logs.csv")}
    records |= {f"rms:{row['Crime_Number']}" for row in force.rows("crimes.csv")}
    records |= {f"material:{row['Booking']}" for row in force.rows("material_bookings.csv")}
    rows = force.rows("truth/truth_exposures.csv")
    assert len({(row["Hr_Ref"], row["Event"], row["Occasion"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["Hr_Ref"] in people and row["Category"] in PACK.categories
        assert set(row["Incidents"].split()) <= records
        assert set(row["Roles"].split()) <= set(PACK.roles)
        assert row["Exposed_On"] < AS_OF.isoformat()
    assert {row["Visible"] for row in rows} == {"yes", "no"}
    assert force.summary.not_visible == sum(row["Visible"] == "no" for row in rows)


def test_nobody_is_exposed_before_joining_or_after_leaving(force, people):
    early, late = [], []
    for row in force.rows("truth/truth_exposures.csv"):
        person = people[row["Hr_Ref"]]
        if row["Exposed_On"] < day(person["Start_Date"]).isoformat():
            early.append(row)
        if person["Leave_Date"] and row["Exposed_On"] >= day(person["Leave_Date"]).isoformat():
            late.append(row)
    assert early == []
    assert len(late) <= len(force.rows("truth/truth_exposures.csv")) / 500, "only follow-up that was already planned"


def test_the_truth_uses_the_weights_and_roles_of_the_pack():
    assert {name: PACK.categories[name].weight for name in HEAVIER} == HEAVIER
    weights = [PACK.roles[role].weight for role in ROLE_ORDER]
    assert weights == sorted(weights, reverse=True)
    assert set(ROLE_ORDER) == set(PACK.roles) - {"logged_only"}
    assert {kind.category for kind in KINDS} - {""} <= set(HEAVIER)
    assert len(BY_ID) == len(KINDS)


def test_the_five_published_figures_stand_beside_our_own(force):
    figures = force.summary.figures
    assert [figure.published for figure in figures] == [62.0, 40.2, 15.9, 6.05, 38.2]
    assert all(figure.source and figure.note for figure in figures)
    here = [figure.here for figure in figures]
    assert 35 < here[0] < 90 and 10 < here[1] < 70 and 2 < here[2] < 35 and 2 < here[3] < 12 and 10 < here[4] < 75


def test_exposures_differ_by_what_people_do(force):
    mean = force.summary.exposures_by_department
    assert 9 < mean["RSP"] < 45
    assert mean["POL"] > mean["RSP"] > mean["CID"]


@pytest.mark.parametrize(
    ("ordinal_day", "hour", "text"),
    [("2026-03-28", 22, "28/03/2026 22:00:00"), ("2026-03-29", 7, "29/03/2026 07:00:00"),
     ("2026-10-25", 14, "25/10/2026 14:00:00"), ("2026-07-01", 4, "01/07/2026 04:00:00")],
)  # fmt: skip
def test_a_local_hour_comes_back_as_itself(ordinal_day, hour, text):
    ordinal = datetime.fromisoformat(ordinal_day).toordinal()
    assert clock.text(clock.at(ordinal, hour)) == text


def test_no_local_time_in_the_hour_that_does_not_exist():
    night = clock.midnight(datetime(2026, 3, 29).toordinal())
    hours = {clock.text(night + second)[11:13] for second in range(0, 4 * 3_600, 60)}
    assert hours == {"00", "02", "03", "04"}
