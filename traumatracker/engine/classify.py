"""From a set of codes and a person's parts to a verdict, in plain Python.

The question is asked once for each distinct combination (a signature and a set of roles), thousands of
times in a force-year rather than millions, so this can be read instead of optimised.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from traumatracker.engine.pack import Pack, Rule
from traumatracker.engine.points import ONE, combined_role_weight

EXPOSURE, QUESTION, NOTHING = "exposure", "question", "nothing"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a set of codes means for someone with these roles.

    `kind`: exposure, question or nothing. `rule` and `codes` say why: the rule's id and the code keys that
    started it or were its evidence. `tags`: what else was true, never counted again.
    """

    kind: str
    category: str = ""
    rule: str = ""
    tags: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


def starts(rule: Rule, code: str) -> bool:
    """Return whether this code key starts the rule: it is listed, or its text holds the rule's words."""
    if code in rule.codes:
        return True
    system, _, text = code.partition(":")
    return system in rule.word_systems and has_words(text, rule.words_any) and not denies(text, rule.words_none)


def has_words(text: str, words: Iterable[str]) -> bool:
    """Return whether the text holds one of the words as whole words: RAPE is not in THERAPEUTIC."""
    spaced = f" {folded(text)} "
    return any(f" {folded(word)} " in spaced for word in words)


def denies(text: str, words: Iterable[str]) -> bool:
    """Return whether the text holds one of the words, or a form of it: NON RAPE also denies NON-RAPES and NON:RAPED."""
    spaced = f" {folded(text)} "
    return any(f" {folded(word)}{ending} " in spaced for word in words for ending in ("", "S", "D", "ED"))


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """Return the text in upper case with one space for whatever stands between its letters and digits.

    However a denial is written ("NON-RAPE", "(NON) RAPE", with a dash of any kind), it becomes the same words.
    Characters that show nothing, such as a soft hyphen, are dropped.
    """
    visible = "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    return " ".join(_BETWEEN.split(visible.upper())).strip()


_BETWEEN = re.compile(r"[^0-9A-Z\u00C0-\u024F]+")


def may_count(rule: Rule) -> bool:
    """Return whether the rule can lead to an exposure or a question at all."""
    return rule.strength in ("direct", "conditional")


class Classifier:
    """The rules of a pack, looked up by code. Made once for the distinct codes of a run."""

    def __init__(self, pack: Pack, codes: Iterable[str]):
        self.pack = pack  # `telling_roles`: those that some rule asks about
        self._started = {code: tuple(rule for rule in pack.rules if starts(rule, code)) for code in set(codes)}
        self._last: tuple[frozenset[str], list[Rule]] = (frozenset(), [])
        self._evidence = frozenset().union(*(rule.evidence for rule in pack.rules)) if pack.rules else frozenset()
        self._weighing = frozenset(role.id for role in pack.roles.values() if role.weight > 0)
        self.telling_roles = self._weighing & frozenset(role for rule in pack.rules for role in rule.only_roles)

    def mentions(self, code: str) -> bool:
        """Return whether any rule knows this code; one that none knows is unmapped."""
        return bool(self._started[code]) or code in self._evidence

    def excludes_incident(self, code: str) -> bool:
        """Return whether this code takes its whole incident out (a duplicate, a test)."""
        return any(rule.strength == "ignore" and rule.whole_incident for rule in self._started[code])

    def asks_review(self, code: str) -> bool:
        return any(rule.strength == "review" for rule in self._started[code])

    def may_count(self, code: str) -> bool:
        """Return whether this code starts a rule that could make an exposure or a question for somebody."""
        return any(may_count(rule) for rule in self._started[code])

    def says_something(self, code: str) -> bool:
        """Return whether a verdict could be another one without this code; routine codes make none."""
        return code in self._evidence or any(rule.category or may_count(rule) for rule in self._started[code])

    def comes_to_something(self, codes: frozenset[str]) -> bool:
        """Return whether these codes make an exposure or a question for anybody, whatever their part.

        Whoever had every part would hear of every rule, and more parts never take a rule away.
        """
        return self.resolve(codes, self._weighing).kind != NOTHING

    def resolve(self, codes: frozenset[str], roles: frozenset[str]) -> Verdict:
        """Return the verdict for one event's codes and one person's roles in it.

        The heaviest category wins, ties by category id and then rule id; what else matched stays as a tag.
        A question is kept only if nothing matched. Raises KeyError for a role the pack does not define.
        """
        parts = frozenset(role for role in roles if self.pack.roles[role].weight > 0)
        return self.resolve_parts(codes, parts) if parts else Verdict(NOTHING)

    def resolve_parts(self, codes: frozenset[str], parts: frozenset[str]) -> Verdict:
        """Return the verdict for somebody with a part that weighs; only their `telling_roles` need be among `parts`,
        for no rule asks about another."""
        open_to_them = [rule for rule in self._standing(codes) if not rule.only_roles or rule.only_roles & parts]
        matched = [rule for rule in open_to_them if _has_evidence(rule, codes)]
        for kind, heard in ((EXPOSURE, matched), (QUESTION, open_to_them)):
            for rule in heard:  # heaviest first
                if may_count(rule) and (kind == EXPOSURE or rule.when_missing == QUESTION):
                    return self._verdict(kind, rule, matched, codes)
        return Verdict(NOTHING)

    def _standing(self, codes: frozenset[str]) -> list[Rule]:
        """The rules these codes start and do not contradict, heaviest first; kept for the next set of roles."""
        if codes != self._last[0]:
            rules = {rule.id: rule for code in codes for rule in self._started[code]}.values()
            standing = sorted((rule for rule in rules if not rule.unless_any & codes), key=self._heaviest_first)
            self._last = (codes, standing)
        return self._last[1]

    def _heaviest_first(self, rule: Rule) -> tuple[int, str, str]:
        category = self.pack.categories.get(rule.category)
        return (-category.weight if category else 0, rule.category, rule.id)

    def _verdict(self, kind: str, rule: Rule, matched: list[Rule], codes: frozenset[str]) -> Verdict:
        tags = {other.category for other in matched if other.category} - {rule.category}
        why = {code for code in codes if rule in self._started[code]} | (codes & (rule.needs_all | rule.needs_any))
        return Verdict(kind, rule.category, rule.id, tuple(sorted(tags)), tuple(sorted(why)))


def only_asks(rule: Rule) -> bool:
    """Return whether nothing a system records could answer the rule, so that it is always a question."""
    return rule.strength == "conditional" and not (rule.needs_any or rule.needs_all or rule.only_roles)


def _has_evidence(rule: Rule, codes: frozenset[str]) -> bool:
    if only_asks(rule):
        return False
    return rule.needs_all <= codes and (not rule.needs_any or bool(rule.needs_any & codes))


def resolve(codes: frozenset[str], roles: frozenset[str], pack: Pack) -> Verdict:
    """Return the verdict for one set of codes and roles; see Classifier.resolve."""
    return Classifier(pack, codes).resolve(codes, roles)


def role_weight(category: str, roles: Iterable[str], pack: Pack) -> int:
    """Return the combined role weight in ten-thousandths; 1.0 for a day of viewing material, whatever the part."""
    if pack.categories[category].is_session:
        return ONE
    return combined_role_weight(pack.roles[role].weight for role in set(roles))


def points(verdict: Verdict, roles: Iterable[str], pack: Pack) -> int:
    """Return category weight × role weight in ten-thousandths; 0 unless the verdict is an exposure."""
    if verdict.kind != EXPOSURE:
        return 0
    return pack.categories[verdict.category].weight * role_weight(verdict.category, roles, pack)


def strongest_first(roles: Iterable[str], pack: Pack) -> tuple[str, ...]:
    """Return the roles that weigh anything, strongest first, ties in the order of the pack."""
    order = list(pack.roles)
    weighing = [role for role in set(roles) if pack.roles[role].weight > 0]
    return tuple(sorted(weighing, key=lambda role: (-pack.roles[role].weight, order.index(role))))
