"""Who can see my record: leaving the tracker and coming back, and who looked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from traumatracker.web import gatekeeper
from traumatracker.web.door import SELF, access
from traumatracker.web.gatekeeper import Actor
from traumatracker.web.people import actions, presenters
from traumatracker.web.signin.sessions import must_confirm

DONE = {
    "out": "You have left the tracker. Your supervisor can no longer see anything of your record.",
    "full": "You are back. Your supervisor can see your entries again.",
}


@access(SELF, "GET", "POST")
def sharing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show who can see the reader's record, and let them leave or come back, at once."""
    if request.method == "POST":
        if must_confirm(request):
            return redirect("confirm")
        level = request.POST.get("level", "")
        if level in actions.OFFERED and actions.choose_sharing(level=level, by=actor.id):
            messages.success(request, DONE[level])
        return redirect("sharing")
    choices = gatekeeper.own_sharing(actor)
    is_out = bool(choices) and choices[0].level == "out"
    return render(request, "me/sharing.html", {"choices": choices, "is_out": is_out, "section": "sharing"})


@access(SELF)
def looked(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the reader who else looked at their record, when, at what and why."""
    looks, own = gatekeeper.own_looks(actor)
    return render(request, "me/looked.html", {"lines": presenters.lines(looks), "own": own, "section": "looked"})
