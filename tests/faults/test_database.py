"""Fault catalogue, "Process and database": cases 4 to 7 and 11, against a PostgreSQL of their own.

A refresh runs in a process of its own while the server is crashed, stopped, or its connections are cut; the state it
ends with must be that of a refresh nothing disturbed. TRAUMATRACKER_TEST_CRASHES says how many crashes (default few).
"""

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests import postgres

ROOT = Path(__file__).resolve().parents[2]
CRASHES = int(os.environ.get("TRAUMATRACKER_TEST_CRASHES", "3"))
SETUP = """
import os, sys
from pathlib import Path
import django
django.setup()
from tests.faults import scenario, state
"""

pytestmark = pytest.mark.skipif(postgres.programs() is None and not os.environ.get("CI"), reason=postgres.NOT_HERE)


@pytest.fixture(scope="module")
def server():
    with postgres.Server(max_connections=20) as running:
        running.create("template")
        yield running


@pytest.fixture(scope="module")
def template(server, tmp_path_factory):
    """A home and a database that have read a first delivery."""
    home = tmp_path_factory.mktemp("template") / "home"
    assert _python("scenario.first(Path(sys.argv[1]))", home, server.url("template")).wait() == 0
    return home


@pytest.fixture
def case(server, template, tmp_path, request):
    """A copy of both; returns home and address."""
    import psycopg

    name = f"case{abs(hash(request.node.name)) % 10**9}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template')
    home = tmp_path / "home"
    shutil.copytree(template, home)
    return home, server.url(name)


@pytest.fixture(scope="module")
def expected(server, template, tmp_path_factory):
    """The state that an undisturbed second run leaves."""
    import psycopg

    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute('CREATE DATABASE "undisturbed" TEMPLATE template')
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    shutil.copytree(template, home)
    assert _second(home, server.url("undisturbed")).wait() == 0
    return _state(home, server.url("undisturbed"))


def test_04_the_database_crashes_while_a_refresh_runs(server, case, expected):
    chance = random.Random(4)
    running = _second(*case)
    for _ in range(CRASHES):
        time.sleep(chance.uniform(0.2, 1.5))
        server.stop("immediate")
        server.start()
    _ended_well(running, case)
    assert _state(*case) == expected


def test_05_the_database_is_down_and_comes_back(server, case, expected):
    running = _second(*case)
    time.sleep(0.6)
    server.stop("fast")
    time.sleep(3)
    server.start()
    assert running.wait(timeout=90) == 0, "it goes on unaided"
    assert _state(*case) == expected


def test_06_its_connections_are_cut_in_the_middle(server, case, expected):
    import psycopg

    running = _second(*case)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        while running.poll() is None:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'case%' AND random() < 0.3"
            )
            time.sleep(0.25)
    _ended_well(running, case)
    assert _state(*case) == expected


def test_07_eight_writers_that_clash_lose_nothing(case):
    """Eight threads choose, take back and choose again for the same people, at once; every choice is kept."""
    code = """
import threading
from django.db import connection
from traumatracker.web.people.actions import choose_sharing
from traumatracker.web.people.models import Person, SharingChoice
people = list(Person.objects.values_list('id', flat=True))[:2]
kept = []
def work(number):
    for turn in range(6):
        level = 'out' if (number + turn) % 2 else 'full'
        for person in people:
            kept.append(choose_sharing(level=level, by=person))
    connection.close()
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(len(kept), sum(kept), SharingChoice.objects.count())
"""
    done = _python(code, *case, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said, problems = done.communicate(timeout=90)
    assert done.returncode == 0, problems
    answered, chosen, stored = map(int, said.decode().split())
    assert answered == 8 * 6 * 2
    assert chosen == stored, "what was answered as stored is stored, and nothing else"


def test_11_no_connection_is_free(server, case, expected):
    """Every connection is taken for a while: whoever comes waits a bounded time, and goes on when one is free."""
    import psycopg

    taken = []
    with psycopg.connect(server.url(), autocommit=True) as keeper:
        try:
            while True:
                taken.append(psycopg.connect(server.url()))
        except psycopg.OperationalError:
            pass
        running = _second(*case)
        freed = threading.Timer(3, lambda: [one.close() for one in taken])
        freed.start()
        assert running.wait(timeout=90) == 0
        freed.join()
        assert keeper.execute("SELECT 1").fetchone() == (1,)
    assert _state(*case) == expected


def _ended_well(running, case):
    """Wait; a run that gave up says so with an exit code, and the same command run again ends it."""
    if running.wait(timeout=120):
        assert _second(*case).wait(timeout=120) == 0


def _second(home, url):
    return _python("scenario.second(Path(sys.argv[1]))", home, url)


def _state(home, url):
    running = _python(
        "import json; print(json.dumps(state.whole(Path(sys.argv[1]))))", home, url, stdout=subprocess.PIPE
    )
    said = running.communicate(timeout=90)[0]
    assert running.returncode == 0
    return json.loads(said.decode().splitlines()[-1])


def _python(code, home, url, **options):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRAUMATRACKER_")}
    environment = kept | {
        "TRAUMATRACKER_HOME": str(home), "TRAUMATRACKER_MODE": "demonstration", "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "traumatracker.web.settings", "PYTHONPATH": str(ROOT),
        "TRAUMATRACKER_TODAY": "2026-03-02",
    }  # fmt: skip
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options
    return subprocess.Popen([sys.executable, "-c", SETUP + code, str(home)], env=environment, cwd=ROOT, **options)
