"""The pages start in a mode that is set up and in no other."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from django.conf import settings as live
from django.test import Client

from tests.web import factories
from traumatracker.errors import CannotRun
from traumatracker.web import made_up
from traumatracker.web.mode import require_mode


@pytest.mark.parametrize("mode", ["", "production", "Demonstration", "demonstration "])
def test_any_other_mode_is_refused(settings, mode):
    settings.MODE = mode
    with pytest.raises(CannotRun, match="demonstration"):
        require_mode()


@pytest.mark.django_db
def test_no_way_of_starting_answers_a_request_in_another_mode(settings):
    settings.MODE = "production"
    with pytest.raises(CannotRun):
        Client().get("/sign-in/")


@pytest.mark.django_db
@pytest.mark.parametrize("profile", ["own_force", "gone"])
def test_nothing_is_shown_once_the_store_holds_a_forces_own_records(monkeypatch, profile):
    real = made_up.find_profile
    made_up.may_be_shown.cache_clear()
    monkeypatch.setattr(
        made_up,
        "find_profile",
        lambda name: replace(real("synthetic"), demonstration=False) if name == "own_force" else real(name),
    )
    factories.run()
    assert Client().get("/sign-in/").status_code == 200
    factories.run(profile=profile)
    answer = Client().get("/sign-in/")
    assert (answer.status_code, answer["Cache-Control"]) == (503, "no-store")
    assert b"neither made up nor published" in answer.content


def test_the_server_does_not_start(tmp_path):
    environment = os.environ | {"TRAUMATRACKER_MODE": "production", "TRAUMATRACKER_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", "import traumatracker.web.wsgi"], env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "CannotRun" in done.stderr


def test_the_signing_key_is_made_once_and_kept_from_others():
    path = live.HOME / "secret_key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == live.SECRET_KEY
    assert len(live.SECRET_KEY) > 50
