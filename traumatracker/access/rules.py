"""The one function that decides whether somebody may see something about a person.

A request has exactly one relation to that person. What no rule below allows is denied. A restriction of the
person's own (their sharing level) is looked at before any permission, so that no later rule can outweigh it.
Only the gatekeeper calls this.
"""

from dataclasses import dataclass
from enum import StrEnum


class Relation(StrEnum):
    """How the reader stands to the person today.

    `PEER_SUPERVISOR`: supervises the same team; no view of each other. `ADMINISTRATOR`: whoever runs the machine, by
    the command line only, until the command asks for a numbered case (subject access, a complaint).
    """

    SELF = "self"
    SUPERVISOR = "supervisor"
    PEER_SUPERVISOR = "peer_supervisor"
    ADMINISTRATOR = "administrator"
    NONE = "none"


class Level(StrEnum):
    """A person's sharing level."""

    FULL = "full"
    PROMPTS = "prompts"
    PRIVATE = "private"
    OUT = "out"


class DataClass(StrEnum):
    """Kinds of data about one person."""

    EXPOSURE = "exposure"  # own exposures, their points, why they are there
    TEAM_EXPOSURE = "team_exposure"  # the same, named, on a supervisor's page
    QUESTIONS = "questions"  # what the sources could not tell
    DISPUTES = "disputes"  # what the person said is not right
    AUDIT = "audit"  # who looked at the person
    SHARING = "sharing"  # the person's sharing level


@dataclass(frozen=True)
class Decision:
    """Allowed or not, and why, in words that may be stored in an audit row."""

    allowed: bool
    reason: str


# What a person's own level leaves open to anybody else. Prompts and private offer a supervisor nothing yet.
OPEN_TO_OTHERS: dict[Level, frozenset[DataClass]] = {
    Level.FULL: frozenset({DataClass.EXPOSURE, DataClass.TEAM_EXPOSURE}),
    Level.PROMPTS: frozenset(),
    Level.PRIVATE: frozenset(),
    Level.OUT: frozenset(),
}

# What each relation may see, where the level leaves it open. A relation or class with no entry sees nothing.
GRANTS: dict[Relation, frozenset[DataClass]] = {
    Relation.SUPERVISOR: frozenset({DataClass.EXPOSURE, DataClass.TEAM_EXPOSURE}),
    Relation.ADMINISTRATOR: frozenset({DataClass.EXPOSURE}),
}

REASONS = {
    Relation.SUPERVISOR: "supervises this person's team today",
    Relation.ADMINISTRATOR: "runs the machine, by the command line",
}

OWN = frozenset(DataClass) - {DataClass.TEAM_EXPOSURE}  # a team page is about others; nobody reads it as "self"


def decide(relation: Relation, level: Level, data_class: DataClass) -> Decision:
    """Return whether a reader with this relation may see this class of data of a person with this sharing level.

    Raises nothing: a word that is none of the above is denied, because default deny must hold for mistakes too.
    """
    if relation == Relation.SELF:
        return Decision(data_class in OWN, "own record" if data_class in OWN else "not part of an own record")
    if data_class not in OPEN_TO_OTHERS.get(level, frozenset()):
        return Decision(False, "not open at this sharing level")
    if data_class in GRANTS.get(relation, frozenset()):
        return Decision(True, REASONS[relation])
    return Decision(False, "no rule allows this")
