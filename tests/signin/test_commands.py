"""What an administrator does from the command line: offices, and ending sessions."""

import json

import pytest

from traumatracker.__main__ import main
from traumatracker.web import jobs
from traumatracker.web.signin.models import SignInSession


@pytest.fixture
def run(people, monkeypatch, capsys):
    """`run("office", "list")` → exit code, and what was printed as JSON, or the sentence of an error."""
    monkeypatch.setattr(jobs, "prepare", lambda home: None)

    def command(*words):
        code = main([*words])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else err

    return command


def test_an_office_is_granted_listed_and_revoked(run):
    whose = ("--office", "steward", "--subject", "subject-1")
    assert run("office", "grant", *whose, "--until", "2026-12-31") == (0, {"office": "steward", "until": "2026-12-31"})
    _, listed = run("office", "list")
    assert [(one["office"], one["subject"], one["until"], one["revoked_at"]) for one in listed] == [
        ("steward", "subject-1", "2026-12-31", None)
    ]
    assert run("office", "revoke", *whose) == (0, {"revoked": 1})
    assert run("office", "revoke", *whose) == (1, {"revoked": 0})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--office", "vetting", "--subject", "s"), "never evidence against them"),
        (("--office", "chief", "--subject", "s"), "Choose one of: steward, desk"),
        (("--office", "desk", "--subject", ""), "object id"),
        (("--office", "desk", "--subject", "s", "--until", "2020-01-01"), "The last day has passed"),
    ],
)
def test_what_cannot_be_granted(run, words, said):
    code, error = run("office", "grant", *words)
    assert code == 2
    assert said in error
    assert run("office", "list") == (0, [])


def test_without_an_issuer_nobody_knows_whose_account_it_is(run, as_force):
    from dataclasses import replace

    as_force.SIGN_IN = replace(as_force.SIGN_IN, issuer="")
    code, error = run("office", "grant", "--office", "desk", "--subject", "s")
    assert (code, "TRAUMATRACKER_OIDC_ISSUER" in error) == (2, True)


def test_sessions_are_ended(run, browser_of):
    browser_of().sign_in()
    assert run("sessions", "end", "--person", "H-1") == (0, {"ended": 1})
    assert SignInSession.objects.get().ended_at
    code, error = run("sessions", "end", "--person", "H-999")
    assert (code, "H-999" in error) == (2, False)
