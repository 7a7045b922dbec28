"""Every number and every rule of a criteria pack says where it comes from and how sure that is."""

import csv
import re
import tomllib

import pytest

from tests.house.repository import PACKAGE, name, text
from traumatracker.engine.pack import MARKS

PACKS = sorted(path.parent for path in (PACKAGE / "packs").glob("*/pack.toml"))


def test_there_are_packs():
    assert {pack.name for pack in PACKS} >= {"ptec_aligned", "seattle"}


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_every_weight_has_a_source_and_a_mark(pack):
    for path in sorted(pack.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if "weight" in row]
        for row in rows:
            assert row["source"].strip(), f"{name(path)}: {row['id']} has no source"
            assert row["mark"] in MARKS, f"{name(path)}: {row['id']} has the mark {row['mark']!r}"


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_every_rule_has_a_source_and_a_mark(pack):
    rules = [
        (path, rule) for path in sorted(pack.glob("rules*.toml")) for rule in tomllib.loads(text(path)).get("rule", [])
    ]
    assert rules
    for path, rule in rules:
        assert rule.get("source", "").strip(), f"{name(path)}: {rule['id']} has no source"
        assert rule.get("mark") in MARKS, f"{name(path)}: {rule['id']} has no mark"


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_every_other_number_names_its_source_in_the_comment_above(pack):
    lines = text(pack / "pack.toml").splitlines()
    for number, line in enumerate(lines):
        if re.match(r"\w+ = [\[\d]", line):
            comment = []
            while number and lines[number - 1].startswith("#"):
                number -= 1
                comment.append(lines[number])
            assert "Source:" in " ".join(comment), f"{name(pack / 'pack.toml')}: say above where this is from: {line}"
