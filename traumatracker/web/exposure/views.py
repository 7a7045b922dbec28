"""A person's own pages: my exposure, why an entry is here, what could not be told."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from traumatracker.engine.explain import explain
from traumatracker.web import gatekeeper
from traumatracker.web.clock import today
from traumatracker.web.door import SELF, access, number
from traumatracker.web.exposure import presenters, why
from traumatracker.web.gatekeeper import Actor
from traumatracker.web.packs import pack_of


@access(SELF)
def my_exposure(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the reader their five years."""
    chosen = presenters.Chosen(
        year=number(request, "year", 0),
        category=request.GET.get("type", ""),
        page=number(request, "page", 1),
    )
    page = presenters.my_exposure(gatekeeper.own_record(actor), today(), pack_of, chosen)
    return render(request, "me/exposure.html", {"page": page, "section": "me"})


@access(SELF)
def entry(request: HttpRequest, actor: Actor, entry_id: int) -> HttpResponse:
    """Answer "Why is this here?" from the entry itself."""
    whole, disputes = gatekeeper.own_entry(actor, entry_id)
    pack = pack_of(whole.pack)
    page = why.page(whole, explain(why.as_exposure(whole), pack), pack, disputes)
    return render(request, "me/entry.html", {"page": page, "section": "me"})


@access(SELF)
def questions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show what the sources could not tell; none of it is in any count."""
    kinds = why.question_kinds(gatekeeper.own_questions(actor), pack_of)
    return render(request, "me/questions.html", {"kinds": kinds, "section": "me"})
