"""Pages about nobody: sign-in, support, what this is, and the page to hide behind."""

import logging
import sys
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from traumatracker.web import demonstration, gatekeeper, retry
from traumatracker.web.door import OPEN, access
from traumatracker.web.mode import DEMONSTRATION
from traumatracker.web.signin import views as signin
from traumatracker.web.support import LINES

FIRST_PAGE = {"steward": "queue", "desk": "feeds"}  # of each office
SECONDS_TO_WAIT = 10  # what a browser or a program that asks again is told. Source: judgement
log = logging.getLogger(__name__)


@access(OPEN)
def home(request: HttpRequest) -> HttpResponse:
    """Go to the reader's own page, or to sign-in."""
    office = gatekeeper.office(request)
    return redirect(FIRST_PAGE[office] if office else "my-exposure" if gatekeeper.actor(request) else "sign-in")


@access(OPEN, "GET", "POST")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the way in: for a force its provider, in a demonstration a list of made-up people (see web.mode)."""
    if settings.MODE != DEMONSTRATION:
        return signin.page(request)
    return _as_anybody(request)


def _as_anybody(request: HttpRequest) -> HttpResponse:
    """Let anybody be any made-up person."""
    if request.method == "POST":
        if (office := request.POST.get("office", "")) in gatekeeper.OFFICES:
            request.session.flush()
            request.session[gatekeeper.OFFICE_KEY] = office
            return redirect("home")
        person = demonstration.person(_uuid(request.POST.get("person", "")))
        if person:
            request.session.flush()
            request.session[gatekeeper.SESSION_KEY] = str(person)
            return redirect("my-exposure")
        messages.error(request, "That person is not in the list. Choose another.")
        return redirect("sign-in")
    name, team = request.GET.get("name", "").strip(), request.GET.get("team", "")
    people = demonstration.people(name=name, team=team)
    return render(
        request,
        "sign_in.html",
        {
            "picked": [] if name or team else demonstration.picked(),
            "groups": demonstration.by_team(people),
            "found": len(people),
            "most": demonstration.MOST,
            "teams": demonstration.teams(),
            "name": name,
            "team": team,
            "section": "sign-in",
        },
    )


@access(OPEN, "POST")
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget who is signed in, and have the browser forget what it kept."""
    if settings.MODE != DEMONSTRATION:
        return signin.leave(request)
    request.session.flush()
    answer = redirect("sign-in")
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@access(OPEN)
def about(request: HttpRequest) -> HttpResponse:
    """Say what this is, what it never does and where its limits are."""
    return render(request, "about.html", {"section": "about"})


@access(OPEN)
def support(request: HttpRequest) -> HttpResponse:
    """Show who to talk to."""
    return render(request, "support.html", {"section": "support"})


@access(OPEN)
def hidden(request: HttpRequest) -> HttpResponse:
    """Show a page that says nothing, for when somebody walks past."""
    return render(request, "hidden.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer alike for what is absent and what is not yours."""
    return render(_known(request), "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """Answer a request that was refused, such as a form without its token."""
    return render(_known(request), "403.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer when something broke, an unwritable audit included; asks the database for nothing.

    The log gets what kind of failure it was and an id that the page shows too; a path or a message could name somebody.
    """
    kind, error, _ = sys.exc_info()
    if (why := retry.trouble(error)) or isinstance(error, retry.StoreAway):
        return _away(why or error.trouble)
    number = uuid4().hex[:12]
    log.error("A page failed: %s, request %s", kind.__name__ if kind else "unknown", number)
    return render(None, "500.html", {"line": LINES[0], "number": number}, status=500)


def _away(why: retry.Trouble) -> HttpResponse:
    """Say that the store is away or busy, which passes; nothing was changed that the reader was not told of."""
    log.error("A page could not be answered: the casework store is %s", why)
    answer = render(None, "503.html", {"line": LINES[0]}, status=503)
    answer["Retry-After"] = SECONDS_TO_WAIT
    return answer


def _known(request: HttpRequest) -> HttpRequest:
    """Return the request knowing who is signed in, where no view came far enough to ask."""
    if not hasattr(request, "actor"):
        request.actor = gatekeeper.actor(request)  # type: ignore[attr-defined]
        request.office = gatekeeper.office(request)  # type: ignore[attr-defined]
    return request


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
