"""The calls of each day: what comes in where and when, who is sent, and what the log says about it."""

from itertools import accumulate
from random import Random

from traumatracker.sources.synthetic import clock, response
from traumatracker.sources.synthetic.events import Crew, Event, Log, Resource, Story
from traumatracker.sources.synthetic.inquiries import Inquiries
from traumatracker.sources.synthetic.kinds import KINDS, WHEN, WHERE, Chances, Kind
from traumatracker.sources.synthetic.people import Person
from traumatracker.sources.synthetic.shifts import LATE, SHIFT, Duty
from traumatracker.sources.synthetic.words import BEAT_KINDS

# Attended calls for each response crew and shift; thinned to keep the files small. Source: judgement.
CALLS = (1.0, 1.2, 1.1)
SHAPE = ((1, 2, 3, 3, 3, 3, 3, 2), (3, 3, 4, 4, 4, 4, 4, 3, 2), (4, 4, 3, 3, 2, 1, 1, 1))
DUPLICATE = 0.05
RESTRICTED = {"homicide": 0.06, "rape": 0.03, "child-sexual": 0.04, "child-death": 0.05, "domestic-high": 0.01}
NO_ONE_GOES = {"test-log", "mistake"}
PLAIN_TEXTS = ("WELFARE CHECK", "ALARM ACTIVATION", "NEIGHBOUR DISPUTE", "RTC NON INJURY", "MISPER", "ASB YOUTHS",
               "SHOPLIFTER DETAINED", "HIGHWAY OBSTRUCTION")  # fmt: skip

# The word in the resource table: the part it means, minutes until they come, minutes they stay. Source: judgement.
SPECIAL = {
    "SUPV": ("supervisor_on_scene", 20, 60),
    "CSI": ("crime_scene_investigator", 60, 150),
    "FCI": ("crime_scene_investigator", 40, 180),
}

# Those called from home: what asks for them, their skill, their part, their departments, seconds until they come.
ON_CALL = (
    ("neg", "NEG", "negotiator", ("RSP", "CID"), (2_400, 6_000)),
    ("dvi", "DVI", "dvi_body_recovery", ("CSI",), (2_400, 6_000)),
    ("det", "", "attended_later", ("CID",), (9_000, 18_000)),
)

# Chance that an officer sent to such a call is assaulted. Source: judgement, set near to one assault for each four
# officers a year, of which one in five with more than minor injury.
ASSAULTS = {"violence": 0.020, "domestic": 0.011, "rowdy": 0.013, "wanted": 0.018, "mental-health": 0.05,
            "domestic-high": 0.04, "serious-violence": 0.02, "disorder": 0.06, "concern": 0.002}  # fmt: skip


def one(rng: Random, chances: Chances) -> str:
    """Return one of the values by weight."""
    if len(chances) == 1:
        return chances[0][0]
    at = rng.random() * sum(weight for _, weight in chances)
    for value, weight in chances:
        at -= weight
        if at < 0:
            return value
    return chances[-1][0]


def some(rng: Random, chances: Chances) -> list[str]:
    """Return each value that came up by its own chance."""
    return [value for value, chance in chances if rng.random() < chance]


class Calls:
    """Tells the story of each day's calls, in order."""

    def __init__(self, story: Story, rng: Random, inquiries: Inquiries):
        self.story, self.rng, self.inquiries = story, rng, inquiries
        self.send = response.Dispatcher(rng)
        self.cordons: list[tuple[int, Event, Log]] = []
        self.weights = {
            (shift, place): list(
                accumulate(
                    kind.rate * WHEN[kind.when][shift] * WHERE[kind.where][("centre", "estate", "rural").index(place)]
                    for kind in KINDS
                )
            )
            for shift in range(3)
            for place in ("centre", "estate", "rural")
        }
        self.hours = [list(accumulate(shape)) for shape in SHAPE]

    def day(self, day: int, duty: Duty) -> None:
        for (place, shift), crews in sorted(duty.response.items(), key=lambda item: item[0]):
            pool = crews + [crew for crew in duty.support[f"NPT-{place}", ""] if crew.shift == shift]
            times = self._times(day, shift, len(pool))
            if shift != 2:
                self._cordon(day, place, pool, times)
            for t in times:
                self._call(t, place, shift, pool, duty)
        self.story.duties += duty.crews

    def _times(self, day: int, shift: int, crews: int) -> list[int]:
        start = clock.at(day, SHIFT[shift][0])
        number = int(crews * CALLS[shift] * self.rng.uniform(0.8, 1.2) + self.rng.random())
        hours = range(len(SHAPE[shift]))
        chosen = self.rng.choices(hours, cum_weights=self.hours[shift], k=number)
        return sorted(start + 600 + hour * clock.HOUR + self.rng.randrange(clock.HOUR) for hour in chosen)

    def _call(self, t: int, place: str, shift: int, pool: list[Crew], duty: Duty) -> None:
        rng = self.rng
        beat = rng.randrange(len(BEAT_KINDS))
        kind = rng.choices(KINDS, cum_weights=self.weights[shift, BEAT_KINDS[beat]])[0]
        log = self._log(t, place, f"{place}{beat + 1:02d}", kind)
        event = Event(kind.category, [log])
        crews: list[Crew] = []
        if kind.id not in NO_ONE_GOES:
            crews = self.send.pick(pool, t, rng.randint(*kind.units), bool(kind.category))
        crews += self._called_in(kind, shift, t, duty)
        arrivals = self.send.attend(log, crews, kind.minutes)
        self.send.stand_down(log, pool)
        response.take_part(event, log, arrivals)
        response.control_room(event, log, duty, shift, rng, kind.live)
        self._extras(event, log, kind, shift, duty, [crew for _, crew, _ in arrivals])
        self._duplicate(event, log, kind)
        came = [person for _, crew, _ in arrivals for person in crew.people]
        self.inquiries.open(event, log, kind, came, duty)
        self._assault(event, log, kind, came, duty)
        if event.parts:
            self.story.events.append(event)

    def _log(self, t: int, place: str, beat: str, kind: Kind) -> Log:
        rng = self.rng
        texts = some(rng, kind.texts)
        text = texts[0] if texts else (rng.choice(PLAIN_TEXTS) if not kind.category and rng.random() < 0.06 else "")
        log = Log(
            t, place, beat, kind.id, kind.grade, one(rng, kind.opens), text,
            one(rng, kind.closes).split("+"), some(rng, kind.quals), some(rng, kind.marks),
            "", "", t + rng.randint(900, 9_000),
        )  # fmt: skip
        log.restricted = rng.random() < RESTRICTED.get(kind.id, 0.0003)
        self.story.logs.append(log)
        return log

    def _called_in(self, kind: Kind, shift: int, t: int, duty: Duty) -> list[Crew]:
        """Roads policing and armed crews go where their kind of call is."""
        crews: list[Crew] = []
        for extra, department in (("rpu", "RPU"), ("arv", "ARV")):
            if kind.extra.get(extra, 0) > self.rng.random():
                pool = [crew for crew in duty.support[department, str(shift)] if crew.free_at <= t]
                crews += self.send.pick(pool, t, 1, must=False)
        if kind.unit == "RPU" and not kind.category and self.rng.random() < 0.5:
            crews += self.send.pick(duty.support["RPU", str(shift)], t, 1, must=False)
        return crews

    def _extras(self, event: Event, log: Log, kind: Kind, shift: int, duty: Duty, crews: list[Crew]) -> None:
        """The sergeant, the scene examiner, the negotiator and the rest, each with a stated role on the log."""
        extra, roll = kind.extra, self.rng.random
        if not extra:
            return
        if roll() < extra.get("sgt", 0) and (boss := duty.sergeants.get((log.place, shift))):
            self._special(event, log, boss, "SUPV")
        if roll() < extra.get("csi", 0):
            on = duty.support["CSI", str(min(shift, LATE))]
            fit = [crew for crew in on if crew.on < log.t + 7_200 < crew.off]
            if fit:
                crew = self.rng.choice(fit)
                self._special(event, log, crew, "CSI")
        if roll() < extra.get("fci", 0):
            for crew in duty.support["RPU", str(shift)]:
                trained = [person for person in crew.people if person.has("FCIU", clock.local_day(log.t))]
                if trained and crew not in crews:
                    self._special(event, log, crew, "FCI", trained[0])
                    break
        self._on_call(event, log, kind, duty, {person for crew in crews for person in crew.people})
        if roll() < extra.get("cordon", 0):
            self.cordons.append((clock.local_day(log.t) + 1, event, log))

    def _special(self, event: Event, log: Log, crew: Crew, word: str, person: Person | None = None) -> None:
        """Send a crew with a task of its own; `person`: only this member of it has the task."""
        role, minutes, stay = SPECIAL[word]
        t = log.t + minutes * clock.MINUTE + self.rng.randint(0, 3_600)
        if t > crew.off - 600:
            return
        shown = self.send.special(log, crew, person or crew.people[0], t, word, stay)
        for other in [person] if person else crew.people:
            event.add(other, clock.local_day(t), role, shown and not log.restricted)

    def _on_call(self, event: Event, log: Log, kind: Kind, duty: Duty, there: set[Person]) -> None:
        """People called from home, named on the log and in no duty booking."""
        day, rng = clock.local_day(log.t), self.rng
        for extra, skill, role, departments, soon in ON_CALL:
            if rng.random() >= kind.extra.get(extra, 0):
                continue
            able = [
                person
                for department in departments
                for person, _ in duty.posted[department]
                if (not skill or person.has(skill, day)) and person not in there
            ]
            if able:
                person, t = rng.choice(able), log.t + rng.randint(*soon)
                shown = self.send.special(log, None, person, t, extra.upper() if skill else "", 90)
                own = "hostage_negotiation" if kind.id == "siege" and extra == "neg" else ""
                event.add(person, clock.local_day(t), role, shown and not log.restricted, own)

    def _duplicate(self, event: Event, log: Log, kind: Kind) -> None:
        """A second caller about the same thing: closed as a duplicate, most times tied to the first log."""
        if kind.grade != "1" or self.rng.random() >= DUPLICATE:
            return
        t = log.t + self.rng.randint(30, 400)
        copy = Log(t, log.place, log.beat, "duplicate", log.grade, one(self.rng, kind.opens), "", ["506"], [], [],
                   log.operator, "", t + self.rng.randint(300, 1_500))  # fmt: skip
        copy.parent = log if self.rng.random() < 0.9 else None
        self.story.logs.append(copy)
        event.logs.append(copy)

    def _cordon(self, day: int, place: str, pool: list[Crew], times: list[int]) -> None:
        """The day after, a log of its own for those who guard the scene, tied to the first one."""
        due = [item for item in self.cordons if item[0] <= day and item[2].place == place]
        if not due or not pool:
            return
        self.cordons = [item for item in self.cordons if item not in due]
        for _, event, first in due:
            crew = self.rng.choice(pool)
            t = crew.on + self.rng.randint(1_200, 3_000)
            log = Log(t, place, first.beat, "cordon", "3", "503", "SCENE GUARD", ["503"], [], [], "", "", t + 20_000)
            log.parent = first if self.rng.random() < 0.92 else None
            departed = min(t + 4 * clock.HOUR, crew.off - 300)
            row = Resource(crew.callsign, t + 60, t + 90, t + 900, departed, role="CORDON")
            row.officers = self.send.named(crew, t)
            crew.free_at = departed
            log.resources.append(row)
            self.story.logs.append(log)
            event.logs.append(log)
            for person in crew.people:
                event.add(person, clock.local_day(t), "scene_guard", person not in crew.unbooked)

    def _assault(self, event: Event, log: Log, kind: Kind, came: list[Person], duty: Duty) -> None:
        chance = ASSAULTS.get(kind.id, 0.0)
        if came and self.rng.random() < chance:
            self.inquiries.assault(event, log, self.rng.choice(came), duty)
