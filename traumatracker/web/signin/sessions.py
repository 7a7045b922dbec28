"""A browser's session: who is signed in, checked against the store at every request, and whether they confirmed it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from traumatracker.web.gatekeeper import OFFICE_KEY, SESSION_KEY
from traumatracker.web.signin import actions, limits, pending, reads
from traumatracker.web.signin.config import FORCE

SIGNED = "signed_in"  # the id of the SignInSession
NOBODY = {SESSION_KEY: "nobody"}  # what no session holds
_FAMILIES = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"))


class Standing:
    """Forgets a session that has ended, lasted its time, or stands for what its account no longer is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.standing = None  # type: ignore[attr-defined]
        session = request.session
        if settings.MODE == FORCE:
            if any(key in session for key in (SESSION_KEY, OFFICE_KEY, SIGNED)):
                request.standing = _standing(session)  # type: ignore[attr-defined]
                if request.standing is None:  # type: ignore[attr-defined]
                    session.flush()
        elif SIGNED in session:  # of a time when the pages ran for a force
            session.flush()
        return self.get_response(request)


def _standing(session: Any) -> reads.Standing | None:
    found = reads.standing(session.get(SIGNED, 0))
    now = timezone.now()
    if found is None or limits.is_over(started_at=found.started_at, seen_at=found.seen_at, now=now):
        return None
    if _stands_for(found) != {key: session[key] for key in (SESSION_KEY, OFFICE_KEY) if key in session}:
        return None
    if now - found.seen_at >= limits.NOTED_EVERY:
        actions.seen(session_id=found.id, at=now)
    return found


def _stands_for(found: reads.Standing) -> dict[str, str]:
    """Return what a session of this account must hold: its person, or the office it acts for if it still holds it."""
    if found.acting_as == reads.SELF:
        return {SESSION_KEY: str(found.person)} if found.person else NOBODY
    return {OFFICE_KEY: found.acting_as} if found.acting_as in reads.offices_of(found.issuer, found.subject) else NOBODY


def enter(request: HttpRequest, session_id: int) -> None:
    """Give the browser a new session key that stands for this session; other tabs' started sign-ins stay."""
    waiting = request.session.get(pending.KEY, [])
    request.session.flush()
    found = reads.standing(session_id)
    if found is None:
        return
    request.session[SIGNED] = session_id
    for key, value in _stands_for(found).items():
        request.session[key] = value
    if waiting:
        request.session[pending.KEY] = waiting


def must_confirm(request: HttpRequest) -> bool:
    """Return whether whoever is signed in must show again who they are before something that cannot wait for trust."""
    if settings.MODE != FORCE:
        return False
    found: reads.Standing | None = getattr(request, "standing", None)
    return found is None or not limits.is_confirmed(found.authenticated_at, timezone.now())


def browser_of(request: HttpRequest) -> str:
    """Return the browser's family and system in two words, for its person to know it again."""
    said = request.headers.get("User-Agent", "")
    family = next((name for mark, name in _FAMILIES if mark in said), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in said), "")
    return f"{family} on {system}" if system else family
