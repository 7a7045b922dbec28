"""The criteria pack: categories, roles and rules as data with an owner. Read here, decided elsewhere.

A pack is a folder: `pack.toml` (who owns it, settings), `categories.csv`, `roles.csv`, one or more
`rules*.toml` and `examples.toml`. Nothing in it is Python, so a working group can change what counts.
"""

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from traumatracker.engine.points import ONE, ten_thousandths
from traumatracker.errors import BadPack

STRENGTHS = ("direct", "conditional", "tag", "ignore", "review")
COUNTINGS = ("event", "occasion", "session")
MARKS = ("sourced", "derived", "judgement", "confirmed", "recalled")


@dataclass(frozen=True)
class Category:
    """A kind of event. `weight` is a whole number from 1 to 10; `is_session`: counted per day of viewing
    material, always with role weight 1."""

    id: str
    name: str
    examples: str
    weight: int
    source: str
    confidence: str
    mark: str
    is_session: bool


@dataclass(frozen=True)
class Role:
    """A person's part. `weight` in ten-thousandths. `counting`: "event" parts in one event make one entry;
    "occasion" parts make one entry for each event and day; "session" parts one for each day, whatever the cases."""

    id: str
    name: str
    plain: str
    weight: int
    counting: str
    source: str
    mark: str


@dataclass(frozen=True)
class Rule:
    """When a set of codes means a category. Every list holds code keys such as "NSIR:313".

    Starts when any of `codes` is present, or any code of `word_systems` whose text holds one of `words_any`
    and none of `words_none`. `unless_any` present: the rule says nothing. `needs_all` and (any of) `needs_any`
    are evidence; without it `when_missing` decides: "question" or "nothing". `only_roles`: applies only to
    people with one of these parts. An `ignore` rule with `whole_incident` takes the whole incident out
    (a duplicate, a test).
    """

    id: str
    category: str
    strength: str
    codes: frozenset[str] = frozenset()
    word_systems: tuple[str, ...] = ()
    words_any: tuple[str, ...] = ()
    words_none: tuple[str, ...] = ()
    needs_any: frozenset[str] = frozenset()
    needs_all: frozenset[str] = frozenset()
    unless_any: frozenset[str] = frozenset()
    only_roles: frozenset[str] = frozenset()
    when_missing: str = "nothing"
    whole_incident: bool = False
    asks: str = ""
    source: str = ""
    mark: str = "judgement"

    @property
    def evidence(self) -> frozenset[str]:
        return self.needs_any | self.needs_all | self.unless_any


@dataclass(frozen=True)
class Pack:
    """A whole pack. `opening_counts`: "until_closed" (an opening code is forgotten once an incident is closed
    with a code) or "always". `later_after_minutes`: arriving this long after the first unit is "attended later"."""

    id: str
    version: str
    title: str
    owner: str
    statement: str
    opening_counts: str
    later_after_minutes: int
    windows_days: tuple[int, ...]
    categories: dict[str, Category]
    roles: dict[str, Role]
    rules: tuple[Rule, ...]
    code_labels: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The pack and its version as stored on every exposure: "ptec_aligned@1"."""
        return f"{self.id}@{self.version}"

    @property
    def mentioned(self) -> frozenset[str]:
        """Every code key a rule names; words are matched against the codes a force really uses (see signature)."""
        return frozenset().union(*(rule.codes | rule.evidence for rule in self.rules)) if self.rules else frozenset()


def find_pack(pack_id: str) -> Pack:
    """Return the pack shipped under `pack_id`. Raises BadPack naming what is missing."""
    return load_pack(Path(__file__).resolve().parent.parent / "packs" / pack_id)


def load_pack(folder: Path) -> Pack:
    """Return the pack in `folder`. Raises BadPack naming the file and the entry to mend."""
    try:
        head = tomllib.loads((folder / "pack.toml").read_text("utf-8"))
        rules = [
            _rule(entry, path.name, head.get("never_words", []))
            for path in sorted(folder.glob("rules*.toml"))
            for entry in tomllib.loads(path.read_text("utf-8")).get("rule", [])
        ]
        pack = Pack(
            id=head["id"],
            version=str(head["version"]),
            title=head["title"],
            owner=head["owner"],
            statement=head["statement"],
            opening_counts=head["opening_counts"],
            later_after_minutes=head["later_after_minutes"],
            windows_days=tuple(head["windows_days"]),
            categories={row["id"]: _category(row) for row in _csv(folder / "categories.csv")},
            roles={row["id"]: _role(row) for row in _csv(folder / "roles.csv")},
            rules=tuple(rules),
            code_labels=_labels(folder / "labels.csv"),
        )
    except FileNotFoundError as missing:
        raise BadPack(f"The pack folder {folder.name} has no {Path(str(missing.filename)).name}. Add it.") from missing
    except (KeyError, ValueError, tomllib.TOMLDecodeError) as bad:
        raise BadPack(f"The pack in {folder.name} cannot be read: {bad}. Mend that entry and try again.") from bad
    check(pack)
    return pack


def check(pack: Pack) -> None:
    """Raise BadPack at the first thing the pack contradicts or leaves undefined."""
    if pack.opening_counts not in ("until_closed", "always"):
        raise BadPack(f'{pack.id}: opening_counts is "until_closed" or "always", not {pack.opening_counts!r}.')
    seen: set[str] = set()
    for rule in pack.rules:
        if rule.id in seen:
            raise BadPack(f"{pack.id}: two rules are called {rule.id}. Give each rule its own id.")
        seen.add(rule.id)
        _check_rule(pack, rule)
    for category in pack.categories.values():
        if not 1 <= category.weight <= 10 or category.mark not in MARKS or not category.source:
            raise BadPack(f"{pack.id}: category {category.id} needs a weight of 1 to 10, a source and a mark.")
    for role in pack.roles.values():
        if role.counting not in COUNTINGS or not 0 <= role.weight <= ONE or role.mark not in MARKS or not role.source:
            raise BadPack(f"{pack.id}: role {role.id} needs a weight of 0 to 1, a counting, a source and a mark.")


def _check_rule(pack: Pack, rule: Rule) -> None:
    for wrong in (*_wrong_names(pack, rule), *_wrong_questions(rule)):
        raise BadPack(f"{pack.id}: rule {rule.id} {wrong}.")


def _wrong_names(pack: Pack, rule: Rule) -> Iterator[str]:
    if rule.strength not in STRENGTHS:
        yield f"has strength {rule.strength!r}; use one of {', '.join(STRENGTHS)}"
    if rule.strength in ("direct", "conditional") and rule.category not in pack.categories:
        yield f"names category {rule.category!r}, which categories.csv does not define"
    if unknown := rule.only_roles - set(pack.roles):
        yield f"names roles {sorted(unknown)}, which roles.csv does not define"
    if rule.mark not in MARKS:
        yield f"has mark {rule.mark!r}; use one of {', '.join(MARKS)}"
    for code in sorted(rule.codes | rule.evidence):
        if ":" not in code:
            yield f'names {code!r} without its code system; write "SYSTEM:CODE"'


def _wrong_questions(rule: Rule) -> Iterator[str]:
    if not rule.codes and not (rule.word_systems and rule.words_any):
        yield "starts from nothing; give it codes, or word_systems and words_any"
    if rule.when_missing not in ("question", "nothing"):
        yield 'has when_missing other than "question" or "nothing"'
    if rule.when_missing == "question" and rule.strength not in ("direct", "conditional"):
        yield "asks a question but names no category; only direct and conditional rules ask"
    if rule.strength == "conditional" and not (rule.needs_any or rule.needs_all or rule.only_roles or rule.asks):
        yield "is conditional but names no evidence and asks nothing"
    if rule.when_missing == "question" and not rule.asks:
        yield "may ask a question; say in `asks` what is not known"


_SETS = {"codes", "needs_any", "needs_all", "unless_any", "only_roles"}
_TUPLES = {"word_systems", "words_any", "words_none"}


def _rule(entry: dict[str, Any], where: str, never_words: list[str]) -> Rule:
    """One rule of a file. `never_words` of the pack stand for every rule that matches words."""
    known = {item.name for item in fields(Rule)}
    if unknown := set(entry) - known:
        raise BadPack(f"{where}: rule {entry.get('id')} has {sorted(unknown)}, which no rule understands.")
    values: dict[str, Any] = dict(entry)
    if values.get("strength") == "conditional":
        values.setdefault("when_missing", "question")
    for name in _SETS & set(values):
        values[name] = frozenset(values[name])
    for name in _TUPLES & set(values):
        values[name] = tuple(values[name])
    if "words_any" in values:
        values["words_none"] = (*values.get("words_none", ()), *never_words)
    return Rule(**values)


def _category(row: dict[str, str]) -> Category:
    return Category(
        id=row["id"],
        name=row["name"],
        examples=row["examples"],
        weight=int(row["weight"]),
        source=row["source"],
        confidence=row["confidence"],
        mark=row["mark"],
        is_session=row["is_session"] == "yes",
    )


def _role(row: dict[str, str]) -> Role:
    return Role(
        id=row["id"],
        name=row["name"],
        plain=row["plain"],
        weight=ten_thousandths(row["weight"]),
        counting=row["counting"],
        source=row["source"],
        mark=row["mark"],
    )


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _labels(path: Path) -> dict[str, str]:
    return {row["code"]: row["label"] for row in _csv(path)} if path.exists() else {}
