"""What follows: crimes, who works on them, interviews, messages to families, material that has to be watched."""

from random import Random

from traumatracker.sources.synthetic import clock
from traumatracker.sources.synthetic.events import Booking, Crime, Event, Log, Part, Story, Task
from traumatracker.sources.synthetic.kinds import BY_ID, Kind
from traumatracker.sources.synthetic.people import Person
from traumatracker.sources.synthetic.shifts import Duty

# Source: judgement, all of these.
INTERVIEW_RECORDED = 0.92
MESSAGE_RECORDED = 0.65
BOOKED = 0.95
CANCELLED, CANCELLED_SERIOUS = 0.03, 0.012
SECOND_CRIME = 0.10
ASSAULT_LINKED = 0.9
REFERRALS_A_YEAR = 5.0  # for each public protection investigator, reported without any log
GRADING_DAYS = 0.25  # of a grader's working days
CASES_A_YEAR = 5.0  # for each online abuse investigator
UNTOLD_A_YEAR = 0.03  # for each response officer: distressing, and on no system at all

# What is done to an officer on duty: true category, codes and their weights, chance that a crime is recorded.
HARMS = (
    ("assault_self_minor", ("HO_CLASS:104", "HO_STAT:008/73", "HO_CLASS:8S"), (7, 2, 1), 0.88),
    ("serious_assault_self", ("HO_CLASS:8S", "HO_CLASS:5D"), (6, 4), 0.9),
    ("targeted_abuse", ("HO_CLASS:3B", "HO_CLASS:8L"), (6, 4), 0.5),
)
HARM_SHARES = (82, 11, 7)
CALLED_FOR_HELP = {"assault_self_minor": 0.25, "serious_assault_self": 0.8}


class Inquiries:
    """Tells what follows a call, and what starts without one."""

    def __init__(self, story: Story, rng: Random):
        self.story, self.rng = story, rng
        self.cases: list[Crime] = []

    def open(self, event: Event, log: Log, kind: Kind, came: list[Person], duty: Duty) -> None:
        """Record the crime (most times), say who has it, and set the follow-up going."""
        crime = None
        if kind.crime and self.rng.random() < kind.crimed:
            crime = self._crime(event, log, kind, self._recorded(log))
            owner = came[0] if kind.unit == "RSP" and came else self._pick(duty, kind.unit)
            if owner:
                self._officer(event, crime, owner, "OIC", "oic_investigator")
            if kind.category and self.rng.random() < SECOND_CRIME:
                self._crime(event, log, kind, self._recorded(log))
        if event.category and kind.extra:
            self._follow_up(event, log, crime, kind, came, duty)
        if crime and self.rng.random() < 0.02:
            self._private(crime, duty)

    def _crime(self, event: Event, log: Log | None, kind: Kind, t: int) -> Crime:
        rng = self.rng
        codes, weights = zip(*kind.crime, strict=True)
        crime = Crime(t, rng.choices(codes, weights)[0], log.place if log else "SO", [])
        if log is not None and rng.random() < kind.linked:
            crime.logs.append(log)
            log.crimes.append(crime)
            for other in event.logs[1:]:
                if rng.random() < 0.5:
                    other.crimes.append(crime)
        if rng.random() < (CANCELLED_SERIOUS if kind.category else CANCELLED):
            crime.status = rng.choice(("CANCELLED", "CANCELLED", "TRANSFERRED"))
        crime.under_18 = self._said(rng.random() < kind.under_18)
        crime.died = self._said(kind.died)
        crime.domestic = self._said(rng.random() < kind.domestic)
        if crime.code == "HO_CLASS:1" and rng.random() < 0.3:
            crime.earlier_code = "HO_CLASS:2"
        self.story.crimes.append(crime)
        event.crimes.append(crime)
        return crime

    def _recorded(self, log: Log) -> int:
        return log.t + self.rng.randint(1_800, 72_000)

    def _said(self, yes: bool) -> str:
        """A box on the crime form: left empty now and then, wrong more rarely."""
        chance = self.rng.random()
        if chance < 0.06:
            return ""
        return "Y" if yes != (chance > 0.996) else "N"

    def _pick(self, duty: Duty, department: str, skill: str = "", day: int = 0) -> Person | None:
        able = [
            person
            for person, spell in duty.posted[department]
            if spell.unit.kind == "team" and (not skill or person.has(skill, day))
        ]
        return self.rng.choice(able) if able else None

    def _officer(self, event: Event, crime: Crime, person: Person, word: str, role: str, delay: int = 0) -> None:
        day = clock.local_day(crime.t) + delay
        crime.officers.append((person, word, day, "Y"))
        event.add(person, day, role)

    def _follow_up(
        self, event: Event, log: Log, crime: Crime | None, kind: Kind, came: list[Person], duty: Duty
    ) -> None:
        extra, roll, day = kind.extra, self.rng.random, clock.local_day(log.t)
        if crime:
            self._role_holders(event, crime, kind, duty)
        if roll() < extra.get("deathmsg", 0) and came:
            self._message(event, log, crime, self.rng.choice(came))
        if roll() < extra.get("graphic", 0):
            self._watch(duty, crime, day)
        if roll() < extra.get("peer", 0) and (peer := self._pick(duty, "RSP", "TRIM", day)):
            event.add(peer, day + 3, "peer_supporter", visible=False)

    def _role_holders(self, event: Event, crime: Crime, kind: Kind, duty: Duty) -> None:
        extra, roll, day = kind.extra, self.rng.random, clock.local_day(crime.t)
        if roll() < extra.get("flo", 0):
            self._named(event, crime, self._pick(duty, "CID", "FLO", day), "FLO", "family_liaison", 1)
        if roll() < extra.get("read", 0):
            self._named(event, crime, self._pick(duty, kind.unit), "DISCLOSURE", "read_statements", 40)
        for _ in range(int(extra.get("dep", 0) + roll())):
            self._named(event, crime, self._pick(duty, "CID"), "DEP-OIC", "oic_investigator", 1)
        if roll() < extra.get("custody", 0):
            self._named(event, crime, self._pick(duty, "CUS"), "DETENTION", "custody_contact", 0)
        if roll() < extra.get("sio", 0):
            self._named(event, crime, self._head(duty), "ONCALL", "supervisor_remote", 0)
        if roll() < extra.get("soit", 0):
            self._interviews(event, crime, duty)

    def _named(self, event: Event, crime: Crime, person: Person | None, word: str, role: str, delay: int) -> None:
        if person:
            self._officer(event, crime, person, word, role, delay)

    def _head(self, duty: Duty) -> Person | None:
        heads = [person for members in duty.posted.values() for person, spell in members if spell.rank == "INSP"]
        return self.rng.choice(heads) if heads else None

    def _interviews(self, event: Event, crime: Crime, duty: Duty) -> None:
        """One to three interviews with the victim, each a day of its own, by one trained investigator."""
        person = self._pick(duty, "PPU", "ABE", clock.local_day(crime.t)) or self._pick(duty, "PPU")
        if person is None:
            return
        t = crime.t
        for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
            t += self.rng.randint(1, 12) * clock.DAY
            recorded = self.rng.random() < INTERVIEW_RECORDED
            if recorded:
                self.story.tasks.append(Task("ABE", person, t, crime))
            event.add_occasion(person, clock.local_day(t), "interviewer_victim", recorded)

    def _message(self, event: Event, log: Log, crime: Crime | None, person: Person) -> None:
        t = log.t + self.rng.randint(2, 9) * clock.HOUR
        recorded = self.rng.random() < MESSAGE_RECORDED
        if recorded:
            self.story.tasks.append(Task("DEATHMSG", person, t, crime, None if crime else log))
        event.add_occasion(person, clock.local_day(t), "death_message", recorded)

    def _watch(self, duty: Duty, case: Crime | None, day: int) -> None:
        """Days spent watching footage of what happened."""
        person = self._pick(duty, self.rng.choice(("DFU", "CID")))
        for _ in range(self.rng.randint(1, 3)):
            day += self.rng.randint(2, 9)
            if person:
                self._session(person, day, "GRAPHIC", case, "graphic_material_session")

    def _session(self, person: Person, day: int, material: str, case: Crime | None, category: str) -> None:
        event = Event(category)
        recorded = self.rng.random() < BOOKED
        for number in range(self.rng.choice((1, 1, 2))):
            t = clock.at(day, 9 + 4 * number, self.rng.randrange(60))
            booking = Booking(person, t, self.rng.randint(40, 200), material, case)
            if recorded:
                self.story.bookings.append(booking)
                event.bookings.append(booking)
        role = "reviewed_iioc" if material == "IIOC" else "reviewed_material"
        event.parts.append(Part(person, day, category, role, recorded, "session"))
        self.story.events.append(event)

    def assault(self, event: Event, log: Log, person: Person, duty: Duty) -> None:
        """Somebody on duty is hurt: a crime of its own with them as the victim, most times recorded and tied."""
        rng, day = self.rng, clock.local_day(log.t)
        category, codes, weights, known = rng.choices(HARMS, HARM_SHARES)[0]
        recorded = rng.random() < known
        if recorded:
            crime = Crime(log.t + rng.randint(1_800, 40_000), rng.choices(codes, weights)[0], log.place, [])
            if rng.random() < ASSAULT_LINKED:
                crime.logs.append(log)
                log.crimes.append(crime)
            crime.under_18, crime.died, crime.domestic = "N", "N", "N"
            crime.officers.append((person, "VICTIM-POL", day, "Y"))
            owner = self._pick(duty, "RSP")
            if owner and owner is not person:
                crime.officers.append((owner, "OIC", day + 1, "Y"))
            self.story.crimes.append(crime)
            event.crimes.append(crime)
        if rng.random() < CALLED_FOR_HELP.get(category, 0):
            log.quals.append("404")
        if category == "serious_assault_self" and rng.random() < 0.7:
            log.marks.append("INJURY")
        event.add(person, day, "directly_harmed", recorded, category)

    def _private(self, crime: Crime, duty: Duty) -> None:
        """A worker who is a witness, a suspect or a victim in private life: must never be taken in."""
        word = self.rng.choice(("VICTIM", "SUSPECT", "WITNESS"))
        if person := self._pick(duty, self.rng.choice(("RSP", "NPT", "FCR"))):
            crime.officers.append((person, word, clock.local_day(crime.t), "N"))

    def day(self, day: int, duty: Duty) -> None:
        """What starts without a call: referrals to public protection, online abuse cases, days of grading."""
        self._untold(day, duty)
        for person, spell in duty.posted["PPU"]:
            if spell.unit.kind == "team" and self.rng.random() < REFERRALS_A_YEAR / 365:
                self._referral(person, day, duty)
        for person, spell in duty.posted["POL"]:
            if spell.unit.kind == "team" and self.rng.random() < CASES_A_YEAR / 365:
                case = Crime(clock.at(day, 11), "HO_CLASS:86", "SO", [])
                case.officers.append((person, "OIC", day, "Y"))
                self.story.crimes.append(case)
                self.cases = [*self.cases[-40:], case]
        if not clock.is_weekend(day) and self.cases:
            for department in ("POL", "DFU"):
                for person, _ in duty.posted[department]:
                    if person.has("IMGGRADE", day) and self.rng.random() < GRADING_DAYS:
                        self._session(person, day, "IIOC", self.rng.choice(self.cases), "iioc_session")

    def _untold(self, day: int, duty: Duty) -> None:
        for person, _ in duty.posted["RSP"]:
            if self.rng.random() < UNTOLD_A_YEAR / 365:
                event = Event("distressing_other")
                event.add(person, day, "attended_during", visible=False)
                self.story.events.append(event)

    def _referral(self, person: Person, day: int, duty: Duty) -> None:
        kind = BY_ID[self.rng.choices(("child-sexual", "rape", "child-harm", "adult-abuse"), (50, 30, 15, 5))[0]]
        event = Event(kind.category)
        crime = self._crime(event, None, kind, clock.at(day, self.rng.randint(8, 17), self.rng.randrange(60)))
        self._officer(event, crime, person, "OIC", "oic_investigator", 1)
        if self.rng.random() < kind.extra.get("soit", 0):
            self._interviews(event, crime, duty)
        if self.rng.random() < 0.25:
            self._named(event, crime, self._pick(duty, "PPU"), "DISCLOSURE", "read_statements", 60)
        self.story.events.append(event)
