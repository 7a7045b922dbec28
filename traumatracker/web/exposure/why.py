"""View models of "Why is this here?" and "We could not tell": answered from the stored row and the pack's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from traumatracker.engine.explain import Explanation, label
from traumatracker.engine.pack import Pack
from traumatracker.engine.result import Exposure
from traumatracker.web.exposure import words
from traumatracker.web.exposure.presenters import Packs
from traumatracker.web.gatekeeper import Disputed, Question, WholeEntry


@dataclass(frozen=True)
class Heading:
    """Which entry a page is about, in a few neutral words."""

    id: int
    category: str
    on: str
    part: str


@dataclass(frozen=True)
class Why:
    """The answer, with the words around it. `known`: when the force's records had it; `said`: the person's own word."""

    heading: Heading
    explanation: Explanation
    known: str
    statement: str
    is_older_pack: bool
    said: list[Disputed]


@dataclass(frozen=True)
class Asked:
    """One open question: when, what part, and what the records do say."""

    on: str
    part: str
    codes: list[str]
    records: list[str]


@dataclass(frozen=True)
class Kind:
    """Open questions that lack the same thing."""

    category: str
    asks: str
    asked: list[Asked]


def as_exposure(whole: WholeEntry) -> Exposure:
    """Return the stored entry as the engine knows it. It carries no person: an explanation needs none."""
    reasons: dict[str, Any] = whole.reasons

    def listed(name: str) -> tuple[str, ...]:
        return tuple(reasons.get(name, ()))

    return Exposure(
        person_id="",
        event_id=reasons.get("event_id", ""),
        occasion=reasons.get("occasion", ""),
        exposed_on=whole.exposed_on,
        known_on=whole.known_on,
        category=whole.category,
        category_weight=whole.category_weight,
        role=whole.role,
        roles=listed("roles"),
        role_weight=whole.role_weight,
        points=whole.points,
        rule=whole.rule,
        tags=listed("tags"),
        codes=listed("codes"),
        source_records=listed("source_records"),
        evidence=listed("evidence"),
        links=listed("links"),
        team=None,
        pack=whole.pack,
    )


def heading(whole: WholeEntry, pack: Pack) -> Heading:
    """Return the few words that say which entry this is."""
    return Heading(
        id=whole.id,
        category=words.category_name(pack, whole.category),
        on=words.day(whole.exposed_on),
        part=words.role_plain(pack, whole.role),
    )


def page(whole: WholeEntry, explanation: Explanation, pack: Pack, disputes: list[Disputed]) -> Why:
    """Return what the page shows."""
    return Why(
        heading=heading(whole, pack),
        explanation=explanation,
        known=words.day(whole.known_on),
        statement=pack.statement,
        is_older_pack=whole.pack != pack.label,
        said=disputes,
    )


def question_kinds(questions: Iterable[Question], packs: Packs) -> list[Kind]:
    """Return the questions grouped by the rule that asks, by type name; newest first within each."""
    ordered = sorted(questions, key=lambda question: (question.pack, question.rule))
    kinds = []
    for (pack_label, rule_id), group in groupby(ordered, key=lambda question: (question.pack, question.rule)):
        pack, asked = packs(pack_label), list(group)
        rule = next((rule for rule in pack.rules if rule.id == rule_id), None)
        kinds.append(
            Kind(
                category=words.category_name(pack, asked[0].category),
                asks=rule.asks if rule else "The rule that asked this is no longer in the criteria.",
                asked=[_asked(question, pack) for question in asked],
            )
        )
    return sorted(kinds, key=lambda kind: (kind.category, kind.asks))


def _asked(question: Question, pack: Pack) -> Asked:
    return Asked(
        on=words.day(question.exposed_on),
        part=words.role_plain(pack, question.role),
        codes=[label(code, pack) for code in question.reasons.get("codes", ())],
        records=[record.partition(":")[2] or record for record in question.reasons.get("source_records", ())],
    )
