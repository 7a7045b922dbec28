"""How near the engine comes to the truth, where the truth is known: precision and recall, each with its counts.

Only a made-up force has a truth. It is never read by a source profile and never reaches the record.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from traumatracker.engine.result import Exposure, Question, Result
from traumatracker.errors import CannotRun

TRUTH_FILE = Path("truth") / "truth_exposures.csv"
SHARES = (0, 20, 50)  # percent missing; the three degrees the coverage page publishes


@dataclass(frozen=True, slots=True)
class Truth:
    """What truly happened to one person in one event, or on one day of a part that counts by the day.

    `incidents`: every record of the event, as `incident_id`. `roles`: all parts, strongest first.
    `visible`: whether any record shows the person there.
    """

    person_id: str
    exposed_on: date
    occasion: str
    incidents: frozenset[str]
    category: str
    roles: tuple[str, ...]
    visible: bool


@dataclass(slots=True)
class Rate:
    """Counts behind one precision and one recall.

    `claimed`: found by the engine; `true`: in the truth; `hits`: both. `visible`: of the true ones, those some record
    shows, and `visible_hits` of the hits. `asked`: true, not found, but kept as an open question for that person.
    """

    claimed: int = 0
    true: int = 0
    hits: int = 0
    visible: int = 0
    visible_hits: int = 0
    asked: int = 0

    def as_dict(self) -> dict[str, float | int | None]:
        return {
            "precision": share(self.hits, self.claimed),
            "recall": share(self.hits, self.true),
            "recall_of_visible": share(self.visible_hits, self.visible),
            "claimed": self.claimed,
            "true": self.true,
            "hits": self.hits,
            "visible": self.visible,
            "asked": self.asked,
        }


def share(part: int, whole: int) -> float | None:
    """Return part of whole to three places, or None where there is nothing to divide."""
    return round(part / whole, 3) if whole else None


def read_truth(folder: Path) -> list[Truth]:
    """Return the hidden truth written beside a made-up force. Raises CannotRun if the folder has none."""
    path = folder / TRUTH_FILE
    if not path.is_file():
        raise CannotRun(f"{folder.name} has no {TRUTH_FILE}: only a made-up force can be scored. Make one first.")
    with path.open(encoding="utf-8", newline="") as file:
        return [_truth(row) for row in csv.DictReader(file)]


def _truth(row: Mapping[str, str]) -> Truth:
    return Truth(
        person_id=row["Hr_Ref"],
        exposed_on=date.fromisoformat(row["Exposed_On"]),
        occasion=row["Occasion"],
        incidents=frozenset(row["Incidents"].split()),
        category=row["Category"],
        roles=tuple(row["Roles"].split()),
        visible=row["Visible"] == "yes",
    )


Pair = tuple[Exposure | None, Truth | None]


def match(exposures: Iterable[Exposure], truths: Iterable[Truth]) -> list[Pair]:
    """Return every exposure and every truth once, paired where they are about the same thing.

    The same: one person, the same occasion, and at least one record in common. Where several fit, the one with the
    same category, then the most records in common. An exposure without a truth is paired with None, and the reverse.
    """
    waiting: dict[tuple[str, str], list[Truth]] = defaultdict(list)
    for truth in truths:
        waiting[truth.person_id, truth.occasion].append(truth)
    pairs: list[Pair] = []
    second: list[Exposure] = []
    ordered = sorted(exposures, key=lambda exposure: exposure.key)
    for same_category, group in ((True, ordered), (False, second)):
        for exposure in group:
            found = _best(exposure, waiting[exposure.person_id, exposure.occasion], same_category)
            if found is not None:
                waiting[exposure.person_id, exposure.occasion].remove(found)
                pairs.append((exposure, found))
            elif same_category:
                second.append(exposure)
            else:
                pairs.append((exposure, None))
    return pairs + [(None, truth) for group in waiting.values() for truth in group]


def _best(exposure: Exposure, candidates: list[Truth], same_category: bool) -> Truth | None:
    records = set(exposure.source_records)
    fits = [
        (len(records & truth.incidents), place)
        for place, truth in enumerate(candidates)
        if records & truth.incidents and (truth.category == exposure.category or not same_category)
    ]
    return candidates[max(fits, key=lambda fit: (fit[0], -fit[1]))[1]] if fits else None


def score(exposures: Iterable[Exposure], truths: Iterable[Truth], questions: Iterable[Question] = ()) -> dict[str, Any]:
    """Return precision and recall overall, by category and by role; see Rate for the counts beside each.

    `person_and_event`: somebody was there, whatever the category. A category is right if the paired truth has the
    same one; a role is right if the paired truth lists it, whatever the category. `person_event_and_category` adds
    the categories up.
    """
    open_to: dict[str, set[str]] = defaultdict(set)
    for question in questions:
        open_to[question.person_id].update(question.source_records)
    there: dict[str, Rate] = defaultdict(Rate)
    categories: dict[str, Rate] = defaultdict(Rate)
    roles: dict[str, Rate] = defaultdict(Rate)
    for exposure, truth in match(exposures, truths):
        asked = exposure is None and truth is not None and bool(open_to[truth.person_id] & truth.incidents)
        facts = {"visible": truth is not None and truth.visible, "asked": asked}
        _count(there, {""} if exposure else set(), {""} if truth else set(), **facts)
        _count(categories, {exposure.category} if exposure else set(), {truth.category} if truth else set(), **facts)
        _count(roles, set(exposure.roles) if exposure else set(), set(truth.roles) if truth else set(), **facts)
    return {
        "person_and_event": there[""].as_dict(),
        "person_event_and_category": _sum(categories.values()).as_dict(),
        "by_category": {name: categories[name].as_dict() for name in sorted(categories)},
        "by_role": {name: roles[name].as_dict() for name in sorted(roles)},
    }


def _sum(rates: Iterable[Rate]) -> Rate:
    total = Rate()
    for rate in rates:
        for name in Rate.__slots__:
            setattr(total, name, getattr(total, name) + getattr(rate, name))
    return total


def _count(rates: dict[str, Rate], claimed: set[str], true: set[str], visible: bool, asked: bool) -> None:
    for name in claimed | true:
        rate = rates[name]
        rate.claimed += name in claimed
        rate.true += name in true
        rate.hits += name in claimed and name in true
        rate.visible += name in true and visible
        rate.visible_hits += name in claimed and name in true and visible
        rate.asked += name in true and asked


def score_with_missing(
    tables: Mapping[str, Any],
    truths: Sequence[Truth],
    degrade: Callable[[Mapping[str, Any], int], Mapping[str, Any]],
    evaluate: Callable[[Mapping[str, Any]], Result],
    shares: Sequence[int] = SHARES,
) -> list[dict[str, Any]]:
    """Return one score for each share (percent) of crews and linked crimes missing.

    `tables`: the canonical tables; `degrade(tables, percent)` takes the share away; `evaluate(tables)` is the engine.
    """
    scores = []
    for percent in shares:
        result = evaluate(degrade(tables, percent))
        scores.append({"missing_percent": percent} | score(result.exposures, truths, result.questions))
    return scores
