"""Sign-ins a browser has started and not finished, kept in its session: state, nonce and PKCE's verifier of each."""

import secrets
from hmac import compare_digest
from typing import Any, NamedTuple

from traumatracker.web.signin.refusal import Refused

KEY = "sign_ins"
MOST = 5  # at one time: a browser with several tabs. Source: judgement
SECONDS = 600  # to sign in at the provider, a second factor included. Source: judgement
SIGN_IN, CONFIRM = "sign_in", "confirm"  # what for
_BYTES = 32


class Started(NamedTuple):
    """One started sign-in. `at`: seconds since 1970; `purpose`: to sign in, or to confirm who is signed in."""

    state: str
    nonce: str
    verifier: str
    purpose: str
    at: int


def start(session: Any, purpose: str, now: int) -> Started:
    """Note a sign-in in the session and return it."""
    started = Started(*(secrets.token_urlsafe(_BYTES) for _ in range(3)), purpose, now)
    session[KEY] = [*waiting(session, now)[-(MOST - 1) :], list(started)]
    return started


def take(session: Any, state: str, now: int) -> Started:
    """Return the sign-in of this state and forget it. Raises Refused when this browser started none such."""
    found = [one for one in map(Started._make, waiting(session, now)) if compare_digest(one.state, state)]
    if not found:
        raise Refused("not_started")
    session[KEY] = [one for one in waiting(session, now) if one[0] != found[0].state]
    return found[0]


def waiting(session: Any, now: int) -> list[list[Any]]:
    """Return what is waiting and not too old, oldest first."""
    return [one for one in session.get(KEY, []) if 0 <= now - one[-1] <= SECONDS]
