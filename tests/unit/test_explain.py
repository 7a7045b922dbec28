"""What a person is told about a rule: their own codes, how many others, and never a typed headline."""

from types import SimpleNamespace

import pytest

from tests.generative.forces import pack
from traumatracker.engine.explain import explain, quiet_label, rule_in_words
from traumatracker.engine.link_kinds import KINDS


def entry(rule, codes, category="death", roles=("first_at_scene",), **values):
    usual = {"category_weight": 4, "role_weight": 10_000, "points": 40_000, "tags": (), "evidence": (), "links": ()}
    return SimpleNamespace(
        rule=rule, codes=codes, category=category, roles=roles, source_records=("cad:1",), **usual | values
    )


def words(*given, **values):
    return explain(entry(*given, **values), pack()).rule_in_words


def test_only_the_codes_that_matched_are_named():
    said = words("all_evidence", ("FLAG:DIED", "HO_CLASS:1"), category="homicide")
    assert said == ("A record with Home Office crime class 1 counts as “homicide”, if there is also marker DIED.")
    assert "4.10" not in said and "4.10" in rule_in_words(pack().rules[2], pack())


def test_the_other_evidence_is_only_counted():
    said = words("evidence_upgrades", ("NSIR:313", "Q:609"), category="child")
    assert said.endswith("if there is also code 609 or one other like it.")


def test_what_would_have_spoken_against_it_is_named_if_it_is_one_code():
    assert "unless there is marker HOAX" in words("negation", ("NSIR:309",))


def test_a_typed_headline_is_not_repeated():
    assert quiet_label("UK_LOG_TEXT:SOMETHING TYPED", pack()) == "a log headline the criteria know"


@pytest.mark.parametrize(
    ("roles", "weight", "sum_in_words"),
    [
        (("first_at_scene",), 10_000, ""),
        (("first_at_scene", "scene_guard"), 11_250, "Your strongest part 1.0, and a quarter of the others (0.5)."),
        (
            ("first_at_scene", "directly_harmed", "attended_during"), 12_500,
            "Your strongest part 1.0, and a quarter of the others (1.0 + 0.8), and never more than 1.25.",
        ),
    ],
)  # fmt: skip
def test_how_several_parts_became_one_weight(roles, weight, sum_in_words):
    explained = explain(entry("direct", ("NSIR:313",), roles=roles, role_weight=weight), pack())
    assert explained.role_sum_in_words == sum_in_words


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_link_is_told_in_words_with_both_records(kind):
    [line] = explain(entry("direct", ("NSIR:313",), links=(f"{kind}|cad:1|rms:2",)), pack()).links
    assert "log 1" in line and "record 2" in line.lower() and "_" not in line


def test_an_old_entry_explains_itself_by_the_weights_it_was_made_with():
    explained = explain(entry("direct", ("NSIR:313",), category_weight=9, points=90_000), pack())
    assert explained.sum_in_words == "9 × 1.0 = 9.0 points"


def test_a_rule_that_is_gone_is_said_to_be_gone():
    assert words("abolished", ("NSIR:313",)) == "The rule abolished is no longer in the pack."
