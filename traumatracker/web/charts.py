"""Charts as SVG text: classes only, a title and a description, and always a table beside them in the page.

Every chart of five years exists in two shapes, `wide` and `narrow`; the style sheet shows the one whose words
are readable on the screen at hand. Sizes are in user units; a narrow chart is drawn for 320 pixels.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from itertools import count
from math import ceil, log10
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe

from traumatracker.engine.points import ONE, Load

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Exposures from which a cell is one shade darker. Source: judgement; steps that keep a busy and a quiet year legible.
WEEK_STEPS = (1, 2, 3, 5)
MONTH_STEPS = (1, 2, 4, 7)
_ids = count(1)


class Month(NamedTuple):
    """One calendar month and what fell in it."""

    year: int
    month: int
    load: Load

    @property
    def name(self) -> str:
        return f"{MONTHS[self.month - 1]} {self.year}"


class Point(NamedTuple):
    """The running count and points at the end of a day."""

    on: date
    count: int
    points: int  # ten-thousandths


def heat(amount: int, steps: tuple[int, ...] = WEEK_STEPS) -> int:
    """Return the shade, 0 to 4, of a cell with that many exposures."""
    return sum(amount >= step for step in steps)


def weeks(loads: dict[date, Load], first: date, last: date) -> SafeString:
    """Return a row of weeks for each calendar year from `first` to `last`; a cell's shade is its count."""
    side, gap, left, top = 13, 3, 40, 18
    step = side + gap
    cells: dict[tuple[int, int], Load] = {}
    for day, load in loads.items():
        place = day.year, (day.timetuple().tm_yday - 1) // 7
        cells[place] = cells.get(place, Load(0, 0)) + load
    parts = [_text(left + _week(date(2023, m, 1)) * step, 11, name) for m, name in enumerate(MONTHS, 1)]
    for row, year in enumerate(range(first.year, last.year + 1)):
        y = top + row * step
        parts.append(_text(0, y + 11, str(year)))
        for week in range(_week(max(first, date(year, 1, 1))), _week(min(last, date(year, 12, 31))) + 1):
            load = cells.get((year, week), Load(0, 0))
            where = f'x="{left + week * step}" y="{y}" width="{side}" height="{side}" rx="2"'
            said = f"<title>{_week_words(year, week, load)}</title>" if load.count else ""
            parts.append(f'<rect class="tt-heat-{heat(load.count)}" {where}>{said}</rect>')
    height = top + (last.year - first.year + 1) * step
    return _svg("tt-wide", left + 53 * step, height, "Exposures week by week", _span_words(loads, first, last), parts)


def months(rows: Sequence[Month], first: date, last: date) -> SafeString:
    """Return the same as a grid of months with the count written in each cell, for narrow screens."""
    step_x, step_y, left, top = 23, 24, 36, 16
    parts = [_text(left + m * step_x + 10, 11, name[0], "tt-middle") for m, name in enumerate(MONTHS)]
    years = range(first.year, last.year + 1)
    parts += [_text(0, top + row * step_y + 15, str(year)) for row, year in enumerate(years)]
    for item in rows:
        x, y = left + (item.month - 1) * step_x, top + (item.year - first.year) * step_y
        shade = heat(item.load.count, MONTH_STEPS)
        parts.append(f'<rect class="tt-heat-{shade}" x="{x}" y="{y}" width="20" height="21" rx="2"></rect>')
        if item.load.count:
            parts.append(_text(x + 10, y + 15, str(item.load.count), f"tt-middle tt-on-heat-{shade}"))
    words = _span_words({date(m.year, m.month, 1): m.load for m in rows}, first, last)
    return _svg("tt-narrow", 316, top + len(years) * step_y, "Exposures month by month", words, parts)


class Frame(NamedTuple):
    """Where a running line is drawn: size of the whole, margins, and the words above it."""

    shape: str
    width: int
    height: int
    left: int
    right: int


WIDE, NARROW = Frame("tt-wide", 880, 130, 40, 100), Frame("tt-narrow", 316, 120, 32, 66)


class Line(NamedTuple):
    """One rising line: the value at the end of each day it rose, and how its end is labelled."""

    steps: list[tuple[date, int]]
    label: str
    unit: str
    css: str


def running(line: Sequence[Point], first: date, last: date, frame: Frame) -> SafeString:
    """Return two lines one above the other over the same days: the running count, and the running points."""
    end = line[-1] if line else Point(last, 0, 0)
    total = Load(end.count, end.points)
    counts = Line(
        [(p.on, p.count) for p in line],
        f"{end.count:,}",
        "exposures" if end.count != 1 else "exposure",
        "tt-line-count",
    )
    points = Line([(p.on, p.points // ONE) for p in line], total.points_text, "points", "tt-line-points")
    years = [
        _text(_x(date(year, 1, 1), first, last, frame), 2 * frame.height + 16, str(year), "tt-middle")
        for year in range(first.year + 1, last.year + 1)
    ]
    parts = [*_panel(counts, first, last, frame, 0), *_panel(points, first, last, frame, frame.height), *years]
    words = f"From {first:%-d %B %Y} to {last:%-d %B %Y}: {_exposures(end.count)}, {total.points_text} points."
    return _svg(frame.shape, frame.width, 2 * frame.height + 22, "Running count and points", words, parts)


def bars(counts: Sequence[int], name: str, last_month: str) -> SafeString:
    """Return twelve small bars, one a month. The scale starts at six, so that one exposure never fills the height."""
    tallest = max(6, *counts)
    parts = []
    for place, amount in enumerate(counts):
        height = ceil(36 * amount / tallest) if amount else 1
        shade = "tt-bar" if amount else "tt-bar-none"
        x, y = place * 12, 38 - height
        parts.append(f'<rect class="{shade}" x="{x}" y="{y}" width="9" height="{height}"></rect>')
    words = f"Twelve calendar months up to {last_month}, exposures in each: {', '.join(map(str, counts))}."
    return _svg("tt-bars", 142, 40, f"{name}: month by month", words, parts)


def _panel(line: Line, first: date, last: date, frame: Frame, top: int) -> list[str]:
    ceiling = _ceiling(line.steps[-1][1] if line.steps else 0)
    floor_y, roof_y = top + frame.height - 12, top + 22

    def y(value: int) -> float:
        return round(floor_y - (floor_y - roof_y) * value / ceiling, 1)

    parts = []
    for value in (0, ceiling // 2, ceiling):
        edge = frame.width - frame.right
        parts.append(f'<line class="tt-grid" x1="{frame.left}" x2="{edge}" y1="{y(value)}" y2="{y(value)}"></line>')
        parts.append(_text(frame.left - 6, y(value) + 4, f"{value:,}", "tt-end"))
    # A line cannot show more than one step for each unit of width; the last one of them holds.
    steps = {round(_x(day, first, last, frame)): value for day, value in line.steps}
    level = line.steps[-1][1] if line.steps else 0
    path = [f"M{frame.left} {y(0)}", *(f"H{x}V{y(value)}" for x, value in steps.items())]
    end_x = _x(last, first, last, frame)
    parts.append(f'<path class="{line.css}" d="{"".join(path)}H{end_x}"></path>')
    parts.append(f'<circle class="{line.css}-end" cx="{end_x}" cy="{y(level)}" r="4"></circle>')
    parts.append(_text(end_x + 9, y(level) + 1, line.label, "tt-strong"))
    parts.append(_text(end_x + 9, y(level) + 15, line.unit))
    return parts


def _ceiling(value: int) -> int:
    """Return a round, even number at or above `value`: 2, 4, 10, 20, 40, 100 and so on."""
    if value <= 2:
        return 2
    power = 10 ** int(log10(value))
    return int(next(power * factor for factor in (1, 2, 4, 6, 8, 10) if power * factor >= value and power * factor > 1))


def _x(day: date, first: date, last: date, frame: Frame) -> float:
    span = (last - first).days or 1
    return round(frame.left + (frame.width - frame.left - frame.right) * (day - first).days / span, 1)


def _week(day: date) -> int:
    return (day.timetuple().tm_yday - 1) // 7


def _week_words(year: int, week: int, load: Load) -> str:
    start = date(year, 1, 1) + timedelta(days=7 * week)
    return f"Week from {start:%-d %B %Y}: {_exposures(load.count)}, {load.points_text} points"


def _exposures(count: int) -> str:
    return f"{count} exposure{'s' * (count != 1)}"


def _span_words(loads: dict[date, Load], first: date, last: date) -> str:
    total = sum(loads.values(), Load(0, 0))
    return f"{_exposures(total.count)} from {first:%-d %B %Y} to {last:%-d %B %Y}. The table below has the figures."


def _text(x: float, y: float, words: str, css: str = "") -> str:
    return f'<text class="{f"tt-label {css}".strip()}" x="{x}" y="{y}">{escape(words)}</text>'


def _svg(css: str, width: int, height: int, title: str, words: str, parts: Sequence[str]) -> SafeString:
    name = f"chart-{next(_ids)}"  # unique in a page however many charts it has
    head = (
        f'<svg class="tt-chart {css}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name} {name}-d">'
        f'<title id="{name}">{escape(title)}</title><desc id="{name}-d">{escape(words)}</desc>'
    )
    # Only numbers, dates and escaped words went in, so the text is safe as it stands.
    return mark_safe(head + "".join(parts) + "</svg>")  # noqa: S308
