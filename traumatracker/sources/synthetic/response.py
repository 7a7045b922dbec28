"""Sending crews: who goes to a log, what the radio statuses say about it, and what part each person had."""

from random import Random

from traumatracker.sources.synthetic import clock
from traumatracker.sources.synthetic.events import Crew, Event, Log, Resource
from traumatracker.sources.synthetic.people import Person
from traumatracker.sources.synthetic.shifts import Duty

# How the radio falls short of what happened. Source: judgement.
NEVER_PRESSED = 0.025
PRESSED_LATE = 0.04
NAMED_FIRST, NAMED_SECOND = 0.45, 0.3
STOOD_DOWN = 0.09
LATER_AFTER = 120 * clock.MINUTE
KEPT_ON = 3 * clock.HOUR

Arrival = tuple[int, Crew, bool]


class Dispatcher:
    """Sends crews and writes the resource rows."""

    def __init__(self, rng: Random):
        self.rng = rng

    def pick(self, pool: list[Crew], t: int, number: int, must: bool) -> list[Crew]:
        """Return up to `number` crews free at `t`; with `must`, the one free soonest if none is."""
        on = [crew for crew in pool if crew.on <= t < crew.off - 2_400]
        free = [crew for crew in on if crew.free_at <= t]
        if len(free) > number:
            return self.rng.sample(free, number)
        if not free and on and must:
            soonest = min(on, key=lambda crew: (crew.free_at, crew.callsign))
            return [soonest] if soonest.free_at < soonest.off - 1_200 else []
        return free

    def attend(self, log: Log, crews: list[Crew], minutes: int) -> list[Arrival]:
        """Send crews and write their resource rows. Returns when each truly arrived and whether that was recorded."""
        arrivals: list[Arrival] = []
        for number, crew in enumerate(crews):
            arrived = self._arrival(log, crew, number)
            if arrived >= crew.off + 600:
                continue
            stay = round(minutes * clock.MINUTE * self.rng.uniform(0.5, 1.6))
            departed = min(arrived + stay, crew.off + KEPT_ON - 900)
            departed = max(departed, arrived + 300)
            crew.free_at = departed + 120
            crew.off = max(crew.off, departed + 600)
            row = self._row(log, crew, arrived, departed)
            arrivals.append((arrived, crew, row.arrived is not None))
        return arrivals

    def _arrival(self, log: Log, crew: Crew, number: int) -> int:
        first, last = (240, 1_080) if log.grade == "1" else (900, 4_200)
        ready = max(log.t + self.rng.randint(40, 300), crew.free_at)
        if number >= 3 and self.rng.random() < 0.5:
            ready += self.rng.randint(3_600, 10_000)
        return ready + self.rng.randint(first, last)

    def _row(self, log: Log, crew: Crew, arrived: int, departed: int) -> Resource:
        rng = self.rng
        pressed: int | None = arrived + rng.randint(0, 45)
        chance = rng.random()
        if chance < NEVER_PRESSED:
            pressed = None
        elif chance < NEVER_PRESSED + PRESSED_LATE:
            pressed = min(arrived + rng.randint(600, 2_400), departed - 60)
        proceed = max(log.t + 30, arrived - rng.randint(200, 900))
        row = Resource(crew.callsign, max(log.t + 20, proceed - rng.randint(5, 120)), proceed, pressed, departed)
        row.officers = self.named(crew, log.t)
        log.resources.append(row)
        log.closed = max(log.closed, departed + rng.randint(300, 7_200))
        return row

    def named(self, crew: Crew, t: int) -> tuple[str, ...]:
        """Return the one or two officers the log names, as typed: some with an old letter in front."""
        if self.rng.random() >= NAMED_FIRST:
            return ()
        people = crew.people[:2] if self.rng.random() < NAMED_SECOND else crew.people[:1]
        return tuple(self.typed(person, t) for person in people)

    def typed(self, person: Person, t: int) -> str:
        collar = person.collar_on(clock.local_day(t))
        return f"P{collar}" if self.rng.random() < 0.08 else collar

    def stand_down(self, log: Log, pool: list[Crew]) -> None:
        """Now and then a crew is assigned and stood down before arriving: on the log, at nothing."""
        if self.rng.random() < STOOD_DOWN and pool:
            crew = self.rng.choice(pool)
            if crew.on <= log.t < crew.off:
                informed = log.t + self.rng.randint(60, 900)
                row = Resource(crew.callsign, informed, informed + 40, not_proceed=informed + self.rng.randint(90, 900))
                row.officers = self.named(crew, log.t)
                log.resources.append(row)

    def special(self, log: Log, crew: Crew | None, person: Person, t: int, role: str, minutes: int) -> bool:
        """Write the row of somebody with a task of their own at the scene. Returns whether the row shows it."""
        callsign = crew.callsign if crew else f"{role or 'DET'}9"
        pressed = None if self.rng.random() < NEVER_PRESSED else t
        departed = t + minutes * clock.MINUTE
        row = Resource(callsign, max(log.t, t - 1_500), max(log.t, t - 1_400), pressed, departed, role=role)
        if crew is None or self.rng.random() < NAMED_FIRST:
            row.officers = (self.typed(person, log.t),)
        if crew is not None:
            crew.off = max(crew.off, departed + 600)
            crew.free_at = max(crew.free_at, departed)
        log.resources.append(row)
        log.closed = max(log.closed, departed + 300)
        return pressed is not None and (bool(row.officers) or person not in (crew.unbooked if crew else ()))


def take_part(event: Event, log: Log, arrivals: list[Arrival]) -> None:
    """Give every member of every crew that truly came its part: first, during or later."""
    if not arrivals or not event.category:
        return
    first = min(arrived for arrived, _, _ in arrivals)
    for arrived, crew, recorded in arrivals:
        role = "first_at_scene" if arrived == first else "attended_during"
        if arrived > first + LATER_AFTER:
            role = "attended_later"
        day = clock.local_day(arrived)
        for person in crew.people:
            event.add(person, day, role, recorded and person not in crew.unbooked and not log.restricted)


def control_room(event: Event, log: Log, duty: Duty, shift: int, rng: Random, live: bool) -> None:
    """Name the operator who took the call and the one who sent the crews; the first is exposed while it is live."""
    operators = duty.operators[shift]
    if not operators:
        return
    handler = rng.choice(operators)
    sender = rng.choice(operators)
    log.operator, log.dispatcher = handler.operator, sender.operator
    day = clock.local_day(log.t)
    if event.category and live:
        event.add(handler, day, "call_handler_live", not log.restricted)
    if event.category:
        event.add(sender, day, "dispatcher", not log.restricted)
