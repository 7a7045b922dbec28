"""Headers on every answer, and the refusal to answer at all outside demonstration mode."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from traumatracker.errors import CannotRun
from traumatracker.web.made_up import require_made_up_data
from traumatracker.web.mode import require_demonstration

Answer = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class DemonstrationOnly:
    """Stops the application from loading when the mode is not demonstration, and from answering over real records."""

    def __init__(self, get_response: Answer):
        require_demonstration()
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            require_made_up_data()
        except CannotRun as refusal:
            plain = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
            return HttpResponse(f"{refusal}\n", status=503, headers=plain)
        return self.get_response(request)


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
