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
    the command line only, until the command asks for a numbered case (subject access, a complaint). `STEWARD`, `DESK`:
    offices, held by somebody who is not there as a person; what they see names nobody.
    """

    SELF = "self"
    SUPERVISOR = "supervisor"
    PEER_SUPERVISOR = "peer_supervisor"
    ADMINISTRATOR = "administrator"
    STEWARD = "steward"
    DESK = "desk"
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
    QUEUE = "queue"  # what a data steward must settle: a source's own references and reasons, no name
    FEEDS = "feeds"  # how old each source is and how many rows it brought: ages and counts, nobody
    COVERAGE = "coverage"  # what the sources cannot see, in figures of a team or more


@dataclass(frozen=True)
class Decision:
    """Allowed or not, and why, in words that may be stored in an audit row."""

    allowed: bool
    reason: str


# What is about the sources and names nobody, and what somebody asked a steward to look at: no level closes it.
AT_EVERY_LEVEL = frozenset({DataClass.QUEUE, DataClass.FEEDS, DataClass.COVERAGE, DataClass.DISPUTES})

# What a person's own level leaves open to anybody else. Prompts and private offer a supervisor nothing yet.
OPEN_TO_OTHERS: dict[Level, frozenset[DataClass]] = {
    Level.FULL: frozenset({DataClass.EXPOSURE, DataClass.TEAM_EXPOSURE}),
    Level.PROMPTS: frozenset(),
    Level.PRIVATE: frozenset(),
    Level.OUT: frozenset(),
}

# What each relation may see, where the level leaves it open. A relation or class with no entry sees nothing.
GRANTS: dict[Relation, frozenset[DataClass]] = {
    Relation.SUPERVISOR: frozenset({DataClass.EXPOSURE, DataClass.TEAM_EXPOSURE, DataClass.COVERAGE}),
    Relation.STEWARD: frozenset({DataClass.QUEUE, DataClass.DISPUTES, DataClass.FEEDS, DataClass.COVERAGE}),
    Relation.DESK: frozenset({DataClass.FEEDS, DataClass.COVERAGE}),
    Relation.ADMINISTRATOR: frozenset({DataClass.EXPOSURE}),
}

REASONS = {
    Relation.SUPERVISOR: "supervises this person's team today",
    Relation.ADMINISTRATOR: "runs the machine, by the command line",
    Relation.STEWARD: "data steward: settles what the sources left unclear",
    Relation.DESK: "duty desk: sees to it that the sources come",
}

# A team page and the sources' pages are about others or nobody; nobody reads them as "self".
OWN = frozenset(DataClass) - {DataClass.TEAM_EXPOSURE, DataClass.QUEUE, DataClass.FEEDS, DataClass.COVERAGE}


def decide(relation: Relation, level: Level, data_class: DataClass) -> Decision:
    """Return whether a reader with this relation may see this class of data of a person with this sharing level.

    Raises nothing: a word that is none of the above is denied, because default deny must hold for mistakes too.
    """
    if relation == Relation.SELF:
        return Decision(data_class in OWN, "own record" if data_class in OWN else "not part of an own record")
    is_open = data_class in AT_EVERY_LEVEL and level in OPEN_TO_OTHERS
    if not is_open and data_class not in OPEN_TO_OTHERS.get(level, frozenset()):
        return Decision(False, "not open at this sharing level")
    if data_class in GRANTS.get(relation, frozenset()):
        return Decision(True, REASONS[relation])
    return Decision(False, "no rule allows this")
