"""Five published figures beside the made-up force's own, so that nobody has to take it on trust."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from traumatracker.sources.synthetic.careers import Force
from traumatracker.sources.synthetic.people import YEAR, Person
from traumatracker.sources.synthetic.truth import Row

# What the survey would call traumatic is for the person to say; here: weight 6 or more in the ptec_aligned pack, when
# there in person. Source: judgement.
TRAUMATIC = {
    "child_death", "child_serious_harm", "mass_casualty", "child_sexual_abuse", "homicide", "colleague_serious_injury",
    "life_threat_self", "serious_assault_self", "suicide", "fatal_collision", "rail_fire_water_death", "rape_sso",
    "failed_resuscitation", "serious_violence", "missing_found_dead", "hostage_negotiation",
}  # fmt: skip
IN_PERSON = {"directly_harmed", "first_at_scene", "attended_during", "attended_later", "crime_scene_investigator",
             "dvi_body_recovery", "negotiator"}  # fmt: skip
ABUSED_CHILD = {"child_sexual_abuse", "iioc_session"}


@dataclass(frozen=True)
class Figure:
    """One published figure: what it says, of whom, and the same of this force. Shares are percentages."""

    name: str
    published: float
    source: str
    here: float
    note: str

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def compare(force: Force, rows: list[Row], years: int) -> list[Figure]:
    """Return the five figures. `rows`: the hidden truth."""
    officers = [person for person in force.people if person.worker == "officer"]
    serving = [person for person in officers if person.left is None]
    leavers = [person for person in officers if person.left is not None]
    young = [person for person in leavers if person.left is not None and person.service_years(person.left) < 5]
    recent = date.fromordinal(force.end - 364).isoformat()
    last_year = _who(row for row in rows if row[2] >= recent and row[5] in TRAUMATIC and _there(row))
    child = _who(row for row in rows if row[5] in ABUSED_CHILD)
    hurt = _who(row for row in rows if row[5] == "serious_assault_self")
    part = f"{years} years here; a career in the survey"
    return [
        Figure("Officers with a traumatic incident in the last 12 months", 62.0, "PFEW2018", _share(last_year, serving),
               "'just under 62%', the officer's own judgement; here: weight 6 or more, there in person"),
        Figure("Officers who dealt with a sexually abused child", 40.2, "IJERPH2594", _share(child, serving), part),
        Figure("Officers seriously attacked", 15.9, "IJERPH2594", _share(hurt, serving), part),
        Figure("Officers leaving in a year", 6.05, "HO2025, HL10350", _percent(len(leavers), len(serving) * years),
               "headcount, all reasons"),
        Figure("Leavers with under five years' service", 38.2, "HL10350", _percent(len(young), len(leavers)),
               "service from the first day in policing"),
    ]  # fmt: skip


def _there(row: Row) -> bool:
    return not IN_PERSON.isdisjoint(row[6].split())


def _who(rows: Iterable[Row]) -> set[str]:
    return {row[1] for row in rows}


def _share(refs: set[str], people: list[Person]) -> float:
    return _percent(sum(person.hr_ref in refs for person in people), len(people))


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def per_person(force: Force, rows: list[Row], years: int) -> dict[str, float]:
    """Return the mean number of true exposures of somebody who was in one department all the time, by department."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row[1]] = counts.get(row[1], 0) + 1
    groups: dict[str, list[int]] = {}
    for person in force.people:
        departments = {spell.unit.department for spell in person.spells}
        if person.left is None and person.started <= force.end - years * YEAR and len(departments) == 1:
            groups.setdefault(departments.pop(), []).append(counts.get(person.hr_ref, 0))
    return {name: round(sum(values) / len(values), 1) for name, values in sorted(groups.items())}
