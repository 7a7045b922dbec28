"""A small force, made once, and for each test a store in which its files have been read."""

import shutil
from datetime import date
from itertools import chain

import pytest
from django.core import serializers
from django.db import transaction
from django.test import override_settings

from tests.live.made_up import Force
from traumatracker.sources import synthetic
from traumatracker.web.exposure.models import Exposure, OpenQuestion
from traumatracker.web.intake.models import Footing, Run
from traumatracker.web.people.models import Person, Posting, Unit

AS_OF = date(2026, 3, 2)
LAST = 200  # lines of each large file
MODELS = (Run, Unit, Person, Posting, Exposure, OpenQuestion, Footing)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The files of a made-up force of 20 people: who they are, and the last logs and duties."""
    whole, out = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("force")
    synthetic.write(whole, people=20, years=1, seed=7, as_of=AS_OF)
    for name in ("hr_people", "hr_identifiers", "hr_units", "hr_postings", "codes"):
        shutil.copy(whole / f"{name}.csv", out)
    for name in ("logs", "log_results", "log_resources", "duty_resources"):
        header, *lines = (whole / f"{name}.csv").read_text("utf-8").splitlines(keepends=True)
        (out / f"{name}.csv").write_text("".join([header, *lines[-LAST:]]), "utf-8")
    return out


@pytest.fixture(scope="session")
def read_once(folder, tmp_path_factory, django_db_setup, django_db_blocker):
    """A home whose record holds the files, and everything the store then says."""
    home = tmp_path_factory.mktemp("read") / "home"
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(TODAY=AS_OF):
        Force(home, folder, AS_OF).refresh()
        said = serializers.serialize("json", chain(*(model.objects.all() for model in MODELS)))
        transaction.set_rollback(True)
    return home, said


@pytest.fixture
def start(read_once, folder, tmp_path_factory, settings):
    """`start()` → a force whose files have been read once, with files of its own to change."""
    settings.TODAY = AS_OF

    def made():
        place = tmp_path_factory.mktemp("force")
        shutil.copytree(folder, place / "files")
        shutil.copytree(read_once[0], place / "home")
        for one in serializers.deserialize("json", read_once[1]):
            one.save()
        return Force(place / "home", place / "files", AS_OF)

    return made


@pytest.fixture
def force(db, start):
    """A force whose files have been read once; its day is the day of the files."""
    made = start()
    yield made
    made.killed()
