"""What the command line shows while it works and when it is done: progress, tables, or JSON for machines."""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO


class Progress:
    """A line on a terminal that says the step, how much, how fast and how long still; silent elsewhere.

    Called as `progress(step, done, total)`; `total` may be None where nobody knows.
    """

    def __init__(self, stream: TextIO = sys.stderr, every_seconds: float = 0.2):
        self.stream, self.every = stream, every_seconds
        self.on_terminal = stream.isatty()
        self.step, self.started, self.shown, self.width = "", time.monotonic(), 0.0, 0

    def __call__(self, step: str, done: int, total: int | None = None) -> None:
        now = time.monotonic()
        if step != self.step:
            self.finish()
            self.step, self.started, self.shown = step, now, 0.0
        if self.on_terminal and (now - self.shown >= self.every or done == total):
            self.shown = now
            self._write(describe(step, done, total, now - self.started))

    def finish(self) -> None:
        """End the line, so that what is printed next starts on its own."""
        if self.on_terminal and self.width:
            self.stream.write("\n")
            self.width = 0

    def _write(self, text: str) -> None:
        self.stream.write("\r" + text.ljust(self.width))
        self.stream.flush()
        self.width = len(text)


def describe(step: str, done: int, total: int | None, seconds: float) -> str:
    """Return one line of progress: "applying  1,200 of 9,000  4,100 a second  2 s left"."""
    rate = done / seconds if seconds > 0.5 else 0
    parts = [step, f"{done:,} of {total:,}" if total else f"{done:,}"]
    if rate:
        parts.append(f"{rate:,.0f} a second")
        if total and done < total:
            parts.append(f"{duration((total - done) / rate)} left")
    return "  ".join(parts)


def duration(seconds: float) -> str:
    """Return a length of time as people say it: "8 s", "3 min", "2 h 5 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as aligned text; numbers to the right, thousands separated."""
    shown = [[_cell(value) for value in row] for row in rows]
    numeric = [all(isinstance(row[i], (int, float)) or row[i] is None for row in rows) for i in range(len(headings))]
    widths = [max(len(str(line[i])) for line in [list(headings), *shown]) for i in range(len(headings))]
    lines = []
    for line in [list(headings), ["-" * width for width in widths], *shown]:
        cells = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"


def as_json(value: Any) -> str:
    """Return JSON; dates as text, everything else as it is."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
