"""What happened: logs, the resources sent to them, crimes, and the parts people truly had."""

from dataclasses import dataclass, field

from traumatracker.sources.synthetic.people import Person

# Strongest part first; only to list a person's parts in order. Source: the role weights of the ptec_aligned pack.
ROLE_ORDER = (
    "directly_harmed", "first_at_scene", "dvi_body_recovery", "negotiator", "attended_during",
    "crime_scene_investigator", "reviewed_iioc", "death_message", "family_liaison", "attended_later",
    "call_handler_live", "interviewer_victim", "reviewed_material", "supervisor_on_scene", "oic_investigator",
    "scene_guard", "dispatcher", "custody_contact", "read_statements", "peer_supporter", "supervisor_remote",
)  # fmt: skip


# A threat to the officer's own life is one only for those who are there.
IN_DANGER = {"directly_harmed", "first_at_scene", "attended_during", "supervisor_on_scene", "negotiator"}


@dataclass(eq=False, slots=True)
class Crew:
    """People booked on together under a callsign. `unbooked`: those whose booking never reached the duty file."""

    callsign: str
    department: str
    place: str
    shift: int
    on: int
    off: int
    people: list[Person]
    unbooked: list[Person]
    free_at: int


@dataclass(eq=False, slots=True)
class Resource:
    """One row of the resource table. `arrived` is what was pressed on the radio, which may be late or missing."""

    callsign: str
    informed: int
    proceed: int | None = None
    arrived: int | None = None
    departed: int | None = None
    not_proceed: int | None = None
    officers: tuple[str, ...] = ()
    role: str = ""


@dataclass(eq=False, slots=True)
class Log:
    """One log as the control room wrote it. `parent`: the log it was tied to; `closes`, `quals`, `marks`: codes."""

    t: int
    place: str
    beat: str
    kind: str
    grade: str
    opening: str
    text: str
    closes: list[str]
    quals: list[str]
    marks: list[str]
    operator: str
    dispatcher: str
    closed: int
    restricted: bool = False
    parent: "Log | None" = None
    crimes: list["Crime"] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    urn: str = ""

    @property
    def ref(self) -> str:
        return f"cad:{self.urn}"


@dataclass(eq=False, slots=True)
class Crime:
    """`logs`: the logs this crime names, or that name it; empty where nobody made the link."""

    t: int
    code: str
    place: str
    logs: list[Log]
    status: str = "RECORDED"
    under_18: str = ""
    died: str = ""
    domestic: str = ""
    earlier_code: str = ""
    officers: list[tuple[Person, str, int, str]] = field(default_factory=list)
    number: str = ""

    @property
    def ref(self) -> str:
        return f"rms:{self.number}"


@dataclass(slots=True)
class Task:
    """A dated piece of work on a crime, or on a log where there is no crime."""

    kind: str
    person: Person
    t: int
    crime: Crime | None = None
    log: Log | None = None


@dataclass(slots=True)
class Booking:
    """One booking to watch material: `material` is IIOC or GRAPHIC."""

    person: Person
    t: int
    minutes: int
    material: str
    case: Crime | None
    number: str = ""


@dataclass(slots=True)
class Part:
    """What one person truly did. `occasion`: "event", or a part that counts by the day."""

    person: Person
    day: int
    category: str
    role: str
    visible: bool = True
    occasion: str = "event"


@dataclass(eq=False, slots=True)
class Event:
    """One true event: the category it had for those who came, its records, and who had which part."""

    category: str
    logs: list[Log] = field(default_factory=list)
    crimes: list[Crime] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def add(self, person: Person, day: int, role: str, visible: bool = True, category: str = "") -> None:
        """Note a part in this event; its category is the event's unless something else happened to this person."""
        chosen = category or self.category
        if chosen and not (chosen == "life_threat_self" and role not in IN_DANGER):
            self.parts.append(Part(person, day, chosen, role, visible))

    def add_occasion(self, person: Person, day: int, role: str, visible: bool = True) -> None:
        """Note a part that counts once for each event and day."""
        if self.category:
            self.parts.append(Part(person, day, self.category, role, visible, "occasion"))


@dataclass
class Story:
    """Everything that happened in the whole period, before it is written down."""

    logs: list[Log] = field(default_factory=list)
    crimes: list[Crime] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    duties: list[Crew] = field(default_factory=list)
    limit: int = 0
