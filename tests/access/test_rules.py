"""The whole truth table of who may see what, written out by hand, and default deny for everything else."""

from itertools import product
from pathlib import Path

import pytest

import traumatracker
from traumatracker.access.rules import DataClass, Level, Relation, decide

OWN = {"exposure", "questions", "disputes", "audit", "sharing"}
SUPERVISOR_AT_FULL = {"exposure", "team_exposure"}
OF_AN_OFFICE = {"steward": {"queue", "disputes", "feeds", "coverage"}, "desk": {"feeds", "coverage"}}


def expected(relation: str, level: str, data_class: str) -> bool:
    if relation == "self":
        return data_class in OWN
    if relation == "administrator":
        return level == "full" and data_class == "exposure"
    if relation in OF_AN_OFFICE:
        return data_class in OF_AN_OFFICE[relation]
    if relation == "supervisor" and data_class == "coverage":
        return True
    return relation == "supervisor" and level == "full" and data_class in SUPERVISOR_AT_FULL


@pytest.mark.parametrize(("relation", "level", "data_class"), list(product(Relation, Level, DataClass)))
def test_every_cell_of_the_table(relation, level, data_class):
    decision = decide(relation, level, data_class)
    assert decision.allowed is expected(relation.value, level.value, data_class.value)
    assert decision.reason


@pytest.mark.parametrize("level", Level)
def test_nobody_loses_their_own_record_at_any_level(level):
    assert decide(Relation.SELF, level, DataClass.EXPOSURE).allowed


@pytest.mark.parametrize(
    ("relation", "level", "data_class"),
    [
        ("professional_standards", "full", "exposure"),
        ("supervisor", "unheard of", "exposure"),
        ("supervisor", "full", "debrief_content"),
        ("self", "full", "debrief_content"),
        ("", "", ""),
    ],
)
def test_what_no_rule_names_is_denied(relation, level, data_class):
    assert not decide(relation, level, data_class).allowed


@pytest.mark.parametrize("level", [Level.PROMPTS, Level.PRIVATE, Level.OUT])
@pytest.mark.parametrize("relation", [Relation.SUPERVISOR, Relation.ADMINISTRATOR])
def test_nobody_else_sees_anything_below_full(relation, level):
    of_people = set(DataClass) - {DataClass.COVERAGE}  # what the sources cannot see, of nobody in particular
    assert not any(decide(relation, level, data_class).allowed for data_class in of_people)


@pytest.mark.parametrize("relation", [Relation.STEWARD, Relation.DESK])
def test_an_office_sees_nothing_of_what_somebody_was_exposed_to(relation):
    seen = {data_class for level in Level for data_class in DataClass if decide(relation, level, data_class).allowed}
    assert not seen & {"exposure", "team_exposure", "questions", "audit", "sharing"}


def test_the_sharing_level_is_never_shown_to_anybody_else():
    others = [relation for relation in Relation if relation != Relation.SELF]
    assert not any(decide(relation, level, DataClass.SHARING).allowed for relation in others for level in Level)


def test_only_the_gatekeeper_asks():
    """`looks.py` is its half that opens one's own record and writes the look down."""
    web = Path(traumatracker.__file__).parent / "web"
    asking = sorted(path.name for path in web.rglob("*.py") if "decide(" in path.read_text("utf-8"))
    assert asking == ["gatekeeper.py", "looks.py"]
