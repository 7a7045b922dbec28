"""What has to be written for one person, so that the store says what the run says. Pure: no store, no clock."""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from traumatracker.web.desired import Desired, Finding, PersonRow, PostingRow

NOTHING_KNOWN = "", None, None  # worker type, first and last day of someone whom no HR row describes


class Held(NamedTuple):
    """A stored exposure or question: the hash of its content, its event, and whether a run of this profile wrote it."""

    content: str
    is_own: bool
    event: str


@dataclass(frozen=True)
class Stored:
    """What the store holds about one person. `findings`: by kind and key; `postings`: (id, row), doubles included."""

    id: UUID
    row: PersonRow | None = None
    postings: list[tuple[int, PostingRow]] = field(default_factory=list)
    findings: dict[tuple[str, str], Held] = field(default_factory=dict)


class Withdrawn(NamedTuple):
    """A stored exposure or question that is no more."""

    kind: str
    key: str
    event: str


@dataclass
class Plan:
    """The difference for one person. `row`: only where it is new or changed; `unchanged`: how many by kind."""

    ref: str
    id: UUID
    is_new: bool
    row: PersonRow | None = None
    postings_new: list[PostingRow] = field(default_factory=list)
    postings_gone: list[int] = field(default_factory=list)
    postings_kept: int = 0
    new: list[Finding] = field(default_factory=list)
    changed: list[Finding] = field(default_factory=list)
    withdrawn: list[Withdrawn] = field(default_factory=list)
    unchanged: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """How many rows writing this takes; 0 when there is nothing to write."""
        parts = (self.postings_new, self.postings_gone, self.new, self.changed, self.withdrawn)
        return (self.row is not None) + sum(len(part) for part in parts)

    def leave_out(self, events: Container[str]) -> bool:
        """Write nothing about these events after all. Returns whether anything was to be written about them."""
        before = self.rows
        for part in (self.new, self.changed, self.withdrawn):
            part[:] = [one for one in part if one.event not in events]
        return self.rows < before


def difference(desired: Desired, stored: Stored) -> Plan:
    """Return what turns `stored` into `desired`. Raises ValueError when a finding is given twice."""
    plan = Plan(desired.ref, stored.id, is_new=stored.row is None)
    row = desired.row or stored.row or PersonRow(desired.ref, *NOTHING_KNOWN)
    plan.row = row if row != stored.row else None
    if desired.postings is not None:
        _postings(plan, desired.postings, stored.postings)
    _findings(plan, desired.findings, stored.findings)
    return plan


def afresh(desired: Desired, stored: Stored) -> Plan:
    """Return what writes all of `desired` anew, so that nothing is left of what a run of its profile had written."""
    plan = difference(desired, Stored(stored.id, stored.row))
    plan.postings_gone = [number for number, _ in stored.postings] if desired.postings is not None else []
    plan.withdrawn = sorted(Withdrawn(*name, one.event) for name, one in stored.findings.items() if one.is_own)
    return plan


def _postings(plan: Plan, wanted: frozenset[PostingRow], held: list[tuple[int, PostingRow]]) -> None:
    kept: set[PostingRow] = set()
    for number, row in held:
        if row in wanted and row not in kept:
            kept.add(row)
        else:
            plan.postings_gone.append(number)
    plan.postings_new = sorted(wanted - kept, key=lambda row: (row.valid_from, str(row)))
    plan.postings_kept = len(kept)


def _findings(plan: Plan, wanted: list[Finding], held: dict[tuple[str, str], Held]) -> None:
    met: set[tuple[str, str]] = set()
    for finding in wanted:
        name = finding.kind, finding.key
        if name in met:
            raise ValueError(f"the same {finding.kind} was given twice for one person")
        met.add(name)
        if name not in held:
            plan.new.append(finding)
        elif held[name].content != finding.content:
            plan.changed.append(finding)
        else:
            plan.unchanged[finding.kind] += 1
    # What another profile's run wrote about the same person is not this run's to withdraw.
    plan.withdrawn = sorted(Withdrawn(*name, one.event) for name, one in held.items() if one.is_own and name not in met)
