"""The pages start for a force only when everything sign-in needs is there and safe."""

import json
import os
import subprocess
import sys

import pytest

from traumatracker.web.signin import config

GOOD = {
    "TRAUMATRACKER_OIDC_ISSUER": "https://login.microsoftonline.com/8c5e1a52-6f0e-4f0a-9c0b-0a7d5b3f2e11/v2.0",
    "TRAUMATRACKER_OIDC_CLIENT_ID": "traumatracker",
    "TRAUMATRACKER_OIDC_CLIENT_SECRET": "a-secret-of-the-tests",
    "TRAUMATRACKER_URL": "https://tracker.force.test",
}
ISSUER, TENANT = "TRAUMATRACKER_OIDC_ISSUER", "TRAUMATRACKER_OIDC_TENANT"
BAD = [
    (ISSUER, "", "TRAUMATRACKER_OIDC_ISSUER is not set"),
    (ISSUER, "http://idp.force.test", "does not begin with https"),
    (ISSUER, "https://login.microsoftonline.com/common/v2.0", "more than one organisation"),
    (ISSUER, "https://login.microsoftonline.com/Organizations/v2.0", "more than one organisation"),
    (ISSUER, "https://login.microsoftonline.com/{tenantid}/v2.0", "more than one organisation"),
    (ISSUER, "https://login.microsoftonline.com/force.example/v2.0", "does not name the tenant by its id"),
    (TENANT, "another", "not the tenant of the issuer"),
    ("TRAUMATRACKER_OIDC_CLIENT_ID", "", "CLIENT_ID is not set"),
    ("TRAUMATRACKER_OIDC_CLIENT_SECRET", "", "CLIENT_SECRET is not set"),
    ("TRAUMATRACKER_OIDC_CLIENT_SECRET", "short", "too short"),
    ("TRAUMATRACKER_URL", "http://tracker.force.test", "does not begin with https"),
    ("TRAUMATRACKER_URL", "https://tracker.force.test/here", "has a path"),
    ("TRAUMATRACKER_URL", "https://elsewhere.test", "must name the host"),
]


def faults(environment, **changed):
    around = {"https": True, "hosts": ["tracker.force.test"], "secret_key": "abcdefghijkl" * 5}
    return " ".join(config.faults(config.provider(environment), **around | changed))


def test_what_is_right_starts():
    assert faults(GOOD) == ""
    assert config.provider(GOOD).tenant == "8c5e1a52-6f0e-4f0a-9c0b-0a7d5b3f2e11"


@pytest.mark.parametrize(("name", "value", "said"), BAD)
def test_what_is_wrong_does_not(name, value, said):
    assert said in faults(GOOD | {name: value})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"https": False}, "HTTPS is off"),
        ({"hosts": ["*"]}, "must not be"),
        ({"secret_key": "short"}, "weak"),
        ({"secret_key": "ab" * 40}, "weak"),
    ],
)
def test_what_is_wrong_around_it_does_not(changed, said):
    assert said in faults(GOOD, **changed)


def test_the_secret_is_not_shown():
    assert GOOD["TRAUMATRACKER_OIDC_CLIENT_SECRET"] not in repr(config.provider(GOOD))


TOLD = (
    "import json, traumatracker.web.wsgi; from django.conf import settings as s; print(json.dumps(["
    "s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_AGE, s.SECURE_SSL_REDIRECT, "
    "s.SECURE_HSTS_SECONDS]))"
)


def started(tmp_path, **more):
    environment = os.environ | GOOD | {"TRAUMATRACKER_MODE": "force", "TRAUMATRACKER_HOME": str(tmp_path)} | more
    return subprocess.run([sys.executable, "-c", TOLD], env=environment, capture_output=True, text=True)


def test_a_process_starts_with_all_of_it_and_its_cookies_are_safe(tmp_path):
    done = started(tmp_path, TRAUMATRACKER_HTTPS="yes", TRAUMATRACKER_HOSTS="tracker.force.test")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["__Host-session", True, 36_000, True, 31_536_000]


def test_a_process_does_not_start_without(tmp_path):
    done = started(tmp_path)
    assert done.returncode != 0
    assert "HTTPS is off" in done.stderr
    assert GOOD["TRAUMATRACKER_OIDC_CLIENT_SECRET"] not in done.stderr
