"""A small force, made once, and a store for each test in which its files have been read."""

import shutil
from datetime import date

import pytest

from tests.live.made_up import Force
from traumatracker.sources import synthetic

AS_OF = date(2026, 3, 2)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The files of a made-up force of 20 people."""
    out = tmp_path_factory.mktemp("force")
    synthetic.write(out, people=20, years=1, seed=7, as_of=AS_OF)
    return out


@pytest.fixture
def force(db, tmp_path, folder, settings):
    """A force whose files have been read once; its day is the day of the files."""
    settings.TODAY = AS_OF
    own = tmp_path / "files"
    shutil.copytree(folder, own)
    made = Force(tmp_path / "home", own, AS_OF)
    made.refresh()
    yield made
    made.killed()
