"""The reference evaluator's second half: who was there, in plain Python. See `reference`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from traumatracker.engine.tables import Tables


@dataclass(frozen=True)
class Presence:
    """One way one person is linked to one event: a part, a day and the evidence for it."""

    person_id: str
    event_id: str
    role: str
    on: date
    evidence: str
    known_on: date | None


class Attendance:
    """Everyone linked to an event that could count, and the counts of what could not be linked.

    `live`: incidents that count, by id; `event_of`: their event; `possible`: events whose codes could count.
    """

    def __init__(
        self, tables: Tables, live: dict[str, Any], event_of: dict[str, str], possible: set[str], later_after: timedelta
    ):
        self.tables, self.live, self.event_of, self.possible = tables, live, event_of, possible
        self.later_after = later_after
        self.unmatched = self.ambiguous = self.attended = self.without_people = 0

    def presences(self) -> Iterable[Presence]:
        """Yield one row for each way one person is linked: named on a deployment, in a stated part, or as crew."""
        deployments = {row.deployment_id: row for row in self.tables["deployment"] if self._counts(row)}
        first_arrival = self._first_arrivals(deployments.values())
        found: set[str] = set()
        yield from self._named(deployments, first_arrival, found)
        yield from self._crews(deployments, first_arrival, found)
        self.attended = len(deployments)
        self.without_people = sum(1 for deployment in deployments if deployment not in found)

    def _named(
        self, deployments: dict[str, Any], first_arrival: dict[str, datetime], found: set[str]
    ) -> Iterable[Presence]:
        for row in self.tables["involvement"]:
            deployment = deployments.get(row.deployment_id) if row.deployment_id else None
            if row.incident_id not in self.live or self.event_of[row.incident_id] not in self.possible:
                continue
            if row.deployment_id and deployment is None:
                continue  # sent and cancelled: counts nothing
            on = (deployment.at_scene_on if deployment else None) or row.happened_on
            on = on or self.live[row.incident_id].opened_on
            role = self._deployed_role(deployment, first_arrival) if deployment else row.role_code
            for person in self._who(row.identifier_type, row.identifier, on):
                found.add(row.deployment_id or "")
                yield self._presence(person, row.incident_id, role, on, row.evidence, deployment, row.known_on)

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
        return live and deployment.attended and self.event_of[deployment.incident_id] in self.possible

    def _first_arrivals(self, deployments: Iterable[Any]) -> dict[str, datetime]:
        first: dict[str, datetime] = {}
        for row in deployments:
            if row.at_scene_at is not None:
                event = self.event_of[row.incident_id]
                first[event] = min(first.get(event, row.at_scene_at), row.at_scene_at)
        return first

    def _deployed_role(self, deployment: Any, first_arrival: dict[str, datetime]) -> str:
        if deployment.role_code:
            return str(deployment.role_code)
        if deployment.at_scene_at is None:
            return "attended_during"
        after = deployment.at_scene_at - first_arrival[self.event_of[deployment.incident_id]]
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

    def _who(self, identifier_type: str, identifier: str, on: date) -> list[str]:
        """The one person who held this identifier on that day; nobody is guessed."""
        people = {
            row.person_id
            for row in self.tables["identifier"]
            if (row.identifier_type, row.identifier) == (identifier_type, identifier)
            and row.valid_from <= on
            and (row.valid_to is None or on < row.valid_to)
        }
        self.unmatched += not people
        self.ambiguous += len(people) > 1
        return list(people) if len(people) == 1 else []

    def _presence(
        self,
        person: str,
        incident: str,
        role: str,
        on: date,
        how: str,
        deployment: Any,
        known_on: date | None,
    ) -> Presence:
        callsign = deployment.callsign if deployment else None
        known = [day for day in (known_on, deployment.known_on if deployment else None) if day]
        evidence = f"{role}|{how}|{incident}|{callsign or ''}"
        return Presence(
            person,
            self.event_of[incident],
            role,
            on,
            evidence,
            max(known, default=None),
        )
