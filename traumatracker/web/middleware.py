"""Headers on every answer, and the refusal to answer at all in a mode that is not safe."""

from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from traumatracker.errors import CannotRun
from traumatracker.web import retry
from traumatracker.web.audit.request import request_id
from traumatracker.web.made_up import require_made_up_data
from traumatracker.web.mode import DEMONSTRATION, require_mode

Answer = Callable[[HttpRequest], HttpResponse]

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class PlainText:
    """Refuses a request that carries the character NUL, which no text here may hold and PostgreSQL cannot keep."""

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = [*request.GET.lists(), *request.COOKIES.items()]
        if request.content_type in FORMS:
            with suppress(MultiPartParserError):  # whoever reads the form says so
                sent += request.POST.lists()
        if any("\0" in text for name, said in sent for text in (name, *([said] if isinstance(said, str) else said))):
            plain = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
            return HttpResponse("The request holds a character that no text may hold.\n", status=400, headers=plain)
        return self.get_response(request)


class SafeMode:
    """Stops the application from loading in a mode that is not set up, a demonstration from showing real records."""

    def __init__(self, get_response: Answer):
        require_mode()
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.MODE != DEMONSTRATION:
            return self.get_response(request)
        try:
            retry.again(
                require_made_up_data, retry.PAGE_PATIENCE
            )  # the first to ask the store: waits, but not for long
        except retry.StoreAway:
            raise  # answered like everywhere else (web.views.failed)
        except CannotRun as refusal:
            plain = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
            return HttpResponse(f"{refusal}\n", status=503, headers=plain)
        return self.get_response(request)


class Numbered:
    """Gives each request an id of its own, which the audit writes down with what the request showed or changed."""

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = request_id.set(uuid4().hex)
        try:
            return self.get_response(request)
        finally:
            request_id.reset(before)


class Headers:
    """Adds the content security policy, and forbids keeping a copy of any page.

    Style sheets and fonts hold nothing personal and are answered before this adds `no-store` to them.
    """

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Content-Security-Policy"] = POLICY
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response
