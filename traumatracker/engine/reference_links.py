"""The reference evaluator's links: which of them stand, which are left to a person, and what a split moves."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any, NamedTuple

from traumatracker.engine import link_kinds as kinds
from traumatracker.engine.result import DoubtfulLink
from traumatracker.engine.tables import Tables


class Link(NamedTuple):
    """One link, from and to, with its kind."""

    start: str
    end: str
    kind: str


class Links:
    """`standing`: the links that count; `doubtful`: those that wait for a person, sorted."""

    def __init__(self, tables: Tables):
        self.incidents = {row.incident_id: row for row in tables["incident"]}
        self.decided = _said(tables["incident_link"])
        apart = {frozenset((link.start, link.end)) for link in self.decided if link.kind == kinds.NOT_THE_SAME}
        self.open = [
            link
            for link in sorted(self.decided)
            if link.kind != kinds.NOT_THE_SAME and frozenset((link.start, link.end)) not in apart
        ]
        # What may be weighed against each other: links between two incidents of the record.
        self.known = [link for link in self.open if {link.start, link.end} <= set(self.incidents)]
        doubts = {link: self._doubt(link) for link in self.open}
        both_ways = [
            link
            for link, decided in self.decided.items()
            if decided and link.kind != kinds.NOT_THE_SAME and frozenset((link.start, link.end)) in apart
        ]
        doubts |= dict.fromkeys(both_ways, kinds.DECIDED_BOTH_WAYS)
        self.standing = [link for link in self.open if not doubts[link]]
        self.doubtful = [DoubtfulLink(*link, reason) for link, reason in sorted(doubts.items()) if reason]

    def duplicates(self, live: Iterable[str], among: Iterable[str]) -> set[str]:
        """Return the incidents `among` those given that repeat one of `live`, or one that repeats one of them…"""
        repeats = [one for one in self.standing if one.kind == kinds.DUPLICATE_OF and one.start in set(among)]
        found: set[str] = set()
        reached = set(live)
        while more := {one.start for one in repeats if one.end in reached} - found:
            found, reached = found | more, reached | more
        return found

    def whole_of(self, live: Iterable[str]) -> dict[str, str]:
        """Return the incident that each part was split from, where it is one and both are `live`."""
        here = set(live)
        wholes: dict[str, set[str]] = {}
        for link in self.standing:
            if link.kind == kinds.SPLIT_FROM and {link.start, link.end} <= here:
                wholes.setdefault(link.start, set()).add(link.end)
        return {part: min(ends) for part, ends in wholes.items() if len(ends) == 1}

    def _doubt(self, link: Link) -> str:
        """Why this link cannot stand without a person; empty if it can. A decision ends every doubt but a round of
        splits, which would have no first log."""
        if self.decided[link] and not (link.kind == kinds.SPLIT_FROM and self._goes_round(link)):
            return ""
        if link.kind not in kinds.KINDS:
            return kinds.UNKNOWN_KIND
        if link not in self.known:  # a log handed to another force is seldom in this record
            return "" if link.kind == kinds.TRANSFERRED_TO else kinds.NOT_IN_RECORD
        if self._goes_round(link):
            return kinds.GOES_ROUND
        if link.kind == kinds.DUPLICATE_OF and self._has_two_originals(link.start):
            return kinds.TWO_ORIGINALS
        if link.kind == kinds.CRIME_OF_LOG and self._is_far_apart(link.start):
            return kinds.FAR_APART
        return ""

    def _goes_round(self, link: Link) -> bool:
        if link.kind not in kinds.ONE_WAY or link not in self.known:
            return False
        reached, waiting = set(), [link.end]
        while waiting:
            reached.add(at := waiting.pop())
            waiting += [one.end for one in self.known if one.kind == link.kind and one.start == at]
            waiting = [one for one in waiting if one not in reached]
        return link.start in reached

    def _has_two_originals(self, duplicate: str) -> bool:
        originals = {one.end for one in self.known if one.kind == kinds.DUPLICATE_OF and one.start == duplicate}
        linked = {frozenset((one.start, one.end)) for one in self.known if one.kind in kinds.JOINING}
        return any(frozenset(pair) not in linked for pair in combinations(originals, 2))

    def _is_far_apart(self, crime: str) -> bool:
        logs = [one.end for one in self.known if one.kind == kinds.CRIME_OF_LOG and one.start == crime]
        days = [self.incidents[log].opened_on for log in logs if self.incidents[log].opened_on]
        return bool(days) and (max(days) - min(days)).days > kinds.FAR_APART_DAYS


def _said(rows: Iterable[Any]) -> dict[Link, bool]:
    """Every link once, and whether a person decided it. Without a kind it is the plain one."""
    decided: dict[Link, bool] = {}
    for row in rows:
        if row.from_incident_id != row.to_incident_id:
            link = Link(row.from_incident_id, row.to_incident_id, row.link_kind or kinds.SAME_INCIDENT)
            decided[link] = decided.get(link, False) or bool(row.is_decided)
    return decided
