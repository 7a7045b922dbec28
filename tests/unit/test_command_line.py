"""Exit codes and words of the command line, whatever goes wrong."""

import subprocess
import sys

import pytest

from traumatracker import __main__, commands


def run(monkeypatch, action, *arguments):
    monkeypatch.setattr(commands.made_up, "synthesise", action)
    return __main__.main(["synthesise", "--out", "anywhere", *arguments])


def raising(error):
    def action(chosen):
        raise error

    return action


def test_what_nobody_foresaw_says_its_kind_and_never_its_text(monkeypatch, capsys):
    assert run(monkeypatch, raising(ValueError("P004001 was at 12 High Street"))) == 2
    said = capsys.readouterr().err
    assert "ValueError" in said and "High Street" not in said and "Traceback" not in said


def test_the_traceback_is_shown_to_whoever_asks_for_it(monkeypatch):
    monkeypatch.setenv("TRAUMATRACKER_TRACEBACK", "1")
    with pytest.raises(ValueError):
        run(monkeypatch, raising(ValueError("x")))


def test_a_place_that_cannot_be_written_is_named(monkeypatch, capsys):
    assert run(monkeypatch, raising(NotADirectoryError(20, "Not a directory", "a/file/inside"))) == 2
    assert capsys.readouterr().err == "traumatracker: cannot use a/file/inside: Not a directory.\n"


def test_stopping_is_quiet_and_says_that_nothing_is_lost(monkeypatch, capsys):
    assert run(monkeypatch, raising(KeyboardInterrupt())) == 2
    assert "What was finished is kept" in capsys.readouterr().err


def test_the_version_is_the_packages(capsys):
    with pytest.raises(SystemExit) as ended:
        __main__.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("traumatracker 0.")


@pytest.mark.parametrize("name", ["synthesise", "refresh", "exposures", "score-truth", "serve"])
def test_every_command_has_help_and_json(name, capsys):
    with pytest.raises(SystemExit) as ended:
        __main__.main([name, "--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_a_date_that_is_none_is_refused_with_how_to_write_it(capsys):
    with pytest.raises(SystemExit) as ended:
        __main__.main(["refresh", "--profile", "synthetic", "x", "--as-of", "30/11/2026"])
    assert ended.value.code == 2
    assert "2026-11-30" in capsys.readouterr().err


FLOOD = """
from traumatracker import __main__, commands
def flood(chosen):
    for _ in range(100_000):
        print('line')
commands.made_up.synthesise = flood
raise SystemExit(__main__.main(['synthesise', '--out', 'anywhere']))
"""


def test_whoever_has_read_enough_ends_the_output_without_a_word():
    writer = subprocess.Popen([sys.executable, "-c", FLOOD], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout.readline() == b"line\n"
    writer.stdout.close()
    assert (writer.wait(30), writer.stderr.read()) == (0, b"")
