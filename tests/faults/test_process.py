"""Fault catalogue, "Process and database": cases 1 to 3 and 8 to 10, on whole processes. Those that need a database
server (4 to 7, 11) stand in test_database.py; 12 (a lagging replica) cannot happen: there is one store and no replica.
"""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from tests.faults import kills

REFUSED_SOME = 1  # how a refresh ends that set a row aside; the second delivery holds a conflict
ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("TRAUMATRACKER_TEST_KILLS", "12"))


def test_01_02_a_refresh_killed_at_any_moment_leaves_what_an_undisturbed_one_leaves():
    done = kills.spread(KILLS, seed=1)
    assert done["kills"] == KILLS
    assert done["rows_expected"] > 200
    assert done["rows_different"] == 0, done
    assert len(done["steps_hit"]) > 1, "at named steps too"


def test_the_harness_bites_a_careless_loader():
    assert kills.spread(12, seed=1, careless=True)["rows_different"] > 0


# --- whole processes of the command line


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A home that has read a first delivery, with a second laid out."""
    home = tmp_path_factory.mktemp("template") / "home"
    _python("from tests.faults import scenario; scenario.first(Path(sys.argv[1]))", home, home)
    return home


@pytest.fixture
def home(template, tmp_path):
    copied = tmp_path / "home"
    shutil.copytree(template, copied)
    return copied


@pytest.fixture(scope="module")
def expected(template, tmp_path_factory):
    """The state of an undisturbed second refresh."""
    undisturbed = tmp_path_factory.mktemp("undisturbed") / "home"
    shutil.copytree(template, undisturbed)
    assert _refresh(undisturbed).wait() in (0, 1)
    return _state(undisturbed)


def test_03_two_loaders_on_the_same_files(home, expected):
    both = [_refresh(home), _refresh(home)]
    codes = sorted(process.wait() for process in both)
    assert codes in ([REFUSED_SOME] * 2, [REFUSED_SOME, 2]), "one after the other, or the second is told to wait"
    assert _state(home) == expected


@pytest.mark.parametrize("megabytes", [0, 1])
def test_08_a_full_disk_stops_cleanly_and_the_next_run_goes_on(home, expected, megabytes):
    """Files may not grow beyond this: what a full disk or a quota does to a writer, for every file it writes."""
    most = megabytes * 2**20 + 20_000

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    stopped = _refresh(home, preexec_fn=full, stderr=subprocess.PIPE)
    said = stopped.communicate()[1].decode()
    assert stopped.returncode in (REFUSED_SOME, 2), said
    assert "Traceback" not in said
    assert _refresh(home).wait() in (0, 1)
    assert _state(home) == expected


def test_09_running_out_of_memory_is_a_kill_like_any_other(home, expected):
    def little():
        resource.setrlimit(resource.RLIMIT_AS, (600 * 2**20, 600 * 2**20))

    assert _refresh(home, preexec_fn=little, stderr=subprocess.DEVNULL).wait() != 0
    assert _refresh(home).wait() in (0, 1)
    assert _state(home) == expected


@pytest.mark.parametrize("after_seconds", [0.3, 0.8, 1.2])
def test_10_a_deploy_ends_the_process_in_time(home, expected, after_seconds):
    process = _refresh(home, stderr=subprocess.DEVNULL)
    time.sleep(after_seconds)
    process.terminate()
    process.wait(timeout=30)
    assert _refresh(home).wait() in (0, 1)
    assert _state(home) == expected


def test_12_there_is_one_store_and_no_replica():
    assert list(settings.DATABASES) == ["default"]


def _environment(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRAUMATRACKER_")}
    kept.pop("DATABASE_URL", None)
    return kept | {"TRAUMATRACKER_HOME": str(home), "TRAUMATRACKER_MODE": "demonstration", "PYTHONPATH": str(ROOT)}


def _refresh(home, **options):
    words = [
        "-m",
        "traumatracker",
        "refresh",
        "--profile",
        "synthetic",
        str(home / "in"),
        "--as-of",
        "2026-03-02",
        "--json",
    ]
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options
    return subprocess.Popen([sys.executable, *words], env=_environment(home), cwd=ROOT, **options)


def _python(code, home, *words):
    head = "import sys; from pathlib import Path; import os; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'traumatracker.web.settings'); import django; django.setup(); "  # noqa: E501 - one program
    line = [sys.executable, "-c", head + code, *map(str, words)]
    done = subprocess.run(line, env=_environment(home), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _state(home):
    code = "import json; from tests.faults import state; print(json.dumps(state.whole(Path(sys.argv[1]))))"
    return json.loads(_python(code, home, home).splitlines()[-1])
