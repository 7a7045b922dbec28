"""Write the reference page of each criteria pack: its settings, categories, parts, rules in words and cases.

Run it after changing a pack: `.venv/bin/python tools/pack_pages.py`. A test fails while a page is out of date.
"""

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKS = ROOT / "traumatracker" / "packs"
PAGES = ROOT / "docs" / "reference"

sys.path.insert(0, str(ROOT))  # so that the command also works where the package is not installed

from traumatracker.engine.classify import Classifier, may_count  # noqa: E402
from traumatracker.engine.explain import rule_in_words  # noqa: E402
from traumatracker.engine.pack import Category, Pack, Role, Rule, load_pack  # noqa: E402
from traumatracker.engine.points import ONE  # noqa: E402

HEADINGS = {
    "direct": "Rules that count at once",
    "conditional": "Rules that wait for evidence",
    "tag": "Rules that add a word and count nothing",
    "review": "Rules that ask the owner of the pack to look",
    "ignore": "Codes of no weight",
}
OPENING = {
    "until_closed": "An opening code is forgotten once the incident is closed with a code.",
    "always": "An opening code counts as much as a closing one.",
}


def folders() -> list[Path]:
    """Every folder that holds a pack."""
    return sorted(path.parent for path in PACKS.glob("*/pack.toml"))


def page_of(folder: Path) -> Path:
    """Where the page of a pack is kept."""
    return PAGES / f"pack-{folder.name}.md"


def page(folder: Path) -> str:
    """Return the whole page of one pack as Markdown."""
    pack = load_pack(folder)
    parts = [
        f"# {pack.title}",
        f"Pack `{pack.label}`. This page is made from the pack by `tools/pack_pages.py`; how a pack is written is told"
        " in [criteria packs](packs.md), and where its numbers come from in [sources](../sources.md).",
        pack.statement,
        f"Owner: {pack.owner}.",
        _settings(pack),
        _categories(pack),
        _roles(pack.roles.values()),
        *(_rules(pack, strength) for strength in HEADINGS),
        _unreached(pack),
        _cases(pack, tomllib.loads((folder / "examples.toml").read_text("utf-8"))["example"]),
    ]
    return "\n\n".join(part.rstrip() for part in parts if part) + "\n"


def _settings(pack: Pack) -> str:
    days = ", ".join(str(days) for days in pack.windows_days)
    return (
        f"{OPENING[pack.opening_counts]} Arriving more than {pack.later_after_minutes} minutes after the first unit is"
        f" “attended afterwards” (a judgement). Windows: {days} days, and five years."
    )


def _table(heading: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = list(head)
    lines = [f"## {heading}", "", _row(names), _row("---" for _ in names)]
    return "\n".join(lines + [_row(row) for row in rows])


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _categories(pack: Pack) -> str:
    def row(one: Category) -> tuple[object, ...]:
        name = one.name + (" (one entry for each day)" if one.is_session else "")
        return name, one.examples, one.weight, one.source, f"{one.mark}, {one.confidence}", f"`{one.id}`"

    head = ("category", "examples", "weight", "source", "mark, confidence", "id")
    return _table("Categories", head, map(row, pack.categories.values()))


def _roles(roles: Iterable[Role]) -> str:
    def row(one: Role) -> tuple[object, ...]:
        return one.name, one.plain, f"{one.weight / ONE:.2f}", one.counting, one.source, one.mark, f"`{one.id}`"

    return _table("Parts", ("part", "on the page", "weight", "counting", "source", "mark", "id"), map(row, roles))


def _rules(pack: Pack, strength: str) -> str:
    def row(one: Rule) -> tuple[object, ...]:
        return f"`{one.id}`", rule_in_words(one, pack), one.source, one.mark

    chosen = [rule for rule in pack.rules if rule.strength == strength]
    return _table(HEADINGS[strength], ("rule", "in words", "source", "mark"), map(row, chosen)) if chosen else ""


def _unreached(pack: Pack) -> str:
    reached = {rule.category for rule in pack.rules if may_count(rule)}
    names = [f"- {one.name}" for one in pack.categories.values() if one.id not in reached]
    if not names:
        return ""
    told = "These need a supervisor's entry, a deployment list or the person's own addition."
    return "\n".join(["## Categories no code can reach", "", told, "", *names])


def _cases(pack: Pack, cases: Iterable[dict]) -> str:
    def row(case: dict) -> tuple[str, str, str, str]:
        codes = ", ".join(f"`{code}`" for code in case["codes"])
        roles = ", ".join(pack.roles[role].name for role in case["roles"])
        return case["says"], codes, roles, _expected(pack, case)

    return _table("Cases, run as tests", ("case", "codes", "part", "outcome"), map(row, cases))


def _expected(pack: Pack, case: dict) -> str:
    expect = case["expect"]
    if "question" in expect:
        return f"a question: {pack.categories[expect['question']].name} (`{expect['rule']}`)"
    if "category" not in expect:
        classifier = Classifier(pack, case["codes"])
        out = any(classifier.excludes_incident(code) for code in case["codes"])
        return "the incident is taken out" if out else "nothing"
    tags = [pack.categories[tag].name if tag in pack.categories else tag for tag in expect["tags"]]
    also = f"; also {', '.join(tags)}" if tags else ""
    return f"{pack.categories[expect['category']].name}, {expect['points']} points (`{expect['rule']}`){also}"


def main() -> None:
    """Write every page."""
    for folder in folders():
        page_of(folder).write_text(page(folder), "utf-8")
        print(page_of(folder).relative_to(ROOT))


if __name__ == "__main__":
    main()
