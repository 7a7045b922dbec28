"""The reference evaluator: what an exposure means, in plain Python, with no care for speed.

Every other evaluator must give the same rows. Read `evaluate` from top to bottom for the whole meaning.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from traumatracker.engine import codes as code_keys
from traumatracker.engine.classify import (
    EXPOSURE,
    QUESTION,
    Classifier,
    Verdict,
    points,
    role_weight,
    strongest_first,
)
from traumatracker.engine.link_kinds import JOINING
from traumatracker.engine.pack import Pack
from traumatracker.engine.reference_links import Links
from traumatracker.engine.reference_people import Attendance, Presence
from traumatracker.engine.result import (
    Coverage,
    Exposure,
    Question,
    Result,
    UnmappedCode,
)
from traumatracker.engine.tables import Tables
from traumatracker.errors import BadPack, unknown_role


def evaluate(tables: Tables, pack: Pack, as_of: date) -> Result:
    """Return everything that happened up to and including `as_of`.

    Rows: exposures and questions sorted by key, one for each person, event and occasion; unmapped codes
    sorted by system and code. Raises BadPack for a role that the sources state and the pack does not define.
    """
    return _Evaluation(tables, pack, as_of).result()


class _Evaluation:
    def __init__(self, tables: Tables, pack: Pack, as_of: date):
        self.tables, self.pack, self.as_of = tables, pack, as_of
        all_codes = {code_keys.key(row.code_system, row.code) for row in tables["incident_code"]}
        self.classifier = Classifier(pack, all_codes)
        self.codes = self._counted_codes(set())
        self.links = Links(tables)
        self.live, duplicates = self._live_incidents()
        self.codes = self._counted_codes(duplicates)
        self.event_of = self._events()
        self.event_codes = self._event_codes()
        self.possible = {
            event for event, codes in self.event_codes.items() if self.classifier.comes_to_something(codes)
        }
        later_after = timedelta(minutes=pack.later_after_minutes)
        whole_of = self.links.whole_of(self.live)
        self.attendance = Attendance(tables, self.live, self.event_of, self.possible, later_after, whole_of)

    def result(self) -> Result:
        presences = [item for item in self.attendance.presences() if item.on <= self.as_of and self._weighs(item.role)]
        rows = [*self._events_and_occasions(presences), *self._sessions(presences)]
        return Result(
            exposures=sorted(
                (row for row in rows if isinstance(row, Exposure)),
                key=lambda row: row.key,
            ),
            questions=sorted(
                (row for row in rows if isinstance(row, Question)),
                key=lambda row: row.key,
            ),
            unmapped=self._unmapped(),
            coverage=self._coverage(),
            doubtful_links=self.links.doubtful,
            unmatched=self.attendance.unclear_identifiers(False),
            ambiguous=self.attendance.unclear_identifiers(True),
        )

    def _weighs(self, role: str) -> bool:
        if role not in self.pack.roles:
            raise BadPack(unknown_role(role, self.pack.id))
        return self.pack.roles[role].weight > 0

    # Codes: which of them count, and which incidents they take out

    def _counted_codes(self, duplicates: set[str]) -> dict[str, set[str]]:
        """An opening code is what the caller said; once the incident is closed with a code, that one stands.

        What was said of a duplicate when it opened is never counted: the log that it repeats says what it was.
        """
        rows = self.tables["incident_code"]
        closed = {row.incident_id for row in self.tables["incident"] if row.is_closed}
        settled = {row.incident_id for row in rows if row.code_role == "closing"} & closed
        counted: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            kept = row.incident_id not in settled or self.pack.opening_counts == "always"
            if row.code_role != "opening" or (kept and row.incident_id not in duplicates):
                counted[row.incident_id].add(code_keys.key(row.code_system, row.code))
        return counted

    def _live_incidents(self) -> tuple[dict[str, Any], set[str]]:
        """The incidents that count, and those of them that repeat another. A code such as "duplicate" takes an
        incident out, but not one whose link says what it repeats: its people count there."""
        standing = {row.incident_id: row for row in self.tables["incident"] if not row.is_cancelled}
        live = {id: row for id, row in standing.items() if not self._is_taken_out(id)}
        repeats = self.links.duplicates(live, standing)
        return live | {id: standing[id] for id in repeats}, repeats

    def _is_taken_out(self, incident_id: str) -> bool:
        return any(map(self.classifier.excludes_incident, self.codes.get(incident_id, set())))

    # Events: incidents explicitly linked are one event, unless the link is a split

    def _events(self) -> dict[str, str]:
        event_of = {incident: incident for incident in self.live}
        changed = True
        while changed:
            changed = False
            for link in self.links.standing:
                ends = (link.start, link.end)
                if link.kind in JOINING and all(end in event_of for end in ends):
                    first = min(event_of[end] for end in ends)
                    changed = changed or any(event_of[end] != first for end in ends)
                    event_of.update(dict.fromkeys(ends, first))
        return event_of

    def _event_codes(self) -> dict[str, frozenset[str]]:
        codes: dict[str, set[str]] = defaultdict(set)
        for incident, event in self.event_of.items():
            codes[event] |= self.codes.get(incident, set())
        return {event: frozenset(keys) for event, keys in codes.items()}

    # One exposure for each person, event and occasion

    def _events_and_occasions(self, presences: list[Presence]) -> Iterable[Exposure | Question]:
        groups: dict[tuple[str, str, str], list[Presence]] = defaultdict(list)
        for item in presences:
            counting = self.pack.roles[item.role].counting
            if counting != "session":
                occasion = "event" if counting == "event" else f"{item.role}:{item.on}"
                groups[item.person_id, item.event_id, occasion].append(item)
        for (person, event, occasion), items in groups.items():
            yield from self._entry(person, event, occasion, {event: items})

    def _sessions(self, presences: list[Presence]) -> Iterable[Exposure | Question]:
        """A day of viewing material is one entry, whatever the number of cases viewed."""
        groups: dict[tuple[str, date], dict[str, list[Presence]]] = defaultdict(lambda: defaultdict(list))
        for item in presences:
            if self.pack.roles[item.role].counting == "session":
                groups[item.person_id, item.on][item.event_id].append(item)
        for (person, on), events in groups.items():
            yield from self._entry(person, "material", f"session:{on}", events)

    def _entry(
        self, person: str, event_id: str, occasion: str, events: dict[str, list[Presence]]
    ) -> Iterable[Exposure | Question]:
        verdicts = {
            event: self.classifier.resolve(self.event_codes[event], frozenset(item.role for item in items))
            for event, items in events.items()
        }
        for kind in (EXPOSURE, QUESTION):
            chosen = {event: items for event, items in events.items() if verdicts[event].kind == kind}
            if chosen:
                best = min(sorted(chosen), key=lambda event: self._heaviest(verdicts[event], chosen[event], event))
                common = self._common(person, chosen) | {"event_id": event_id, "occasion": occasion}
                yield self._row(verdicts[best], chosen[best], chosen, common)
                return

    def _heaviest(self, verdict: Verdict, items: list[Presence], event: str) -> tuple[int, int, str, str, str]:
        weight = self.pack.categories[verdict.category].weight
        gained = points(verdict, (item.role for item in items), self.pack)
        return (-weight, -gained, verdict.category, verdict.rule, event)

    def _common(self, person: str, events: dict[str, list[Presence]]) -> dict[str, Any]:
        """What does not depend on the verdict: the day, when it was known, the records and the team."""
        items = [item for each in events.values() for item in each]
        exposed_on = min(item.on for item in items)
        records = tuple(sorted(incident for incident, event in self.event_of.items() if event in events))
        known = [item.known_on for item in items] + [self.live[record].known_on for record in records]
        return {
            "person_id": person,
            "exposed_on": exposed_on,
            "known_on": max((day for day in known if day), default=exposed_on),
            "source_records": records,
            "team": self._team(person, exposed_on),
            "pack": self.pack.label,
        }

    def _row(
        self, verdict: Verdict, best: list[Presence], events: dict[str, list[Presence]], common: dict[str, Any]
    ) -> Exposure | Question:
        roles = strongest_first((item.role for item in best), self.pack)
        common |= {"category": verdict.category, "rule": verdict.rule, "role": roles[0], "codes": verdict.codes}
        if verdict.kind == QUESTION:
            return Question(**common)
        return Exposure(
            **common,
            roles=roles,
            category_weight=self.pack.categories[verdict.category].weight,
            role_weight=role_weight(verdict.category, roles, self.pack),
            points=points(verdict, roles, self.pack),
            tags=verdict.tags,
            evidence=tuple(sorted({item.evidence for items in events.values() for item in items})),
            links=tuple(self._links_of(set(events))),
        )

    def _links_of(self, events: set[str]) -> list[str]:
        of = self.event_of
        touching = [
            link
            for link in self.links.standing
            if link.start in of and link.end in of and {of[link.start], of[link.end]} & events
        ]
        return sorted(f"{link.kind}|{link.start}|{link.end}" for link in touching)

    def _team(self, person: str, on: date) -> str | None:
        """The unit of the posting valid that day; of two, the later one."""
        valid = [
            (row.valid_from, row.unit_id)
            for row in self.tables["posting"]
            if row.person_id == person
            and row.valid_from is not None
            and row.valid_from <= on
            and (row.valid_to is None or on < row.valid_to)
        ]
        latest = max((start for start, _ in valid), default=None)
        return min((unit for start, unit in valid if start == latest), default=None)

    # What could not be told

    def _unmapped(self) -> list[UnmappedCode]:
        known = {row.incident_id for row in self.tables["incident"]}
        incidents: dict[tuple[str, str], set[str]] = defaultdict(set)
        labels: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in self.tables["incident_code"]:
            pair = (row.code_system, row.code)
            if row.incident_id in known and not self.classifier.mentions(code_keys.key(*pair)):
                incidents[pair].add(row.incident_id)
                labels[pair] |= {row.label} if row.label else set()
        return [
            UnmappedCode(
                system,
                code,
                min(labels[system, code], default=""),
                len(incidents[system, code]),
            )
            for system, code in sorted(incidents)
        ]

    def _coverage(self) -> Coverage:
        review = [i for i in self.live if any(map(self.classifier.asks_review, self.codes.get(i, set())))]
        total = len(self.tables["incident"])
        return Coverage(
            incidents=total,
            incidents_left_out=total - len(self.live),
            deployments_attended=self.attendance.attended,
            deployments_without_people=self.attendance.without_people,
            identifiers_unmatched=self.attendance.unmatched,
            identifiers_ambiguous=self.attendance.ambiguous,
            review_incidents=len(review),
        )
