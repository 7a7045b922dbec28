"""View models of "My exposure": plain values in, plain values out; no request, no database, no clock."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, groupby
from typing import Any

from django.utils.timezone import localdate

from traumatracker.engine.pack import Pack
from traumatracker.engine.points import Load
from traumatracker.engine.windows import Counted, five_years_start, load_between
from traumatracker.engine.windows import load as window_load
from traumatracker.web import charts
from traumatracker.web.exposure import words
from traumatracker.web.gatekeeper import Disputed, Entry, OwnRecord

Packs = Callable[[str], Pack]
Part = Callable[[Pack, str], str]
PAGE = 40  # entries on one page
WINDOWS = (28, 183, 365)  # days; Source: the pack's default windows


@dataclass(frozen=True)
class Window:
    """A window's name, and its count with its points beside it."""

    name: str
    load: Load

    @property
    def count(self) -> str:
        return words.exposures(self.load.count)

    @property
    def points(self) -> str:
        return words.points(self.load)


@dataclass(frozen=True)
class Row:
    """One entry of a list, in plain words. `said`: what the person said about it, if anything."""

    id: int
    on: str
    category: str
    part: str
    points: str
    said: str = ""


@dataclass(frozen=True)
class Year:
    """The entries of one calendar year that are on this page, and what the whole year comes to."""

    name: str
    summary: str
    rows: list[Row]


@dataclass(frozen=True)
class Said:
    """Something the person said is not right, shown back. `entry_id` is None when there is no such entry now."""

    id: int
    words: str
    when: str
    entry_id: int | None
    became: str
    is_checked: bool


@dataclass(frozen=True)
class MonthRow:
    """One line of the table behind the charts."""

    name: str
    load: Load
    running: Load


@dataclass(frozen=True)
class Chosen:
    """What the person filtered by: a calendar year, a type, a page; 0 and "" mean all."""

    year: int = 0
    category: str = ""
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        return bool(self.year or self.category)


@dataclass(frozen=True)
class Entries:
    """One page of the list, with what there is to choose from."""

    years: list[Year]
    matching: int
    page: int
    pages: int
    year_choices: list[int]
    category_choices: list[tuple[str, str]]
    chosen: Chosen


@dataclass(frozen=True)
class MyExposure:
    """Everything "My exposure" shows."""

    windows: list[Window]
    has_any: bool
    since: str
    charts: dict[str, Any]
    months: list[MonthRow]
    entries: Entries
    older: list[Row]
    said: list[Said]
    questions: int
    is_out: bool
    duty: str


def my_exposure(record: OwnRecord, today: date, packs: Packs, chosen: Chosen) -> MyExposure:
    """Return what "My exposure" shows of `record` on that day."""
    first = five_years_start(today)
    recent = [entry for entry in record.entries if first <= entry.exposed_on <= today]
    older = [entry for entry in record.entries if entry.exposed_on < first]
    months = month_rows(recent, first, today)
    return MyExposure(
        windows=windows(recent, today),
        has_any=bool(record.entries),
        since=words.day(first),
        charts=five_year_charts(recent, months, first, today) if recent else {},
        months=months,
        entries=entries(recent, packs, chosen, record.disputes),
        older=[row(entry, packs, {}) for entry in older],
        said=[said(item, record.entries, packs) for item in record.disputes],
        questions=record.questions,
        duty=words.duty(record.duty),
        is_out=record.level == "out",
    )


def windows(exposures: Sequence[Counted], today: date) -> list[Window]:
    """Return the windows that end today, shortest first, and five years."""
    five_years = Window("Last five years", load_between(exposures, five_years_start(today), today))
    return [*(Window(words.window_name(days), window_load(exposures, today, days)) for days in WINDOWS), five_years]


def month_rows(exposures: Iterable[Counted], first: date, last: date) -> list[MonthRow]:
    """Return every month from `first` to `last`, oldest first, with what fell in it and the running total."""
    sums = {month: [0, 0] for month in _months(first, last)}
    for exposure in exposures:
        month = sums[exposure.exposed_on.year, exposure.exposed_on.month]
        month[0] += 1
        month[1] += exposure.points
    loads = {month: Load(*both) for month, both in sums.items()}
    running = accumulate(loads.values())
    return [
        MonthRow(charts.Month(year, month, load).name, load, so_far)
        for ((year, month), load), so_far in zip(loads.items(), running, strict=True)
    ]


def five_year_charts(exposures: Sequence[Entry], months: list[MonthRow], first: date, last: date) -> dict[str, Any]:
    """Return the calendar and the running lines, each in its wide and its narrow shape."""
    sums: dict[date, list[int]] = {}
    for entry in reversed(exposures):
        day = sums.setdefault(entry.exposed_on, [0, 0])
        day[0] += 1
        day[1] += entry.points
    by_day = {day: Load(*both) for day, both in sums.items()}
    counts, points = accumulate(both[0] for both in sums.values()), accumulate(both[1] for both in sums.values())
    line = [charts.Point(*point) for point in zip(sums, counts, points, strict=True)]
    grid = [charts.Month(*month, row.load) for month, row in zip(_months(first, last), months, strict=True)]
    return {
        "calendar": charts.weeks(by_day, first, last) + charts.months(grid, first, last),
        "running": charts.running(line, first, last, charts.WIDE) + charts.running(line, first, last, charts.NARROW),
    }


def entries(
    recent: Sequence[Entry],
    packs: Packs,
    chosen: Chosen,
    disputes: Sequence[Disputed] = (),
    part: Part = words.role_plain,
) -> Entries:
    """Return the page of entries that was asked for, grouped by year, newest first. `part`: how a part is said."""
    matching = [
        entry
        for entry in recent
        if chosen.year in (0, entry.exposed_on.year) and chosen.category in ("", entry.category)
    ]
    pages = max(1, -(-len(matching) // PAGE))
    page = min(max(1, chosen.page), pages)
    on_page = {entry.id for entry in matching[(page - 1) * PAGE : page * PAGE]}
    spoken = {item.exposure_key: _SAID[item.kind] for item in disputes if item.exposure_key}
    years = []
    for year, group in groupby(matching, key=lambda entry: entry.exposed_on.year):
        whole = list(group)
        rows = [row(entry, packs, spoken, part) for entry in whole if entry.id in on_page]
        if rows:
            summary = words.load_words(Load(len(whole), sum(entry.points for entry in whole)))
            years.append(Year(str(year), summary, rows))
    return Entries(
        years=years,
        matching=len(matching),
        page=page,
        pages=pages,
        year_choices=sorted({entry.exposed_on.year for entry in recent}, reverse=True),
        category_choices=_category_choices(recent, packs),
        chosen=chosen,
    )


_SAID = {"not_there": "You said you were not there", "wrong_part": "You said your part is wrong"}


def row(entry: Entry, packs: Packs, spoken: dict[str, str], part: Part = words.role_plain) -> Row:
    """Return one entry in plain words."""
    pack = packs(entry.pack)
    return Row(
        id=entry.id,
        on=words.day(entry.exposed_on),
        category=words.category_name(pack, entry.category),
        part=part(pack, entry.role),
        points=words.points(Load(1, entry.points)),
        said=spoken.get(entry.key, ""),
    )


def said(item: Disputed, own: Sequence[Entry], packs: Packs) -> Said:
    """Return one thing the person said, in words that name the entry by type and day only."""
    entry = next((entry for entry in own if entry.key == item.exposure_key), None) if item.exposure_key else None
    pack = packs(entry.pack) if entry else None
    what = "An entry that is no longer in your list"
    if entry and pack:
        what = f"{words.category_name(pack, entry.category)}, {words.day(entry.exposed_on)}"
    return Said(
        item.id, said_words(item, what, packs, own), words.day(localdate(item.made_at)), entry.id if entry else None,
        words.BECAME.get(item.state, ""), item.state != "received",
    )  # fmt: skip


def said_words(item: Disputed, what: str, packs: Packs, own: Sequence[Entry]) -> str:
    """Return what was said as one sentence."""
    if item.kind == "not_there":
        return f"{what}: you were not there."
    pack = packs(own[0].pack) if own else packs("ptec_aligned")
    part = words.role_plain(pack, item.said_role).rstrip(".") if item.said_role else ""
    if item.kind == "wrong_part":
        return f"{what}: your part is wrong. You said: {part}."
    on = words.day(item.said_on) if item.said_on else ""
    return f"Missing: {words.category_name(pack, item.said_category)}, {on}.{f' {part}.' if part else ''}"


def _category_choices(recent: Iterable[Entry], packs: Packs) -> list[tuple[str, str]]:
    names = {entry.category: words.category_name(packs(entry.pack), entry.category) for entry in recent}
    return sorted(names.items(), key=lambda choice: choice[1])


def _months(first: date, last: date) -> list[tuple[int, int]]:
    whole = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [(month // 12, month % 12 + 1) for month in whole]
