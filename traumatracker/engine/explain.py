"""Why an entry is there, in plain words, from the entry itself and the pack that made it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from traumatracker.engine.classify import only_asks, starts, strongest_first
from traumatracker.engine.pack import Pack, Rule
from traumatracker.engine.points import ONE, combined_role_weight, displayed

SYSTEM_NAMES = {
    "NSIR": "incident code",
    "NSIR_QUALIFIER": "incident qualifier",
    "HO_CLASS": "Home Office crime class",
    "HO_STAT": "Home Office offence code",
    "FLAG": "marker",
    "MATERIAL": "material booking",
    "UK_LOG_TEXT": "log headline",
    "UK_CC_TEXT": "log closing text",
    "APCO": "APCO incident type",
    "NIBRS": "NIBRS offence",
    "US_CALL_TYPE": "call type",
    "US_CAD_TEXT": "call type",
    "US_SAN_DIEGO": "call type",
}
TYPED = {"UK_LOG_TEXT"}  # typed by a person: may name a method, a place or a name
SHOWN = 3  # codes of a rule named on a person's page. Source: judgement; the whole rule is in the pack's own page
RECORD_NAMES = {
    "cad": "Command and control log",
    "rms": "Crime record",
    "material": "Booking to view material",
    "stops": "Stop record",
}
EVIDENCE_WORDS = {
    "status_at_scene": "You are named on a resource that booked at scene",
    "crew_from_duty": "You were booked on under a callsign that booked at scene",
    "named_on_log": "You are named on the log",
    "rms_role": "You are recorded in this part on the crime record",
    "rms_task": "A dated task of the investigation is in your name",
    "decided_by_steward": "A data steward decided this from what was shown to them",
    "material_booking": "A booking to view material is in your name",
}
LINK_WORDS = {
    "same_incident": "{start} and {end} are linked as one incident",
    "crime_of_log": "{start} was recorded from {end}",
    "duplicate_of": "{start} repeats {end}: it counts once, and what it was opened as does not count",
    "merged_into": "{start} was merged into {end}",
    "split_from": "{start} was split off from {end}: each counts by itself; who was sent before, on the first",
    "transferred_to": "{start} was handed on to {end}",
}
MARK_WORDS = {
    "sourced": "taken from a published source",
    "derived": "derived from a published source by a stated rule",
    "judgement": "a judgement, with no published value behind it",
    "confirmed": "the code is in a published list; what it counts as is a judgement",
    "recalled": "the code is in no list we could check; what it counts as is a judgement",
}


class Stored(Protocol):
    """What an entry must hold to be explained: an engine Exposure, or the store's copy of one."""

    category: str
    category_weight: int
    roles: Iterable[str]
    role_weight: int
    points: int
    rule: str
    tags: Iterable[str]
    codes: Iterable[str]
    source_records: Iterable[str]
    evidence: Iterable[str]
    links: Iterable[str]


@dataclass(frozen=True)
class RoleLine:
    """One part in words, with its weight and whose judgement that is."""

    name: str
    plain: str
    weight_text: str
    source: str
    mark_in_words: str


@dataclass(frozen=True)
class Explanation:
    """Every answer of the page "Why is this here?", as text.

    `sum_in_words` shows the whole arithmetic; `role_sum_in_words` how several parts became one weight.
    `codes`: (key, label). `source_records`: (which system, reference). `links`: why several records are one event.
    """

    category_name: str
    category_weight_text: str
    category_source: str
    category_mark_in_words: str
    roles: tuple[RoleLine, ...]
    role_weight_text: str
    role_sum_in_words: str
    points_text: str
    sum_in_words: str
    rule_in_words: str
    rule_source: str
    rule_mark_in_words: str
    codes: tuple[tuple[str, str], ...]
    source_records: tuple[tuple[str, str], ...]
    evidence: tuple[str, ...]
    links: tuple[str, ...]
    tags: tuple[str, ...]
    pack_title: str
    pack_version: str
    pack_owner: str


def explain(entry: Stored, pack: Pack) -> Explanation:
    """Return the explanation of one stored entry.

    Names and sources come from the pack; every figure comes from the entry, so an old entry explains itself
    with the weights it was made with. A rule or role the pack no longer has is named and said to be gone.
    """
    category = pack.categories.get(entry.category)
    rule = next((rule for rule in pack.rules if rule.id == entry.rule), None)
    return Explanation(
        category_name=category.name if category else entry.category,
        category_weight_text=str(entry.category_weight),
        category_source=category.source if category else "",
        category_mark_in_words=MARK_WORDS[category.mark] if category else "no longer in the pack",
        roles=tuple(_role_line(role, pack) for role in entry.roles),
        role_weight_text=_weight(entry.role_weight),
        role_sum_in_words=_role_sum(entry, pack),
        points_text=displayed(entry.points),
        sum_in_words=f"{entry.category_weight} × {_weight(entry.role_weight)} = {displayed(entry.points)} points",
        rule_in_words=_rule_for(entry, rule, pack),
        rule_source=rule.source if rule else "",
        rule_mark_in_words=MARK_WORDS[rule.mark] if rule else "no longer in the pack",
        codes=tuple((code, quiet_label(code, pack)) for code in entry.codes),
        source_records=tuple(_record(record) for record in entry.source_records),
        evidence=tuple(_evidence(line, pack) for line in entry.evidence),
        links=tuple(_link(line) for line in entry.links),
        tags=tuple(pack.categories[tag].name if tag in pack.categories else tag for tag in entry.tags),
        pack_title=pack.title,
        pack_version=pack.version,
        pack_owner=pack.owner,
    )


def rule_in_words(rule: Rule, pack: Pack) -> str:
    """Return the whole rule as one or more plain sentences, written from the rule itself: for whoever checks a pack."""
    return _sentence(rule, pack, _everything(rule, pack), lambda codes: [label(code, pack) for code in sorted(codes)])


def _rule_for(entry: Stored, rule: Rule | None, pack: Pack) -> str:
    """Return the rule for the person it counted for: their own codes in words, and only how many others there are."""
    if rule is None:
        return f"The rule {entry.rule} is no longer in the pack."
    seen = set(entry.codes)

    def named(codes: frozenset[str]) -> list[str]:
        own = [quiet_label(code, pack) for code in sorted(codes & seen)]
        if not own:  # only what would have spoken against it, and none of it is in the records
            return [f"one of {len(codes)} codes that say otherwise"] if len(codes) > 1 else [label(min(codes), pack)]
        shown = list(dict.fromkeys(own))[:SHOWN]
        return [*shown, _more(len(codes) - len(shown))] if len(codes) > len(shown) else shown

    started = [quiet_label(code, pack) for code in entry.codes if starts(rule, code)]
    return _sentence(rule, pack, list(dict.fromkeys(started))[:SHOWN] or ["one of its codes"], named)


def _sentence(rule: Rule, pack: Pack, starting: list[str], named: Callable[[frozenset[str]], list[str]]) -> str:
    category = pack.categories.get(rule.category)
    name = category.name if category else rule.category
    outcome = {
        "direct": f"counts as “{name}”",
        "conditional": f"counts as “{name}”",
        "tag": f"is marked “{name}”",
        "ignore": "takes the whole incident out" if rule.whole_incident else "counts nothing",
        "review": "goes to a person to review, and counts nothing",
    }[rule.strength]
    conditions = "".join(_conditions(rule, pack, named))
    if only_asks(rule):
        return f"A record with {_either(starting)} may mean “{name}”{conditions}; no code can tell. {rule.asks}"
    asked = f" Without that it is a question: {rule.asks}" if rule.when_missing == "question" else ""
    return f"A record with {_either(starting)} {outcome}{conditions}.{asked}"


def label(code: str, pack: Pack) -> str:
    """Return a code in words: its label if the pack has one, and the system it belongs to."""
    system, _, text = code.partition(":")
    name = pack.code_labels.get(code)
    shown = SYSTEM_NAMES.get(system, "code")
    return f"{name} ({shown} {text})" if name else f"{shown} {text}"


def quiet_label(code: str, pack: Pack) -> str:
    """Return a code in words for a person's own page, where a typed headline is not repeated: it may name a method."""
    system = code.partition(":")[0]
    return "a log headline the criteria know" if system in TYPED else label(code, pack)


def _everything(rule: Rule, pack: Pack) -> list[str]:
    listed = [label(code, pack) for code in sorted(rule.codes)]
    words = [f"text with the word {word}" for word in rule.words_any]
    without = f" (but not {_either(_first(rule.words_none))})" if rule.words_none else ""
    return [_either(listed + words) + without]


def _conditions(rule: Rule, pack: Pack, named: Callable[[frozenset[str]], list[str]]) -> Iterable[str]:
    if rule.needs_all:
        yield f", if there is also {' and '.join(named(rule.needs_all))}"
    if rule.needs_any:
        joined = ", together with" if rule.needs_all else ", if there is also"
        yield f"{joined} {_either(named(rule.needs_any))}"
    if rule.unless_any:
        yield f", unless there is {_either(named(rule.unless_any))}"
    if rule.only_roles:
        names = [pack.roles[role].name for role in strongest_first(rule.only_roles, pack)]
        yield f", only for someone whose part was: {_either(names)}"


def _more(count: int) -> str:
    return "one other like it" if count == 1 else f"one of {count} others like it"


def _first(words: tuple[str, ...]) -> list[str]:
    """At most three words, and how many more: a page for people, not the list itself."""
    return list(words) if len(words) <= 3 else [*words[:2], f"{len(words) - 2} more like them"]


def _either(parts: list[str]) -> str:
    return " or ".join(parts) if len(parts) < 3 else ", ".join(parts[:-1]) + " or " + parts[-1]


def _role_line(role: str, pack: Pack) -> RoleLine:
    known = pack.roles.get(role)
    if known is None:
        return RoleLine(role, role, "", "", "no longer in the pack")
    return RoleLine(known.name, known.plain, _weight(known.weight), known.source, MARK_WORDS[known.mark])


def _role_sum(entry: Stored, pack: Pack) -> str:
    weights: Mapping[str, int] = {role: pack.roles[role].weight for role in entry.roles if role in pack.roles}
    category = pack.categories.get(entry.category)
    if category is not None and category.is_session:
        return "A day of viewing material has the weight 1.0 whatever the part."
    if len(weights) < 2 or combined_role_weight(weights.values()) != entry.role_weight:
        return ""
    first, *others = sorted(weights.values(), reverse=True)
    added = " + ".join(_weight(weight) for weight in others)
    capped = ", and never more than 1.25" if entry.role_weight != first + (sum(others) * 25 + 50) // 100 else ""
    return f"Your strongest part {_weight(first)}, and a quarter of the others ({added}){capped}."


def _record(record: str) -> tuple[str, str]:
    system, _, reference = record.partition(":")
    return (RECORD_NAMES.get(system, f"Record of {system}"), reference)


def _evidence(line: str, pack: Pack) -> str:
    role, how, incident, callsign = [*line.split("|"), "", "", ""][:4]
    part = pack.roles[role].name if role in pack.roles else role
    system, reference = _record(incident)
    shown = f" (callsign {callsign})" if callsign else ""
    return f"{part}: {EVIDENCE_WORDS.get(how, how)}{shown}, {system} {reference}."


def _link(line: str) -> str:
    kind, start, end = [*line.split("|"), "", ""][:3]
    said = LINK_WORDS.get(kind, LINK_WORDS["same_incident"])
    return said.format(start=_reference(start), end=_reference(end)) + "."


def _reference(record: str) -> str:
    return " ".join(_record(record)) if ":" in record else record


def _weight(weight: int) -> str:
    """Return a weight with as many decimals as it has, at least one: 10000 is "1.0", 11250 is "1.125"."""
    text = f"{weight // ONE}.{weight % ONE:04d}".rstrip("0")
    return text + "0" if text.endswith(".") else text
