"""The people of the made-up force and what the HR file says about each of them."""

from dataclasses import dataclass, field
from random import Random

from traumatracker.sources.synthetic import words
from traumatracker.sources.synthetic.organisation import Post, Unit

YEAR = 365.25


@dataclass
class Spell:
    """One posting, half-open days: `since` <= day < `until`; no `until` means still there."""

    unit: Unit
    rank: str
    title: str
    supervisor: bool
    since: int
    until: int | None = None

    def covers(self, day: int) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass
class Dated:
    """An identifier, a skill or a characteristic with its days."""

    kind: str
    value: str
    since: int
    until: int | None = None


@dataclass(eq=False)
class Person:
    """`service_from`: first day in policing, which for a transferee is before `started`. `away`: share of their shifts
    that they do not work."""

    hr_ref: str
    forename: str
    surname: str
    sex: str
    born: int
    worker: str
    started: int
    service_from: int
    left: int | None = None
    leave_reason: str = ""
    spells: list[Spell] = field(default_factory=list)
    identifiers: list[Dated] = field(default_factory=list)
    skills: list[Dated] = field(default_factory=list)
    characteristics: list[Dated] = field(default_factory=list)
    collar: str = ""
    operator: str = ""
    away: float = 0.2

    def service_years(self, day: int) -> float:
        return (day - self.service_from) / YEAR

    def collar_on(self, day: int) -> str:
        for item in self.identifiers:
            if item.kind == "COLLAR" and item.since <= day and (item.until is None or day < item.until):
                return item.value
        return self.collar

    def has(self, skill: str, day: int) -> bool:
        return any(item.kind == skill and item.since <= day for item in self.skills)


# Years of service of whoever holds a post when the file begins: (shortest, mean beyond it).
# Source: judgement; response is the youngest part of a force, specialists and supervisors come from it.
SERVICE = {
    "RSP": (0.1, 5.0), "NPT": (1.5, 8.0), "CID": (3.0, 8.0), "PPU": (3.0, 7.0), "RPU": (4.0, 9.0), "ARV": (4.0, 8.0),
    "CSI": (1.0, 8.0), "DFU": (0.5, 6.0), "POL": (3.0, 7.0), "FCR": (0.2, 5.0), "CUS": (0.5, 7.0),
}  # fmt: skip
SUPERVISOR_SERVICE = (7.0, 6.0)

# Leave, training, court, sickness, part-time hours: a fifth on average, more for some. Source: judgement.
AWAY_LEAST, AWAY_MORE = 0.08, 0.52


class Recruiter:
    """Makes people, hands out their numbers, and hands a leaver's number out again months later."""

    def __init__(self, rng: Random, people: int):
        self.rng = rng
        self.count = 0
        numbers = [f"{number:04d}" for number in range(12, max(1_500, people * 6))]
        rng.shuffle(numbers)
        self.fresh = numbers
        self.freed: list[tuple[int, str]] = []
        self.staff_number = 70_110

    def sitting(self, post: Post, day: int) -> Person:
        """Return somebody who is already in `post` when the story begins."""
        shortest, mean = SUPERVISOR_SERVICE if post.supervisor else SERVICE[post.unit.department]
        years = min(shortest + self.rng.expovariate(1 / mean), 31.0)
        return self._person(post, day - round(years * YEAR), round(years * YEAR))

    def joiner(self, post: Post, day: int) -> Person:
        """Return somebody new; one officer in eight has served in another force before."""
        earlier = 0
        if post.worker == "officer" and self.rng.random() < 0.12:
            earlier = round(self.rng.uniform(2, 12) * YEAR)
        return self._person(post, day, earlier, new=True)

    def _person(self, post: Post, started: int, earlier: int, new: bool = False) -> Person:
        rng = self.rng
        self.count += 1
        sex = "F" if rng.random() < (0.36 if post.worker == "officer" else 0.6) else "M"
        names = words.FIRST_NAMES_F if sex == "F" else words.FIRST_NAMES_M
        surname = rng.choice(words.SURNAME_HEADS) + rng.choice(words.SURNAME_TAILS)
        age = rng.triangular(19, 45, 24)
        person = Person(
            hr_ref=f"P{self.count + 4000:06d}",
            forename=rng.choice(names),
            surname=surname,
            sex=sex,
            born=started - round(age * YEAR),
            worker=post.worker,
            started=started,
            service_from=started - earlier if new else started,
        )
        person.away = AWAY_LEAST + AWAY_MORE * rng.betavariate(1.2, 4.0)
        self._number(person)
        self._characteristics(person)
        return person

    def _number(self, person: Person) -> None:
        if person.worker == "staff":
            self.staff_number += self.rng.randint(1, 9)
            person.collar = str(self.staff_number)
        else:
            ready = [pair for pair in self.freed if pair[0] + 120 <= person.started]
            if ready and self.rng.random() < 0.4:
                self.freed.remove(ready[0])
                person.collar = ready[0][1]
            else:
                person.collar = self.fresh.pop()
        person.identifiers.append(Dated("COLLAR", person.collar, person.started))

    def _characteristics(self, person: Person) -> None:
        add, rng, day = person.characteristics.append, self.rng, person.started
        add(Dated("SEX", person.sex, day))
        for kind, shares in (
            ("ETHNICITY", words.ETHNICITY_16_1),
            ("RELIGION", words.RELIGION),
            ("SEXUAL_ORIENTATION", words.ORIENTATION),
            ("DISABILITY", words.DISABILITY),
        ):
            if kind == "ETHNICITY" or rng.random() < 0.82:
                add(Dated(kind, _pick(rng, shares), day))
        add(Dated("BIRTH_YEARS", f"{1950 + (person.born // YEAR - 1949) // 10 * 10:.0f}s", day))


def _pick(rng: Random, shares: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([value for value, _ in shares], weights=[share for _, share in shares])[0]


# Skills: (skill, chance for somebody in this department). Source: judgement.
SKILLS = {
    "RSP": (("TASER", 0.6), ("RDRIVER", 0.75), ("PO-L2", 0.4), ("TUTOR", 0.15), ("TRIM", 0.04), ("NEG", 0.03)),
    "NPT": (("TASER", 0.25), ("PO-L2", 0.35), ("MH-LEAD", 0.1), ("TRIM", 0.05)),
    "CID": (("FLO", 0.25), ("ABE", 0.4), ("EXHIBITS", 0.3), ("NEG", 0.06)),
    "PPU": (("SOIT", 0.4), ("ABE", 0.7), ("FLO", 0.1)),
    "RPU": (("PURSUIT", 0.9), ("FCIU", 0.3), ("FLO", 0.3), ("RDRIVER", 1.0)),
    "ARV": (("AFO", 1.0), ("TASER", 1.0), ("PURSUIT", 0.4), ("TRIM", 0.1)),
    "CSI": (("CSI", 1.0), ("DVI", 0.3)),
    "DFU": (("DIGITAL", 1.0), ("IMGGRADE", 0.5)),
    "POL": (("IMGGRADE", 0.85), ("ABE", 0.3)),
    "FCR": (("CONTROL", 1.0), ("TRIM", 0.05)),
    "CUS": (("CUSTODY", 1.0),),
}  # fmt: skip


def train(person: Person, rng: Random) -> None:
    """Give a person the skills of each department they have been in, dated a little after arriving there."""
    held: set[str] = set()
    for spell in person.spells:
        for skill, chance in SKILLS[spell.unit.department]:
            if skill not in held and rng.random() < chance:
                held.add(skill)
                person.skills.append(Dated(skill, "", spell.since + rng.randint(0, 90)))
