"""Feed health in words and as a chart."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from traumatracker.web.desk.reads import FILES, SHOWN_DAYS, Held, Source

WORDS = {"fall": "fell to", "rise": "rose to"}
BAR, GAP, TALL = 18, 4, 48  # user units of the chart


@dataclass(frozen=True)
class Line:
    """One source as the page shows it. `state`: "Late", "As expected" or "Nothing is expected of it"."""

    name: str
    profile: str
    expected: str
    last: str
    age: str
    state: str
    is_late: bool
    rows: int
    rows_of: str
    refused: int
    refused_of: str
    chart: SafeString
    days: list[tuple[str, int]]


def line(source: Source, now: datetime) -> Line:
    """Return one source in words, as at `now`."""
    late = source.late_since
    known = source.expected.by or source.expected.every_minutes
    state = f"Late since {_at(late)}" if late else "As expected" if known else "Nothing is expected of it"
    first = timezone.localtime(now).date() - timedelta(days=SHOWN_DAYS - 1)
    days = [(f"{first + timedelta(days=number):%-d %b}", rows) for number, rows in enumerate(source.days)]
    return Line(
        name="Files" if source.kind == FILES else f"Live: {source.name}", profile=source.profile,
        expected=expected(source), last=_at(source.last) if source.last else "never", age=age(source.last, now),
        state=state, is_late=late is not None, rows=source.rows, refused=source.refused,
        rows_of="in the newest batch" if source.kind == FILES else f"in {SHOWN_DAYS} days",
        refused_of="by the newest refresh" if source.kind == FILES else "in 24 hours",
        chart=chart(days, f"{source.profile} {source.name}"), days=days,
    )  # fmt: skip


def expected(source: Source) -> str:
    """Say when a source is to be heard."""
    if source.expected.by:
        return f"every day by {source.expected.by:%H:%M}"
    return f"every {source.expected.every_minutes} minutes" if source.expected.every_minutes else "no time is set"


def age(last: datetime | None, now: datetime) -> str:
    """Say how long ago that was, in the largest unit that fits."""
    if last is None:
        return "nothing yet"
    minutes = max(int((now - last).total_seconds() // 60), 0)
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            number = minutes // size
            return f"{number} {name}{'' if number == 1 else 's'} ago"
    return "less than a minute ago"


def held(one: Held) -> dict[str, Any]:
    """Return a held batch in words."""
    tables = [f"{t['table']} {WORDS[t['kind']]} {t['rows']:,} rows; usual are {t['usual']:,}" for t in one.tables]
    return {"id": one.id, "profile": one.profile, "at": _at(one.held_at), "tables": tables}


def chart(days: list[tuple[str, int]], about: str) -> SafeString:
    """Return a bar for each day, oldest left; the table beside it says the same."""
    most = max((rows for _, rows in days), default=0) or 1
    wide = len(days) * (BAR + GAP)
    bars = "".join(
        f'<rect class="tt-bar" x="{number * (BAR + GAP)}" y="{TALL - height}" width="{BAR}" height="{height}"/>'
        for number, (_, rows) in enumerate(days)
        if (height := max(round(TALL * rows / most), 2 if rows else 0))
    )
    base = f'<line class="tt-grid" x1="0" y1="{TALL}" x2="{wide}" y2="{TALL}"/>'
    title = f"Rows of {escape(about)} on each of the last {len(days)} days"
    return mark_safe(  # noqa: S308 - made of numbers and one escaped name
        f'<svg class="tt-days" viewBox="0 0 {wide} {TALL + 1}" role="img" aria-label="{title}">{bars}{base}</svg>'
    )


def _at(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%-d %B %Y, %H:%M}"
