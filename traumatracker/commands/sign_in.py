"""Who holds an office, and ending somebody's sessions."""

import argparse
from argparse import Namespace
from typing import Any

from traumatracker.commands.common import DONE, REFUSED_SOME, day, django, home, show, with_json
from traumatracker.console import table
from traumatracker.errors import CannotRun


def add(each: Any) -> None:
    """Add these commands to the command line."""
    group = each.add_parser("office", help="say who holds an office: data steward or duty desk")
    group.description = "Offices: grant one to an account of the identity provider, revoke it, list who holds any."
    inner = group.add_subparsers(dest="office_command", required=True, metavar="WHAT", help="what to do")
    _grant(inner.add_parser("grant", help="give an account an office"))
    _revoke(inner.add_parser("revoke", help="take an office from an account, at once"))
    _list(inner.add_parser("list", help="list every grant, with its dates"))
    group = each.add_parser("sessions", help="end the sessions of a person")
    group.description = "Sessions of people who are signed in."
    inner = group.add_subparsers(dest="sessions_command", required=True, metavar="WHAT", help="what to do")
    _end(inner.add_parser("end", help="sign a person out everywhere, at once"))


def _grant(command: argparse.ArgumentParser) -> None:
    command.description = "Give an account an office, from its next sign-in on. There is no office that sees a record."
    _whose(command)
    command.add_argument("--until", type=day, metavar="DATE", help="the last day it holds; without it, until revoked")
    with_json(command)
    command.set_defaults(command=grant)


def _revoke(command: argparse.ArgumentParser) -> None:
    command.description = "Take an office from an account. Its next page is refused."
    _whose(command)
    with_json(command)
    command.set_defaults(command=revoke)


def _whose(command: argparse.ArgumentParser) -> None:
    command.add_argument("--office", required=True, metavar="NAME", help="steward or desk")
    command.add_argument(
        "--subject", required=True, metavar="ID", help="the account as the provider writes it; in Entra its object id"
    )


def _list(command: argparse.ArgumentParser) -> None:
    command.description = "List every grant of an office ever made, newest first."
    with_json(command)
    command.set_defaults(command=list_grants)


def _end(command: argparse.ArgumentParser) -> None:
    command.description = "End every session of a person: their next page asks them to sign in again."
    command.add_argument("--person", required=True, metavar="ID", help="the HR file's reference")
    command.add_argument(
        "--unlink", action="store_true", help="also forget which account is theirs, after they were given another"
    )
    with_json(command)
    command.set_defaults(command=end)


def grant(chosen: Namespace) -> int:
    """Give an office."""
    issuer = _store_and_issuer()
    from traumatracker.web.signin import actions

    actions.grant(issuer=issuer, subject=chosen.subject, office=chosen.office, until=chosen.until)
    until = chosen.until.isoformat() if chosen.until else None
    show(
        chosen,
        {"office": chosen.office, "until": until},
        lambda _: f"Granted {(until and 'until ' + until) or 'until revoked'}.",
    )
    return DONE


def revoke(chosen: Namespace) -> int:
    """Take an office; exit code 1 when the account did not hold it."""
    issuer = _store_and_issuer()
    from traumatracker.web.signin import actions

    ended = actions.revoke(issuer=issuer, subject=chosen.subject, office=chosen.office)
    show(chosen, {"revoked": ended}, lambda done: f"{done['revoked']} revoked.")
    return DONE if ended else REFUSED_SOME


def list_grants(chosen: Namespace) -> int:
    """List the grants."""
    _store()
    from traumatracker.web.signin import reads

    def words(found: list[dict[str, Any]]) -> str:
        heads = ("office", "account", "granted", "last day", "revoked")
        return table(heads, [tuple(each[name] or "" for name in reads.Granted._fields) for each in found])

    plain = [{name: _plain(value) for name, value in each._asdict().items()} for each in reads.grants()]
    show(chosen, plain, words)
    return DONE


def end(chosen: Namespace) -> int:
    """End the sessions of a person."""
    _store()
    from traumatracker.web.signin import actions

    ended = actions.end_all_of(hr_ref=chosen.person, unlink=chosen.unlink)
    show(chosen, {"ended": ended}, lambda done: f"{done['ended']} ended.")
    return DONE


def _store() -> None:
    """Make the casework store usable, and up to date."""
    django()
    from traumatracker.web import jobs

    jobs.prepare(home())


def _store_and_issuer() -> str:
    """Make the store usable and return the issuer that accounts are of. Raises CannotRun when none is set."""
    _store()
    from django.conf import settings

    if not settings.SIGN_IN.issuer:
        raise CannotRun("TRAUMATRACKER_OIDC_ISSUER is not set, so it is not known whose account this is. Set it first.")
    return str(settings.SIGN_IN.issuer)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
