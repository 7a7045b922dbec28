"""Says whether the chain is whole: every event, every number, its head, and every head that was ever sealed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from traumatracker.web.audit import heads, reads
from traumatracker.web.audit.canonical import GENESIS, digest
from traumatracker.web.audit.chain import is_guarded
from traumatracker.web.audit.heads import RESEAL, Sealed

MEANING = {
    "changed": "This event is not what it was when it was written: changed, moved or put in.",
    "missing": "Events from this number on are missing.",
    "added": "An event stands where the chain has none.",
    "cut_off": "The chain ends before this number, which it had reached.",
    "head": "The head does not fit the newest event.",
    "rewritten": "The chain was written anew: it no longer passes through the head that was sealed here.",
    "signature": "A sealed head was changed, or signed with another key.",
    "heads": "A sealed head before this one was removed, moved or put in.",
    "heads_missing": "There is a key, so heads were sealed, and their file is gone.",
}


@dataclass(frozen=True, order=True)
class Wrong:
    """Something that is wrong, at which event's number, and what kind: a key of MEANING."""

    at: int
    kind: str


@dataclass
class Verdict:
    """What was found. `events`: how many there are; `sealed`: heads that were looked for in the chain.

    `unsealed`: events since the last sealed head, whose end nothing outside vouches for yet. `restored`: what was said
    at each reseal; `guarded`: whether the database's triggers are in place.
    """

    events: int
    wrong: list[Wrong]
    sealed: int = 0
    unsealed: int = 0
    restored: list[dict[str, Any]] = field(default_factory=list)
    guarded: bool = True

    @property
    def valid(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.wrong

    @property
    def first(self) -> Wrong | None:
        """What is wrong at the lowest number."""
        return min(self.wrong, default=None)


def verify(lines: list[Sealed], *, heads_are_missing: bool = False) -> Verdict:
    """Check the whole chain against itself and against these sealed heads."""
    standing, restored = in_force(lines)
    wrong = [Wrong(line.events, line.wrong) for line in lines if line.wrong]
    wrong += [Wrong(0, "heads_missing")] if heads_are_missing else []
    end = reads.end()
    broken = walk(0, GENESIS, end, standing)
    last = max((line.events for line in standing), default=0)
    return Verdict(
        events=end.newest,
        wrong=[*wrong, *([broken] if broken else [])],
        sealed=len(standing),
        unsealed=max(0, end.newest - last),
        restored=restored,
        guarded=is_guarded(),
    )


def walk(after: int, previous: str, end: reads.End, sealed: Iterable[Sealed] = ()) -> Wrong | None:
    """Return the first place after event number `after`, whose hash is `previous`, where the chain is not whole.

    Nothing behind a wrong place can be vouched for, so this ends there.
    """
    at: dict[int, set[str]] = {}
    for line in sealed:
        at.setdefault(line.events, set()).add(line.hash)
    number = after
    if at.get(number, {previous}) != {previous}:
        return Wrong(number, "rewritten")
    for row in reads.rows(after, end.newest):
        number += 1
        if row["sequence"] != number:
            return Wrong(number, "missing" if row["sequence"] > number else "added")
        previous = digest(previous, row)
        if row["hash"] != previous:
            return Wrong(number, "changed")
        if at.get(number, {previous}) != {previous}:
            return Wrong(number, "rewritten")
    return _at_the_end(number, previous, end, max(at, default=0))


def _at_the_end(number: int, previous: str, end: reads.End, furthest: int) -> Wrong | None:
    if end.sequence is None:
        return Wrong(number + 1, "head")
    if max(end.sequence, furthest) > number:
        return Wrong(number + 1, "cut_off")
    if end.sequence < number:
        return Wrong(end.sequence + 1, "added")
    return None if end.hash == previous else Wrong(number, "head")


def in_force(lines: list[Sealed]) -> tuple[list[Sealed], list[dict[str, Any]]]:
    """Return the heads the chain must pass through, and what each reseal after a restore said.

    `in_doubt`: how many sealed events after the last head both agreed on are lost, or no longer vouched for."""
    standing: list[Sealed] = []
    restored: list[dict[str, Any]] = []
    for line in (line for line in lines if not line.wrong):
        if line.kind == RESEAL:
            furthest = max((one.events for one in standing), default=0)
            standing = [one for one in standing if one.events <= line.agreed]
            in_doubt = furthest - line.agreed
            restored.append({"at": line.at, "agreed": line.agreed, "in_doubt": in_doubt, "reason": line.reason})
        standing.append(line)
    return standing, restored


def agreed(standing: list[Sealed]) -> int:
    """Return the number of the furthest sealed head through which the chain still passes; 0 is its beginning."""
    passed = [line.events for line in standing if reads.hash_of(line.events) == line.hash]
    return max(passed, default=0)


def lines_of(where: heads.Places, public: Path | None = None) -> tuple[list[Sealed], bool]:
    """Return the sealed heads, and whether their file is missing or empty although heads were sealed.

    `public`: a copy of the public key; by default the one beside the key. Raises CannotRun when it cannot be read.
    """
    path = public or where.public
    key = heads.public_key(path) if public or path.exists() else None
    found = heads.read(where.heads, key)
    return found, not found and (key is not None or where.key.exists())
