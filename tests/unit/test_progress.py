"""Progress on a terminal: the step, how much, how fast and how long still."""

import io

from traumatracker import commands, console
from traumatracker.__main__ import main


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_made_up_force_shows_how_far_it_is(tmp_path, monkeypatch, capsys):
    shown = Terminal()
    monkeypatch.setattr(commands.made_up, "Progress", lambda: console.Progress(shown, every_seconds=0))
    words = ["synthesise", "--people", "20", "--years", "1", "--seed", "1", "--as-of", "2026-11-01"]
    assert main([*words, "--out", str(tmp_path / "force")]) == 0
    lines = shown.getvalue().split("\r")
    assert any(line.startswith("making up (days)  365 of 36") for line in lines), lines[-3:]


def test_a_line_says_rate_and_time_left():
    assert console.describe("applying", 1200, 9000, 2.0) == "applying  1,200 of 9,000  600 a second  13 s left"
    assert console.describe("reading", 5, None, 0.1) == "reading  5"


def test_nothing_is_written_where_nobody_looks():
    silent = io.StringIO()
    progress = console.Progress(silent)
    progress("reading", 1, 2)
    progress.finish()
    assert silent.getvalue() == ""
