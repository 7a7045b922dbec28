"""Gives each test process a home of its own, the demonstration mode and its store, before anything reads the settings.

A pytest plugin, named in pyproject.toml: Django's settings are read before any conftest.py.
"""

import os
import shutil
import tempfile

from tests import postgres

PREFIX = "TRAUMATRACKER_"
KEPT = ("TRAUMATRACKER_REAL_DATA", "TRAUMATRACKER_TEST_")  # what tests themselves may be told from outside
STORE = os.environ.get("TRAUMATRACKER_TEST_STORE", "sqlite")
STORES = ("sqlite", "postgresql")


def pytest_configure(config):
    config.add_cleanup(lambda: shutil.rmtree(HOME, ignore_errors=True))
    config.add_cleanup(postgres.stop_shared)


def _own_home() -> str:
    for name in [name for name in os.environ if name.startswith(PREFIX) and not name.startswith(KEPT)]:
        del os.environ[name]
    home = tempfile.mkdtemp(prefix="traumatracker-test-")
    os.environ["TRAUMATRACKER_HOME"] = home
    os.environ["TRAUMATRACKER_MODE"] = "demonstration"
    return home


def _own_store() -> None:
    """Never the store of whoever runs the tests: a file in the home, or a database on a server of our own."""
    os.environ.pop("DATABASE_URL", None)
    if STORE not in STORES:
        raise SystemExit(f"TRAUMATRACKER_TEST_STORE is {STORE!r}; the tests run on {' or '.join(STORES)}.")
    if STORE == "postgresql":
        os.environ["DATABASE_URL"] = postgres.at(postgres.shared(), "traumatracker")


HOME = _own_home()
_own_store()
