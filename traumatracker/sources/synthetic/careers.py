"""Five years of joining, moving, being promoted, acting up and leaving, month by month."""

from random import Random

from traumatracker.sources.synthetic.organisation import Post, Unit, establishment
from traumatracker.sources.synthetic.people import YEAR, Dated, Person, Recruiter, Spell, train

MONTH = 30

# Yearly chance of leaving by completed years of service. Source: judgement, set so that the yearly rate and the share
# with under five years' service come near the published ones (see figures.py).
LEAVING = ((1, 0.105), (2, 0.100), (3, 0.090), (5, 0.075), (10, 0.050), (20, 0.036), (27, 0.050), (60, 0.36))
MOVES_A_YEAR = 0.07
LOCAL = ("RSP", "NPT")


def leaving_chance(years: float) -> float:
    """Return the chance of leaving within a year."""
    return next(chance for limit, chance in LEAVING if years < limit)


class Force:
    """The whole force: units, posts, everybody who was ever in it, and who sits in which post now."""

    def __init__(self, people: int, start: int, end: int, rng: Random):
        self.rng, self.start, self.end = rng, start, end
        self.units, self.posts = establishment(people)
        self.recruiter = Recruiter(rng, people)
        self.people: list[Person] = []
        self.seat: dict[int, Person] = {}
        for post in self.posts:
            person = self._hire(self.recruiter.sitting(post, start), post, None)
            person.spells[0].since = max(person.started, start - rng.randint(30, 1_500))
        for day in range(start, end, MONTH):
            self._month(day)
        self._cut_off()
        for unit in self.units:
            if unit.kind == "team":
                self._acting(unit)
        for person in self.people:
            train(person, rng)
            self._operator(person)

    def _hire(self, person: Person, post: Post, day: int | None) -> Person:
        self.people.append(person)
        self._sit(person, post, person.started if day is None else day)
        return person

    def _sit(self, person: Person, post: Post, day: int) -> None:
        if person.spells and person.spells[-1].until is None:
            person.spells[-1].until = day
        person.spells.append(Spell(post.unit, post.rank, post.title, post.supervisor, day))
        self.seat[post.number] = person

    def _month(self, day: int) -> None:
        for post in self.posts:
            person = self.seat.get(post.number)
            if person is None or person.spells[-1].since > day:
                continue
            chance = leaving_chance(person.service_years(day)) * MONTH / YEAR
            if self.rng.random() < chance:
                self._leave(person, post, day + self.rng.randrange(MONTH))
        self._swaps(day)

    def _leave(self, person: Person, post: Post, day: int) -> None:
        years = person.service_years(day)
        person.left = day
        person.leave_reason = self._reason(person, years)
        person.spells[-1].until = day
        if person.worker != "staff":
            self.recruiter.freed.append((day, person.collar))
        del self.seat[post.number]
        self._fill(post, day + self.rng.randint(5, 45))

    def _reason(self, person: Person, years: float) -> str:
        if years >= 27:
            return "Retirement"
        reasons, weights = ("Voluntary resignation", "Transfer", "Medical retirement", "Dismissal"), (78, 12, 6, 4)
        return self.rng.choices(reasons, weights)[0]

    def _fill(self, post: Post, day: int) -> None:
        """A specialist or supervisor comes from inside where somebody is ready; everybody else joins."""
        source = self._from_inside(post, day)
        if source is None:
            person = self.recruiter.joiner(post, day + self.rng.randint(0, 30))
            self._hire(person, post, None)
            return
        person = self.seat.pop(source.number)
        self._sit(person, post, day)
        if post.supervisor and self.rng.random() < 0.15:
            self._new_collar(person, day)
        self._fill(source, day + self.rng.randint(5, 45))

    def _from_inside(self, post: Post, day: int) -> Post | None:
        if post.worker == "pcso" or (post.unit.department == "RSP" and not post.supervisor):
            return None
        if post.worker == "staff" and not post.supervisor:
            return None
        own = [item for item in self.posts if item.unit.department == post.unit.department]
        wider = [item for item in self.posts if item.unit.department == "RSP" and post.worker == "officer"]
        for pool in (own, wider) if post.supervisor else (wider,):
            ready = [item for item in pool if self._ready(item, post, day)]
            if ready:
                return self.rng.choice(ready)
        return None

    def _ready(self, item: Post, post: Post, day: int) -> bool:
        person = self.seat.get(item.number)
        if person is None or item.supervisor or item.worker != post.worker or person.spells[-1].since + 60 > day:
            return False
        return person.service_years(day) >= (4 if post.supervisor else 2.5)

    def _new_collar(self, person: Person, day: int) -> None:
        """Some forces give a new number on promotion: one person, two numbers, told apart only by the day."""
        person.identifiers[-1].until = day
        self.recruiter.freed.append((day, person.collar))
        person.collar = self.recruiter.fresh.pop()
        person.identifiers.append(Dated("COLLAR", person.collar, day))

    def _swaps(self, day: int) -> None:
        movable = [post for post in self.posts if self._movable(post, day)]
        for post in movable:
            if self.rng.random() >= MOVES_A_YEAR * MONTH / YEAR / 2:
                continue
            others = [item for item in movable if item.unit is not post.unit and item.rank == post.rank]
            other = self.rng.choice(others) if others else None
            if other is None or not (self._movable(post, day) and self._movable(other, day)):
                continue
            first, second, moved = self.seat[post.number], self.seat[other.number], day + self.rng.randrange(MONTH)
            self._sit(first, other, moved)
            self._sit(second, post, moved)

    def _movable(self, post: Post, day: int) -> bool:
        person = self.seat.get(post.number)
        return (
            post.unit.department in LOCAL
            and not post.supervisor
            and person is not None
            and person.spells[-1].since + 60 <= day
        )

    def _cut_off(self) -> None:
        """Forget what was planned for after the last day."""
        self.people = [person for person in self.people if person.started <= self.end]
        for person in self.people:
            person.spells = [spell for spell in person.spells if spell.since <= self.end]
            if person.spells[-1].until is not None and person.spells[-1].until > self.end and person.left is None:
                person.spells[-1].until = None
            if person.left is not None and person.left > self.end:
                person.left, person.leave_reason, person.spells[-1].until = None, "", None
            person.identifiers = [item for item in person.identifiers if item.since <= self.end]
            person.identifiers[-1].until = person.left

    def _acting(self, unit: Unit) -> None:
        """Now and then a constable acts up for the team's sergeant for two to four months."""
        day = self.start + self.rng.randrange(400)
        while day < self.end:
            length = self.rng.randint(60, 120)
            ready = [
                (person, spell)
                for person in self.people
                for spell in person.spells
                if spell.unit is unit and spell.rank in ("PC", "DC") and _spans(spell, day, day + length, self.end)
            ]
            if ready:
                _act(*self.rng.choice(ready), day, day + length)
            day += self.rng.randint(250, 900)

    def _operator(self, person: Person) -> None:
        for spell in person.spells:
            if spell.unit.department == "FCR" and not person.operator:
                person.operator = f"OP{int(person.hr_ref[1:]) % 10_000:04d}"
                person.identifiers.append(Dated("CC_LOGIN", person.operator, spell.since, person.left))


def _spans(spell: Spell, since: int, until: int, end: int) -> bool:
    return spell.since < since and until < (end if spell.until is None else spell.until)


def _act(person: Person, spell: Spell, since: int, until: int) -> None:
    at = person.spells.index(spell)
    acting = Spell(spell.unit, f"A/{'PS' if spell.rank == 'PC' else 'DS'}", "Acting supervisor", True, since, until)
    after = Spell(spell.unit, spell.rank, spell.title, False, until, spell.until)
    spell.until = since
    person.spells[at + 1 : at + 1] = [acting, after]
