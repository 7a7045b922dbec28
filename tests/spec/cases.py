"""The packs that ship with the product, and the cases each of them carries."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from traumatracker.engine.classify import NOTHING, Classifier, Verdict, points
from traumatracker.engine.pack import Pack, load_pack
from traumatracker.engine.points import ONE

PACKS = Path(__file__).resolve().parents[2] / "traumatracker" / "packs"
NAMES = ("ptec_aligned", "seattle")


@dataclass(frozen=True)
class Case:
    """One case of a pack: codes and parts given, what is expected of them, and where it is written."""

    pack: str
    says: str
    codes: frozenset[str]
    roles: frozenset[str]
    expect: dict

    @property
    def name(self) -> str:
        return f"{self.pack}: {self.says}"


@cache
def pack(name: str) -> Pack:
    return load_pack(PACKS / name)


@cache
def cases(name: str) -> tuple[Case, ...]:
    written = tomllib.loads((PACKS / name / "examples.toml").read_text("utf-8"))["example"]
    return tuple(
        Case(name, one["says"], frozenset(one["codes"]), frozenset(one["roles"]), one["expect"]) for one in written
    )


def verdict(case: Case) -> Verdict:
    """What the pack says of one incident with these codes: nothing at all if a code takes the incident out."""
    classifier = Classifier(pack(case.pack), case.codes)
    if any(classifier.excludes_incident(code) for code in case.codes):
        return Verdict(NOTHING)
    return classifier.resolve(case.codes, case.roles)


def outcome(case: Case) -> dict:
    """The verdict in the words of examples.toml, points as ten-thousandths."""
    found = verdict(case)
    if found.kind == NOTHING:
        return {"nothing": True}
    if found.kind == "question":
        return {"question": found.category, "rule": found.rule}
    counted = points(found, case.roles, pack(case.pack))
    return {"category": found.category, "rule": found.rule, "points": counted, "tags": list(found.tags)}


def expected(case: Case) -> dict:
    if "points" not in case.expect:
        return case.expect
    return {**case.expect, "points": int(Decimal(case.expect["points"]) * ONE)}
