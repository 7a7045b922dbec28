"""What each column probably is, by its name and by what stands in it; dropped where it may be personal or is not known.

Source of every word list and share below: judgement, from the shapes in docs/reference/profiles.md; a person corrects
what is drafted. Nothing here says a value of a column that may name somebody or hold free text.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from traumatracker.sources.draft.sample import Sampled
from traumatracker.sources.draft.words import (
    CODE,
    FREE,
    KEY,
    NAMES,
    OFFICER,
    PERSONAL,
    PLACE,
    PUBLIC,
    REACH,
    ROLE,
    STATUS,
    UNIT,
    words_of,
)

_FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M", "%d-%b-%Y %H:%M:%S", "%d %b %Y %H:%M", "%Y%m%d%H%M%S",
)  # fmt: skip
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%b-%Y", "%d %b %Y", "%d.%m.%Y", "%Y%m%d", "%d%m%Y", "%m%d%Y")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%H%M%S", "%H%M", "%H:%M:%S.%f")
_ENOUGH = 0.98  # of the cells must fit: some are always wrong
_YES_NO = ({"y", "n"}, {"yes", "no"}, {"true", "false"}, {"t", "f"})
_STREET = re.compile(r"(\d|/).*\b(ST|STREET|AVE?|RD|ROAD|BL|BLVD|DR|WY|WAY|CT|LN|LANE|CLOSE|HWY|PL|CI)\b", re.I)
_POSTCODE = re.compile(r"^[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}$|^\d{5}(-\d{4})?$", re.I)
_REACHED = re.compile(r"[^@\s]+@[^@\s]+\.\w+|^\+?[\d ()-]{10,}$")
_NAME = re.compile(r"^(?:(?:MR|MRS|MS|PC|DC|SGT)\.? )?[A-Z][a-z'-]+,? [A-Z][a-z'-]+$|^[A-Z][A-Z'-]{2,}, [A-Z]")
_HO_CLASS = re.compile(r"^\d{1,3}[./]\d{1,2}$|^\d{1,3}[A-Z]$")
_HO_STAT = re.compile(r"^\d{3}/\d{2}$")


@dataclass
class Proposal:
    """One column: `keep` is its kind or "" where it is dropped for the reason `drop`.

    `options`: what else its line says; `unsure`: sentences for a person; `values`: how often each word of a code or a
    flag occurs, only where saying them gives nobody away.
    """

    name: str
    keep: str = ""
    drop: str = ""
    options: dict[str, object] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)
    distinct: int = 0
    filled: int = 0
    is_key: bool = False


def recognise(seen: Sampled) -> list[Proposal]:
    """Return a proposal for every column of a kind of file."""
    rows = len(set(zip(*seen.cells.values(), strict=True)))  # the same row may come in several files
    return [_column(name, [cell for cell in cells if cell], seen, rows) for name, cells in seen.cells.items()]


def _column(name: str, cells: list[str], seen: Sampled, rows: int) -> Proposal:
    made = Proposal(name, distinct=len(set(cells)), filled=len(cells))
    made.is_key = made.filled == seen.rows > 1 and made.distinct >= _ENOUGH * rows
    words = words_of(name) if seen.has_header else set()
    if not cells:
        made.drop = "always empty in what was seen"
    elif why := _personal_by_name(words):
        made.drop = why
    elif when := _when(cells, words):
        made.keep, made.options, made.unsure = when
    elif why := _personal_by_content(cells, are_codes=bool(words & CODE) and made.distinct <= _few(cells)):
        made.drop = why
    else:
        _kind(made, words, cells, seen)
    return made


def _personal_by_name(words: set[str]) -> str:
    for listed, why in (
        (PERSONAL, "personal, and nothing asks for it"),
        (NAMES, "a name"),
        (PUBLIC, "may be about a member of the public"),
        (REACH, "a way to reach somebody"),
        (PLACE, "of a place, finer than is needed"),
        (FREE, "free text"),
    ):
        if words & listed and not (listed == PLACE and words & {"closed"}):
            return why
    return ""


def _few(cells: list[str]) -> int:
    """How many different words a column of codes has at most."""
    return max(12, len(cells) // 5)


def _personal_by_content(cells: list[str], are_codes: bool) -> str:
    """Return why a column may be personal. Two words with capitals are a name, save among codes."""
    for pattern, why in (
        (_REACHED, "looks like a way to reach somebody"),
        (_POSTCODE, "looks like postcodes"),
        (_STREET, "looks like streets or crossings"),
        (_NAME, "looks like names of people"),
    ):
        if pattern is _NAME and are_codes:
            continue
        if _share(cells, lambda cell, p=pattern: bool(p.search(cell))) > 0.2 and not _plain_numbers(cells):
            return why
    if sum(len(cell.split()) for cell in cells) / len(cells) > 6 and len(set(cells)) > len(cells) / 4:
        return "looks like free text"
    return ""


def _kind(made: Proposal, words: set[str], cells: list[str], seen: Sampled) -> None:
    """Fill in what a column is that is neither personal nor a time."""
    few = made.distinct <= _few(cells)
    folded = {cell.casefold() for cell in cells}
    if words & OFFICER:
        made.keep, made.options = "person", {"normalise": ["upper", "no_spaces"]}
        made.unsure.append("an identifier of a worker? If it holds names, drop it")
    elif made.distinct == 1 and seen.rows > 20:
        made.drop = "always the same in what was seen"
    elif any(folded <= yes_no for yes_no in _YES_NO):
        made.keep, made.options = "flag", _flag(folded)
    elif words & ROLE and few:
        made.keep, made.options = "choice", {"of": "role", "map": dict.fromkeys(sorted(set(cells)), "")}
        made.unsure.append('say under `map` which of our parts each word means; "" means none')
        made.values = Counter(cells)
    elif (made.is_key and not seen.has_header) or words & UNIT or (words & KEY and not few):
        made.keep = "ref"
    elif words & (CODE | STATUS) or (not seen.has_header and few and _short(cells)):
        _code(made, cells, named=bool(words))
    elif not seen.has_header and made.distinct > len(cells) * 0.9 and _short(cells) and _has_digits(cells):
        made.keep = "ref"
        made.unsure.append("a reference to something else? Drop it if nothing needs it")
    else:
        made.drop = "not recognised; keep it if something needs it"
        made.unsure.append("not recognised, so dropped")


def _code(made: Proposal, cells: list[str], named: bool) -> None:
    made.keep = "code"
    if _share(cells, lambda cell: bool(_HO_STAT.match(cell))) > 0.9:
        made.options["notation"] = "ho_stat"
    elif _share(cells, lambda cell: bool(_HO_CLASS.match(cell) or cell.isdigit())) > 0.9 and any(
        _HO_CLASS.match(cell) for cell in cells
    ):
        made.options["notation"] = "ho_class"
        made.unsure.append("written like Home Office classes; check that 4.10 did not become 4.1")
    # A word that occurs once may be anything; only in a column named after codes is it shown.
    made.values = Counter({cell: n for cell, n in Counter(cells).items() if (named or n > 1) and len(cell) <= 60})
    if not named:
        made.unsure.append("a code, by what stands in it")


def _when(cells: list[str], words: set[str]) -> tuple[str, dict[str, object], list[str]] | None:
    """Return (kind, options, doubts) of a column of times, dates or clocks; None for anything else."""
    if _share(cells, _is_iso_instant) >= _ENOUGH:
        return "time", {"format": "iso"}, ["each time says its own offset"]
    for kind, known in (("time", _FORMATS), ("date", _DATES), ("clock", _CLOCKS)):
        fits = [how for how in known if _share(cells, lambda cell, how=how: _fits(cell, how)) >= _ENOUGH]
        if not fits or (kind == "clock" and _plain_numbers(cells) and not {len(cell) for cell in cells} <= {4, 6}):
            continue
        day_or_month = [how for how in fits if "%m" in how and "%d" in how]
        doubts = [] if kind != "time" else ["in which zone? The profile's `time_zone` is assumed"]
        if len(day_or_month) > 1:
            doubts.append(f"day or month first? It could also be {' or '.join(day_or_month[1:])}")
        return kind, {"format": fits[0]}, doubts
    return None


def _fits(cell: str, how: str) -> bool:
    if how.endswith(("%Y%m%d", "%d%m%Y", "%m%d%Y")) and len(cell) != 8:
        return False
    if how in ("%H%M%S", "%H%M") and len(cell) != (6 if "S" in how else 4):
        return False
    try:
        return 1990 <= datetime.strptime(cell, how).year <= 2100 if "%Y" in how else bool(datetime.strptime(cell, how))  # noqa: DTZ007
    except ValueError:
        return False


def _is_iso_instant(cell: str) -> bool:
    try:
        return "T" in cell and datetime.fromisoformat(cell).tzinfo is not None
    except ValueError:
        return False


def _flag(folded: set[str]) -> dict[str, object]:
    yes = next(sorted(pair, reverse=True) for pair in _YES_NO if folded <= pair)
    return {"yes": [yes[0]], "no": [yes[1]]}


def _share(cells: list[str], test: object) -> float:
    return sum(map(test, cells)) / len(cells)  # type: ignore[arg-type]


def _plain_numbers(cells: list[str]) -> bool:
    return all(cell.isdigit() for cell in cells)


def _short(cells: list[str]) -> bool:
    return max(map(len, cells)) <= 30


def _has_digits(cells: list[str]) -> bool:
    return _share(cells, lambda cell: any(letter.isdigit() for letter in cell)) > 0.9
