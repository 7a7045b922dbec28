"""Gives each test process a home of its own and the demonstration mode, before anything reads the settings.

A pytest plugin, named in pyproject.toml: Django's settings are read before any conftest.py.
"""

import os
import shutil
import tempfile

PREFIX = "TRAUMATRACKER_"
KEPT = ("TRAUMATRACKER_REAL_DATA", "TRAUMATRACKER_TEST_")  # what tests themselves may be told from outside


def pytest_configure(config):
    config.add_cleanup(lambda: shutil.rmtree(HOME, ignore_errors=True))


def _own_home() -> str:
    for name in [name for name in os.environ if name.startswith(PREFIX) and not name.startswith(KEPT)]:
        del os.environ[name]
    home = tempfile.mkdtemp(prefix="traumatracker-test-")
    os.environ["TRAUMATRACKER_HOME"] = home
    os.environ["TRAUMATRACKER_MODE"] = "demonstration"
    return home


HOME = _own_home()
