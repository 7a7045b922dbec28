"""The reference evaluator's second half: who was there, in plain Python. See `reference`."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from traumatracker.engine.result import UnclearIdentifier
from traumatracker.engine.tables import Tables

DECIDED = "decided_by_steward"  # the evidence that stands where a person corrected what the systems say


@dataclass(frozen=True)
class Presence:
    """One way one person is linked to one event: a part, a day and the evidence for it."""

    person_id: str
    event_id: str
    role: str
    on: date
    evidence: str
    known_on: date | None
    is_decided: bool


class Attendance:
    """Everyone linked to an event that comes to something, and the counts of what could not be linked.

    `live`: incidents that count, by id; `event_of`: their event; `possible`: events whose codes come to
    something for somebody.
    """

    def __init__(
        self,
        tables: Tables,
        live: dict[str, Any],
        event_of: dict[str, str],
        possible: set[str],
        later_after: timedelta,
        whole_of: dict[str, str],
    ):
        self.tables, self.live, self.event_of, self.possible = tables, live, event_of, possible
        self.later_after, self.whole_of = later_after, whole_of
        self.unclear: dict[tuple[str, str], list[tuple[int, date | None]]] = defaultdict(list)
        self.attended = self.without_people = 0
        self.corrected = {
            (row.person_id, event_of[row.incident_id]) for row in tables["correction"] if row.incident_id in event_of
        }

    @property
    def unmatched(self) -> int:
        return sum(row.claims for row in self.unclear_identifiers(False))

    @property
    def ambiguous(self) -> int:
        return sum(row.claims for row in self.unclear_identifiers(True))

    def unclear_identifiers(self, is_held: bool) -> list[UnclearIdentifier]:
        """The identifiers that nobody held on the day, or (`is_held`) that several did."""
        rows = []
        for (kind, identifier), claims in sorted(self.unclear.items()):
            own = [(people, on) for people, on in claims if bool(people) == is_held]
            if own:
                days = sorted(on for _, on in own if on)
                most = max(people for people, _ in own)
                first, last = (days[0], days[-1]) if days else (None, None)
                rows.append(UnclearIdentifier(kind, identifier, most, len(own), first, last))
        return rows

    def presences(self) -> Iterable[Presence]:
        """Yield one row for each way one person is linked: named on a deployment, in a stated part, or as crew."""
        deployments = {row.deployment_id: row for row in self.tables["deployment"] if self._counts(row)}
        first_arrival = self._first_arrivals(deployments.values())
        found: set[str] = set()
        for item in (
            *self._named(deployments, first_arrival, found),
            *self._crews(deployments, first_arrival, found),
        ):
            if item.is_decided or (item.person_id, item.event_id) not in self.corrected:
                yield item
        self.attended = len(deployments)
        self.without_people = sum(1 for deployment in deployments if deployment not in found)

    def _named(
        self, deployments: dict[str, Any], first_arrival: dict[str, datetime], found: set[str]
    ) -> Iterable[Presence]:
        for row in self.tables["involvement"]:
            deployment = deployments.get(row.deployment_id) if row.deployment_id else None
            if row.deployment_id and deployment is None:
                continue  # sent and cancelled: counts nothing
            incident = deployment.incident_id if deployment else row.incident_id
            if incident not in self.live or self._event(incident, deployment) not in self.possible:
                continue
            on = (deployment.at_scene_on if deployment else None) or row.happened_on
            on = on or self.live[incident].opened_on
            role = self._deployed_role(deployment, first_arrival) if deployment else row.role_code
            for person in self._who(row.identifier_type, row.identifier, on):
                found.add(row.deployment_id or "")
                yield self._presence(person, incident, role, on, row.evidence, deployment, row.known_on)

    def _crews(
        self, deployments: dict[str, Any], first_arrival: dict[str, datetime], found: set[str]
    ) -> Iterable[Presence]:
        for deployment in deployments.values():
            role, on = self._deployed_role(deployment, first_arrival), deployment.at_scene_on
            for row in self._crew_of(deployment):
                for person in self._who(row.identifier_type, row.identifier, on):
                    found.add(deployment.deployment_id)
                    incident = deployment.incident_id
                    yield self._presence(person, incident, role, on, "crew_from_duty", deployment, row.known_on)

    def _counts(self, deployment: Any) -> bool:
        live = deployment.incident_id in self.live
        return live and deployment.attended and self._event(deployment.incident_id, deployment) in self.possible

    def _event(self, incident: str, deployment: Any) -> str:
        """The event this counts on. A resource that arrived before its log was split off was sent to the whole: the
        row on the part is a copy, or the rest of the whole's, and counts there, so that nobody counts for both."""
        part = incident
        while deployment and deployment.at_scene_at and part in self.whole_of:
            if self.live[part].opened_at is None or deployment.at_scene_at >= self.live[part].opened_at:
                break
            part = self.whole_of[part]
        return self.event_of[part]

    def _first_arrivals(self, deployments: Iterable[Any]) -> dict[str, datetime]:
        first: dict[str, datetime] = {}
        for row in deployments:
            if row.at_scene_at is not None:
                event = self._event(row.incident_id, row)
                first[event] = min(first.get(event, row.at_scene_at), row.at_scene_at)
        return first

    def _deployed_role(self, deployment: Any, first_arrival: dict[str, datetime]) -> str:
        if deployment.role_code:
            return str(deployment.role_code)
        if deployment.at_scene_at is None:
            return "attended_during"
        after = deployment.at_scene_at - first_arrival[self._event(deployment.incident_id, deployment)]
        if not after:
            return "first_at_scene"
        later = after > self.later_after
        return "attended_later" if later else "attended_during"

    def _crew_of(self, deployment: Any) -> Iterable[Any]:
        if deployment.at_scene_at is None or not deployment.callsign:
            return
        for row in self.tables["crew"]:
            known = row.booked_on_at is not None and row.booked_off_at is not None
            same = known and row.callsign == deployment.callsign
            if same and row.booked_on_at <= deployment.at_scene_at < row.booked_off_at:
                yield row

    def _who(self, identifier_type: str, identifier: str, on: date | None) -> list[str]:
        """The one person who held this identifier on that day; nobody is guessed, nor on a day that nobody wrote down.

        On days for which a person decided whose it is, only what was decided says so.
        """
        held = {
            (row.person_id, bool(row.is_decided))
            for row in self.tables["identifier"]
            if (row.identifier_type, row.identifier) == (identifier_type, identifier)
            and on is not None
            and row.valid_from is not None
            and row.valid_from <= on
            and (row.valid_to is None or on < row.valid_to)
        }
        decided = {person for person, is_decided in held if is_decided}
        people = decided or {person for person, _ in held}
        if len(people) != 1:
            self.unclear[identifier_type, identifier].append((len(people), on))
        return list(people) if len(people) == 1 else []

    def _presence(
        self,
        person: str,
        incident: str,
        role: str,
        on: date,
        how: str | None,
        deployment: Any,
        known_on: date | None,
    ) -> Presence:
        callsign = deployment.callsign if deployment else None
        known = [day for day in (known_on, deployment.known_on if deployment else None) if day]
        evidence = f"{role}|{how or ''}|{incident}|{callsign or ''}"
        return Presence(
            person,
            self._event(incident, deployment),
            role,
            on,
            evidence,
            max(known, default=None),
            how == DECIDED,
        )
