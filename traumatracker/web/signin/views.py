"""Signing in at the force's own provider, confirming, choosing an office, signing out, and one's own sessions."""

import logging
import time
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from traumatracker.web.door import OPEN, SELF, access
from traumatracker.web.gatekeeper import Actor
from traumatracker.web.signin import actions, limits, pending, reads, sessions
from traumatracker.web.signin.client import Client, client_of
from traumatracker.web.signin.config import FORCE
from traumatracker.web.signin.offices import OFFICES
from traumatracker.web.signin.refusal import Refused

log = logging.getLogger(__name__)


def page(request: HttpRequest) -> HttpResponse:
    """Show the one way in."""
    if request.method != "GET":
        return redirect("sign-in")
    return render(request, "signin/page.html", {"section": "sign-in"})


@access(OPEN)
def go(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider."""
    return _to_provider(request, pending.SIGN_IN)


@access(SELF, "GET")
def confirm(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Say why somebody must show again who they are; the link goes to `confirm_go`."""
    _only_for_a_force()
    return render(request, "signin/confirm.html")


@access(SELF)
def confirm_go(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Send the browser to the provider, which must ask again who it is."""
    return _to_provider(request, pending.CONFIRM)


@access(OPEN)
def callback(request: HttpRequest) -> HttpResponse:
    """Take the provider's answer: sign in, confirm, or refuse with one plain page for every reason."""
    _only_for_a_force()
    try:
        answer = {name: value for name, value in request.GET.items() if len(request.GET.getlist(name)) == 1}
        started = pending.take(request.session, answer.get("state", ""), int(time.time()))
        identity = _client().identify(answer, started)
        if started.purpose == pending.CONFIRM:
            session_id = request.session.get(sessions.SIGNED, 0)
            actions.confirm(session_id=session_id, identity=identity)
            sessions.enter(request, session_id)
            messages.success(request, "Thank you. For five minutes you need not confirm again.")
            return redirect("sharing")
        begun = actions.begin(identity, sessions.browser_of(request))
        _leave_behind(request)
        sessions.enter(request, begun)
    except Refused as refusal:
        return _refused(request, refusal)
    return redirect("sign-in-as" if reads.offices_of(identity.issuer, identity.subject) else "home")


@access(OPEN, "GET", "POST")
def sign_in_as(request: HttpRequest) -> HttpResponse:
    """Let an account that holds an office choose: itself, or the office. A session is never both."""
    _only_for_a_force()
    standing: reads.Standing | None = request.standing  # type: ignore[attr-defined]
    if standing is None:
        return redirect("sign-in")
    if request.method == "POST":
        if actions.act_as(session_id=standing.id, role=request.POST.get("role", "")):
            sessions.enter(request, standing.id)
        return redirect("home")
    held = [(word, OFFICES[word]) for word in reads.offices_of(standing.issuer, standing.subject) if word in OFFICES]
    return render(request, "signin/as.html", {"held": held, "is_somebody": standing.person is not None})


def leave(request: HttpRequest) -> HttpResponse:
    """End the session here, at once, then go on to the provider's own page for signing out."""
    _leave_behind(request)
    request.session.flush()
    answer = redirect("leave-provider")
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@access(OPEN)
def leave_provider(request: HttpRequest) -> HttpResponse:
    """Go to the provider's page for signing out: a page of its own, because a form may lead to nowhere but here."""
    _only_for_a_force()
    try:
        address = _client().address_to_leave()
    except Refused:
        address = ""
    answer = render(request, "signin/out.html", {"address": address})
    if address:
        answer["Refresh"] = f"0; url={address}"
    return answer


@access(OPEN)
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say that nobody is signed in any more; the provider sends people back to this page."""
    _only_for_a_force()
    return render(request, "signin/out.html", {"address": ""})


@access(SELF, "GET", "POST")
def own_sessions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the reader where they are signed in, and let them end any of it."""
    _only_for_a_force()
    if request.method == "POST":
        which = request.POST.get("session", "")
        if which == "all" or (which.isascii() and which.isdigit() and len(which) < 16):
            ended = actions.end_own(person=actor.id, session_id=None if which == "all" else int(which))
            if ended:
                messages.success(request, "Ended. Whoever sits there is asked to sign in again.")
        return redirect("sessions")
    found = reads.own_sessions(actor.id, timezone.now() - limits.ABSOLUTE)
    lasting = [one for one in found if not limits.is_over(**_times(one), now=timezone.now())]
    standing: reads.Standing = request.standing  # type: ignore[attr-defined]
    offices = reads.offices_of(standing.issuer, standing.subject)
    return render(
        request,
        "signin/sessions.html",
        {"sessions": lasting, "here": standing.id, "offices": offices, "section": "sessions"},
    )


def _times(one: reads.OwnSession) -> dict[str, object]:
    return {"started_at": one.started_at, "seen_at": one.seen_at}


def _to_provider(request: HttpRequest, purpose: str) -> HttpResponse:
    _only_for_a_force()
    try:
        started = pending.start(request.session, purpose, int(time.time()))
        return redirect(_client().address(started))
    except Refused as refusal:
        return _refused(request, refusal)


def _leave_behind(request: HttpRequest) -> None:
    """End the session this browser had until now."""
    if before := request.session.get(sessions.SIGNED):
        actions.end(session_id=before)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Answer every refusal alike, and write one line: why, and a number to find it by, and nothing of anybody."""
    number = uuid4().hex[:12]
    log.warning("A sign-in was refused: %s, request %s", refusal.reason, number)
    shown = {"number": number, "help": settings.SIGN_IN.help}
    return render(request, "signin/refused.html", shown, status=403)


def _client() -> Client:
    return client_of(settings.SIGN_IN)


def _only_for_a_force() -> None:
    if settings.MODE != FORCE:
        raise Http404
