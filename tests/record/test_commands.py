"""The commands that look after the record: what they print, and how they end."""

import json

import pytest

from tests.record.helpers import agree
from tests.record.station import RECEIVED, profile, take
from traumatracker import __main__
from traumatracker.commands import record as commands
from traumatracker.web import jobs
from traumatracker.web.live import worker
from traumatracker.web.live.supervise import only_worker


@pytest.fixture
def run(force, monkeypatch, capsys):
    """`run("compact", …)` → exit code and what was printed, over a station's record."""
    monkeypatch.setenv("TRAUMATRACKER_HOME", str(force.record.folder.parent))
    for module in (commands, jobs, worker):
        monkeypatch.setattr(module, "find_profile", lambda name: profile)

    def command(*words):
        code = __main__.main([words[0], "--profile", "tiny", *words[1:], "--json"])
        told = capsys.readouterr()
        return code, json.loads(told.out) if told.out else told.err

    return command


def test_compact(force, run):
    take(force)
    take(force, RECEIVED.replace(day=2), hr="Hr,Name\nP3,Cy\n")
    assert run("compact") == (0, {"profile": "tiny", "tables": {
        "hr": {"files_before": 2, "rows_before": 3, "files": 1, "rows": 3},
        "logs": {"files_before": 1, "rows_before": 7, "files": 1, "rows": 6},
    }})  # fmt: skip
    assert run("compact", "--forget-history") == (0, {"profile": "tiny", "tables": {
        "logs": {"files_before": 1, "rows_before": 6, "files": 1, "rows": 5},
    }})  # fmt: skip


def test_retain(force, run, settings):
    from datetime import date

    settings.TODAY = date(2024, 6, 1)
    take(force)
    rows = {"logs": 1, "log_codes": 1, "bookings": 1}
    assert run("retain", "--check") == (
        0, {"profile": "tiny", "check": True, "before": "2018-06-01", "incidents": 1, "rows": rows},
    )  # fmt: skip
    assert run("retain")[1]["rows"] == rows
    assert run("retain")[1]["rows"] == {}
    assert "whole number" in run("retain", "--years", "0")[1]


@pytest.mark.django_db
def test_erase(force, run):
    take(force)
    code, told = run("erase", "--person", "CANARY1")
    assert code == 0 and "CANARY1" not in json.dumps(told)
    assert told["rows_removed"] == {"hr": 1, "collars": 1, "bookings": 1}
    assert (told["identifiers"], told["messages_moved"], told["casework_deleted"]) == (1, 0, {})
    agree(force.record.of("tiny"))


@pytest.mark.django_db
def test_nobody_is_erased_while_a_live_worker_remembers_them(force, run):
    take(force)
    left = force.record.folder.parent / "live" / "tiny-0" / "rows.duckdb"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"CANARY1")
    with only_worker("tiny", force.record.folder.parent):
        code, told = run("erase", "--person", "CANARY1")
    assert code == 2 and "Stop `serve` or `live` first" in told
    assert run("erase", "--person", "CANARY1")[1]["rows_removed"]["hr"] == 1
    assert not left.exists()


def test_repair(force, run):
    take(force)
    log = force.record.of("tiny").folder / "logs" / "_delta_log"
    assert run("repair") == (0, {"profile": "tiny", "repaired": {}})
    for path in log.iterdir():
        path.unlink()
    log.rmdir()
    assert run("repair") == (0, {"profile": "tiny", "repaired": {"logs": 1}})
    agree(force.record.of("tiny"))


@pytest.mark.parametrize("command", ["compact", "retain", "repair"])
def test_a_record_that_is_not_there_is_said(run, command):
    code, told = run(command)
    assert code == 2 and "Run `traumatracker refresh` first" in told


def test_words_for_people():
    assert "Nothing to do" in commands._compacted({"tables": {}})
    assert "Nothing is kept" in commands._retained({"check": False, "incidents": 0, "before": "2018-06-01", "rows": {}})
    nobody = {"rows_removed": {}, "rows_emptied": {}, "casework_deleted": {}, "identifiers": 0}
    assert "Nothing was held" in commands._erased(nobody)
    some = commands._erased(nobody | {"rows_removed": {"hr": 1}, "rows_emptied": {"logs": 2}, "identifiers": 1})
    assert "logs" in some and "Run a refresh now" in some
    assert "in step" in commands._repaired({"repaired": {}})
