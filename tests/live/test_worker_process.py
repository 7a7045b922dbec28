"""The worker as a process of its own: killed in the middle of its transaction, started again, ended by its parent."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests import stores

FIRST = """
import sys
from datetime import date
from pathlib import Path
import django
django.setup()
from tests.live.made_up import KERRY, ORLA, Force, incident, send, unit
force = Force(Path(sys.argv[1]), Path(sys.argv[2]), date(2026, 3, 2))
force.refresh()
send(incident(ref="K1", units=[unit(ORLA)]), incident(ref="K2", units=[unit(KERRY)]))
"""
LIVE = ["-m", "traumatracker", "live", "--profile", "synthetic", "--with-parent"]
SAID = "SELECT event_id, hr_ref FROM exposure_exposure e JOIN people_person p ON p.id = e.person_id"
PATIENCE_SECONDS = 120  # until a worker that will never do it has failed; a worker that does takes a few


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def environment(home, **more):
    """What a process needs to work on this home alone."""
    ours = {"DJANGO_SETTINGS_MODULE": "traumatracker.web.settings", "TRAUMATRACKER_TODAY": "2026-03-02"}
    return os.environ | ours | stores.own(home) | more


def start(home, **more):
    """Start a worker whose parent holds the other end of its standard input."""
    command = [sys.executable, *LIVE]
    return subprocess.Popen(command, env=environment(home, **more), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)


def seen(home):
    return sorted(row for row in map(tuple, stores.rows(home, SAID)) if row[0] in ("cad:K1", "cad:K2"))


def test_killed_while_it_commits_it_loses_and_doubles_nothing_and_ends_with_its_parent(home, folder):
    subprocess.run([sys.executable, "-c", FIRST, str(home), str(folder)], env=environment(home), check=True)
    killed = start(home, TRAUMATRACKER_TEST_KILL_AT="commit:1").wait(PATIENCE_SECONDS)
    assert (killed, seen(home)) == (-signal.SIGKILL, [])
    worker = start(home)
    ends = time.monotonic() + PATIENCE_SECONDS
    while len(seen(home)) < 2 and worker.poll() is None and time.monotonic() < ends:
        time.sleep(0.1)
    worker.stdin.close()
    assert worker.wait(PATIENCE_SECONDS) == 0
    assert seen(home) == [("cad:K1", "P004001"), ("cad:K2", "P004002")]
    assert not list((home / "live").glob("synthetic-*")), "what a killed worker left is swept"
