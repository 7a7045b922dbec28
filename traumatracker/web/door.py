"""Every page says who may come in. A page without such a word does not start (tests/web/test_door.py)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from traumatracker.access.rules import Relation
from traumatracker.web import gatekeeper
from traumatracker.web.feed import reads
from traumatracker.web.feed.problems import problem

OPEN = "open"  # anybody: nothing about a person is on it
SELF = "self"  # whoever is signed in, about themselves
SUPERVISOR = "supervisor"  # whoever supervises a team today
STEWARD = "steward"  # whoever holds the office of data steward
DESK = "desk"  # whoever holds the duty desk
OFFICE = "office"  # whoever holds either office
COVERING = "covering"  # either office, or a supervisor: what the sources cannot see, of nobody in particular
FEED = "feed"  # a source that shows its token: a program, so no session, no form and no page

KINDS = frozenset({OPEN, SELF, SUPERVISOR, STEWARD, DESK, OFFICE, COVERING, FEED})
OFFICES = {
    STEWARD: (STEWARD,),
    DESK: (DESK,),
    OFFICE: (STEWARD, DESK),
    COVERING: (STEWARD, DESK),
}  # which offices a kind of page is for

View = Callable[..., HttpResponse]


def number(request: HttpRequest, name: str, otherwise: int) -> int:
    """Return a whole number from the address, or `otherwise` where there is none; never an error."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise


def access(kind: str, *methods: str) -> Callable[[View], View]:
    """Let in whom `kind` says, with the methods named (GET when none is). A view that needs a person gets the actor."""
    if kind not in KINDS:
        raise ValueError(f"no page is open to {kind!r}")

    named = methods or ("GET",)
    allowed = ("HEAD", *named) if "GET" in named else named

    def guard(view: View) -> View:
        if kind == FEED:
            return _for_programs(view, allowed)

        @wraps(view)
        def entered(request: HttpRequest, **address: Any) -> HttpResponse:
            request.actor = gatekeeper.actor(request)  # type: ignore[attr-defined]
            request.office = gatekeeper.office(request)  # type: ignore[attr-defined]
            if request.method not in allowed:
                return _not_like_that(request, allowed)
            if kind == OPEN:
                return view(request, **address)
            if request.actor is None and not request.office:  # type: ignore[attr-defined]
                return redirect("sign-in")
            if kind in OFFICES:
                return _of_office(view, request, kind, address)
            if request.actor is None or (kind == SUPERVISOR and not request.actor.teams):  # type: ignore[attr-defined]
                raise Http404
            return view(request, request.actor, **address)  # type: ignore[attr-defined]

        entered.access = kind  # type: ignore[attr-defined]
        return entered

    return guard


def _of_office(view: View, request: HttpRequest, kind: str, address: dict[str, Any]) -> HttpResponse:
    """Let in whoever holds the office; to anybody else the page is not there. The view gets the relation."""
    office, actor = request.office, request.actor  # type: ignore[attr-defined]
    if office in OFFICES[kind]:
        return view(request, Relation(office), **address)
    if kind == COVERING and actor is not None and actor.teams:
        return view(request, Relation.SUPERVISOR, **address)
    raise Http404


def _for_programs(view: View, allowed: tuple[str, ...]) -> View:
    """Let in whoever shows a token; the view gets the sender. Every refusal is JSON."""

    @wraps(view)
    def entered(request: HttpRequest, **address: Any) -> HttpResponse:
        if request.method not in allowed:
            answer = problem("method")
            answer["Allow"] = ", ".join(allowed)
            return answer
        sender = reads.sender(request.headers.get("Authorization", ""))
        return view(request, sender, **address) if sender else problem("token")

    entered.access = FEED  # type: ignore[attr-defined]
    return entered


def _not_like_that(request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    answer = render(request, "405.html", status=405)
    answer["Allow"] = ", ".join(allowed)
    return answer
