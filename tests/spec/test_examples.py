"""Every case of every pack, and the proof that no rule is without one."""

from collections import Counter

import pytest

from tests.spec.cases import NAMES, Case, cases, expected, outcome, pack, verdict
from traumatracker.engine.classify import may_count, starts

ALL = [case for name in NAMES for case in cases(name)]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_case(case):
    assert outcome(case) == expected(case)


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_that_can_count_decides_a_case(name):
    deciding = {verdict(case).rule for case in cases(name)}
    assert [rule.id for rule in pack(name).rules if may_count(rule) and rule.id not in deciding] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_other_rule_is_started_by_a_case(name):
    used = frozenset().union(*(case.codes for case in cases(name)))
    quiet = [rule for rule in pack(name).rules if not may_count(rule)]
    assert [rule.id for rule in quiet if not any(starts(rule, code) for code in used)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_that_may_ask_does_so_in_a_case(name):
    asked = {verdict(case).rule for case in cases(name) if verdict(case).kind == "question"}
    assert [rule.id for rule in pack(name).rules if rule.when_missing == "question" and rule.id not in asked] == []


@pytest.mark.parametrize(("name", "least"), [("ptec_aligned", 120), ("seattle", 40)])
def test_there_are_enough_cases_and_no_two_say_the_same(name, least):
    assert len(cases(name)) >= least
    assert [says for says, times in Counter(case.says for case in cases(name)).items() if times > 1] == []


def test_a_wrong_expectation_would_be_seen():
    case = cases("ptec_aligned")[0]
    wrong = Case(case.pack, case.says, case.codes, case.roles, {**case.expect, "points": "4.1"})
    assert outcome(wrong) != expected(wrong)
