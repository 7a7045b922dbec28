"""Who is on duty when, with whom, and under which callsign."""

from collections import defaultdict
from random import Random

from traumatracker.sources.synthetic import clock
from traumatracker.sources.synthetic.careers import Force
from traumatracker.sources.synthetic.events import Crew
from traumatracker.sources.synthetic.people import Person, Spell

EARLY, LATE, NIGHT = 0, 1, 2
# Local start and hours. Two of each, then four days off: five teams give one team on each shift, every day.
# Source: judgement; a common British response pattern.
SHIFT = {EARLY: (7, 9), LATE: (14, 10), NIGHT: (22, 9)}
CYCLE = (EARLY, EARLY, LATE, LATE, NIGHT, NIGHT, None, None, None, None)
DOUBLE = {EARLY: 0.35, LATE: 0.45, NIGHT: 0.75}  # crewed in pairs. Source: judgement.
TRAINING_DAYS = 90
REST = 7 * clock.HOUR
UNBOOKED = 0.012  # bookings that never reach the duty file. Source: judgement.

Member = tuple[Person, Spell]


class Duty:
    """One day: its crews, its control room, and who is posted where."""

    def __init__(self) -> None:
        self.crews: list[Crew] = []
        self.response: dict[tuple[str, int], list[Crew]] = defaultdict(list)
        self.support: dict[tuple[str, str], list[Crew]] = defaultdict(list)
        self.sergeants: dict[tuple[str, int], Crew] = {}
        self.operators: dict[int, list[Person]] = defaultdict(list)
        self.posted: dict[str, list[Member]] = {}


class Roster:
    """Makes each day's duty from the postings."""

    def __init__(self, force: Force, rng: Random):
        self.rng = rng
        self.off: dict[str, int] = {}
        self.spells: dict[str, list[Member]] = defaultdict(list)
        for person in force.people:
            for spell in person.spells:
                self.spells[spell.unit.department].append((person, spell))
        self.team_number = {unit.ref: ord(unit.ref[-1]) - ord("A") for unit in force.units if unit.kind == "team"}

    def day(self, day: int) -> Duty:
        duty = Duty()
        for department, members in self.spells.items():
            duty.posted[department] = [
                member
                for member in members
                if member[1].since <= day and (member[1].until is None or day < member[1].until)
            ]
        self._response(duty, day)
        self._neighbourhood(duty, day)
        self._specialists(duty, day)
        for person, _ in duty.posted["FCR"]:
            shift = self._own_shift(person, day)
            if shift is not None and self.rng.random() > person.away and person.operator:
                duty.operators[shift].append(person)
        return duty

    def _own_shift(self, person: Person, day: int) -> int | None:
        return CYCLE[(day + 2 * int(person.hr_ref[1:])) % 10]

    def _rested(self, person: Person, day: int, shift: int) -> bool:
        """Return whether a move between teams left them a night's rest before this shift."""
        return clock.at(day, SHIFT[shift][0]) - self.off.get(person.hr_ref, 0) >= REST

    def _response(self, duty: Duty, day: int) -> None:
        teams: dict[tuple[str, int], list[Member]] = defaultdict(list)
        for person, spell in duty.posted["RSP"]:
            number = self.team_number.get(spell.unit.ref)
            shift = None if number is None else CYCLE[(day + 2 * number) % 10]
            if shift is None or self.rng.random() < person.away or day < person.started + TRAINING_DAYS:
                continue
            if not self._rested(person, day, shift):
                continue
            teams[spell.unit.district, shift].append((person, spell))
        for (place, shift), members in sorted(teams.items(), key=lambda item: item[0]):
            bosses = [person for person, spell in members if spell.supervisor]
            others = [person for person, spell in members if not spell.supervisor]
            if bosses:
                sign = f"{place}S{shift + 1}"
                duty.sergeants[place, shift] = self._crew(duty, day, sign, "RSP", place, shift, bosses[:1])
            for number, people in enumerate(self._pair(others, shift, day)):
                sign = f"{place}{shift + 1}{number + 1}"
                duty.response[place, shift].append(self._crew(duty, day, sign, "RSP", place, shift, people))

    def _pair(self, people: list[Person], shift: int, day: int) -> list[list[Person]]:
        """Pair people at random; nobody in their first year patrols alone while somebody can go with them."""
        self.rng.shuffle(people)
        people.sort(key=lambda person: person.service_years(day) < 1, reverse=True)
        crews: list[list[Person]] = []
        while people:
            crew = [people.pop(0)]
            new = crew[0].service_years(day) < 1
            if people and (new or self.rng.random() < DOUBLE[shift]):
                crew.append(people.pop())
            crews.append(crew)
        return crews

    def _neighbourhood(self, duty: Duty, day: int) -> None:
        counts: dict[str, int] = defaultdict(int)
        for person, spell in duty.posted["NPT"]:
            number = int(person.hr_ref[1:])
            if (day + number) % 7 >= 5 or spell.unit.kind != "team" or self.rng.random() < 0.5:
                continue
            if day < person.started + TRAINING_DAYS:
                continue
            shift, place = ((day + number) // 7 + number) % 2, spell.unit.district
            if not self._rested(person, day, shift):
                continue
            counts[place] += 1
            sign = f"{place}N{counts[place]}"
            duty.support[f"NPT-{place}", ""].append(self._crew(duty, day, sign, "NPT", place, shift, [person]))

    def _specialists(self, duty: Duty, day: int) -> None:
        for department, prefix in (("RPU", "RP"), ("ARV", "AR"), ("CSI", "SC")):
            on: dict[int, list[Person]] = defaultdict(list)
            for person, spell in duty.posted[department]:
                shift = self._own_shift(person, day)
                if shift is None or self.rng.random() < person.away or spell.unit.kind != "team":
                    continue
                shift = LATE if department == "CSI" and shift == NIGHT else shift
                if self._rested(person, day, shift):
                    on[shift].append(person)
            for shift, people in sorted(on.items()):
                pairs = [people[at : at + 2] for at in range(0, len(people), 2)]
                crews = [[person] for person in people] if department == "CSI" else pairs
                for number, crew in enumerate(crews):
                    sign = f"{prefix}{shift + 1}{number + 1}"
                    made = self._crew(duty, day, sign, department, "SO", shift, crew)
                    duty.support[department, str(shift)].append(made)

    def _crew(
        self, duty: Duty, day: int, sign: str, department: str, place: str, shift: int, people: list[Person]
    ) -> Crew:
        hour, hours = SHIFT[shift]
        start = clock.at(day, hour)
        on = start + self.rng.randint(-900, 600)
        off = start + hours * clock.HOUR + self.rng.randint(-300, 900)
        self.off.update((person.hr_ref, off) for person in people)
        unbooked = [person for person in people if self.rng.random() < UNBOOKED]
        crew = Crew(sign, department, place, shift, on, off, people, unbooked, start + 300)
        duty.crews.append(crew)
        return crew
