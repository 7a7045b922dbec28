"""How the sources are, and what they cannot see."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from traumatracker.access.rules import DataClass, Relation
from traumatracker.web import gatekeeper
from traumatracker.web.desk import actions, presenters, reads
from traumatracker.web.desk.coverage import coverage as read_coverage
from traumatracker.web.door import COVERING, DESK, OFFICE, access


@access(OFFICE)
def feeds(request: HttpRequest, office: Relation) -> HttpResponse:
    """Show every source: when it last brought rows, whether it is late, what is held."""
    gatekeeper.settles(office, DataClass.FEEDS)
    now = timezone.now()
    lines = [presenters.line(source, now) for source in reads.sources(now)]
    page = {
        "lines": lines, "late": sum(line.is_late for line in lines),
        "held": [presenters.held(one) for one in reads.held()],
        "can_release": office == Relation.DESK, "days": reads.SHOWN_DAYS, "section": "feeds",
    }  # fmt: skip
    return render(request, "desk/feeds.html", page)


@access(DESK, "POST")
def release(request: HttpRequest, office: Relation, hold_id: int) -> HttpResponse:
    """Release a held batch: the next refresh takes it."""
    gatekeeper.settles(office, DataClass.FEEDS)
    if actions.release(hold_id=hold_id, by=office.value):
        messages.success(request, "Released. The next refresh takes this batch.")
    else:
        messages.info(request, "There was nothing to release any more.")
    return redirect("feeds")


@access(COVERING)
def coverage(request: HttpRequest, reader: Relation) -> HttpResponse:
    """Show what the sources could not be linked to, which parts they never show, and which codes nobody has mapped."""
    gatekeeper.settles(reader, DataClass.COVERAGE)
    return render(request, "desk/coverage.html", {"coverage": read_coverage(settings.HOME), "section": "coverage"})
