"""What the engine returns: exposures, open questions, codes nobody mapped, and what could not be linked."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Entry:
    """What an exposure and a question share: who, which event, when, and the rule.

    `event_id`: the first incident of the linked incidents, or "material" for a day of viewing material.
    `occasion`: "event", or "<role>:<day>" for an exposure that builds on the event later, or "session:<day>".
    `role`: the strongest part. `source_records`: every incident of the event; `codes`: the code keys that made the
    rule true, or started it. `team`: unit of the posting valid on `exposed_on`, or None.
    """

    person_id: str
    event_id: str
    occasion: str
    exposed_on: date
    known_on: date
    category: str
    rule: str
    role: str
    codes: tuple[str, ...]
    source_records: tuple[str, ...]
    team: str | None
    pack: str

    @property
    def key(self) -> str:
        """What stays the same when the entry changes: person, event and occasion."""
        return f"{self.person_id}|{self.event_id}|{self.occasion}"


@dataclass(frozen=True, slots=True)
class Exposure(Entry):
    """One person's part in one event: the row everything later is made of, and its whole explanation.

    `points`: category weight × role weight, ten-thousandths; a session category always has role weight 1.
    `roles`: all parts, strongest first. `tags`: what else was true, never counted again.
    `evidence`: "role|evidence|incident_id|callsign", one for each way this person is linked.
    `links`: "kind|from|to", the links that made the event of its records, and the splits that lead to or from it.
    """

    category_weight: int
    roles: tuple[str, ...]
    role_weight: int
    points: int
    tags: tuple[str, ...]
    evidence: tuple[str, ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question(Entry):
    """A rule that started for this person but lacked its evidence: no exposure, in no window, shown to them."""


@dataclass(frozen=True, slots=True)
class UnmappedCode:
    """A code no rule mentions: accepted, counted, listed, owned; never silently zero."""

    code_system: str
    code: str
    label: str
    incidents: int


@dataclass(frozen=True, slots=True)
class DoubtfulLink:
    """A link that joins nothing until a person decides. `reason`: one of `link_kinds.REASONS`."""

    from_incident_id: str
    to_incident_id: str
    link_kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnclearIdentifier:
    """An identifier that some rows name somebody by, and that nobody held on those days, or several people.

    `people`: how many held it at once, at most; 0 for nobody. `claims`: how many rows. The days are those of the rows
    that have one.
    """

    identifier_type: str
    identifier: str
    people: int
    claims: int
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the sources could not tell. Counts, never people.

    Deployments and identifiers are those of events that come to something for somebody in some part.
    `deployments_attended`: resource rows that attended; `deployments_without_people`: of those, with nobody
    named and nobody booked on under the callsign at that time.
    `identifiers_unmatched` / `identifiers_ambiguous`: rows naming someone the HR file does not know on that
    day, or more than one person; neither is guessed.
    """

    incidents: int
    incidents_left_out: int
    deployments_attended: int
    deployments_without_people: int
    identifiers_unmatched: int
    identifiers_ambiguous: int
    review_incidents: int


@dataclass(frozen=True, slots=True)
class Result:
    """Everything one evaluation gives: rows sorted by key, unmapped codes by system and code.

    `unmatched` and `ambiguous`: the identifiers behind the two counts of `coverage`, by type and identifier.
    """

    exposures: list[Exposure]
    questions: list[Question]
    unmapped: list[UnmappedCode]
    coverage: Coverage
    doubtful_links: list[DoubtfulLink] = field(default_factory=list)
    unmatched: list[UnclearIdentifier] = field(default_factory=list)
    ambiguous: list[UnclearIdentifier] = field(default_factory=list)
