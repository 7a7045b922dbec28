"""A person says what is not right, and takes it back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from traumatracker.web import gatekeeper
from traumatracker.web.clock import today
from traumatracker.web.door import SELF, access
from traumatracker.web.exposure import actions, why
from traumatracker.web.exposure.forms import Missing, NotRight
from traumatracker.web.gatekeeper import Actor
from traumatracker.web.intake.reads import newest_run
from traumatracker.web.packs import pack_of

DEFAULT_PACK = "ptec_aligned"  # whose words are offered before anything has been read


@access(SELF, "GET", "POST")
def not_right(request: HttpRequest, actor: Actor, entry_id: int) -> HttpResponse:
    """Keep what the reader says about one of their entries."""
    whole, _ = gatekeeper.own_entry(actor, entry_id)
    pack = pack_of(whole.pack)
    form = NotRight(_sent(request), pack=pack, recorded=whole.role)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        actions.dispute_entry(entry_id=entry_id, kind=said["kind"], role=said["role"], by=actor.id)
        return redirect("said")
    page = why.heading(whole, pack)
    return render(request, "me/not_right.html", {"page": page, "form": form, "section": "me"})


@access(SELF, "GET", "POST")
def missing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep that an entry is missing."""
    run = newest_run()
    form = Missing(_sent(request), pack=pack_of(run.pack if run else DEFAULT_PACK), today=today())
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        actions.report_missing(category=said["category"], on=said["on"], role=said["role"], by=actor.id)
        return redirect("said")
    return render(request, "me/missing.html", {"form": form, "section": "me"})


@access(SELF)
def said(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Confirm that it has been kept, and say what happens next."""
    return render(request, "me/said.html", {"section": "me"})


@access(SELF, "POST")
def take_back(request: HttpRequest, actor: Actor, dispute_id: int) -> HttpResponse:
    """Take back something the reader said."""
    kind = actions.take_back(dispute_id=dispute_id, by=actor.id)
    if not kind:
        raise Http404
    after = "It is no longer reported as missing." if kind == "missing" else "The entry stands as it was."
    messages.success(request, f"You have taken that back. {after}")
    return redirect("my-exposure")


def _sent(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, even if it is empty, so that an empty answer is asked again."""
    return request.POST if request.method == "POST" else None
