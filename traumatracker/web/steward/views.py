"""The data steward's queue."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from traumatracker.access.rules import DataClass, Relation
from traumatracker.web import gatekeeper
from traumatracker.web.door import STEWARD, access, number
from traumatracker.web.packs import pack_of
from traumatracker.web.steward import actions, presenters, reads
from traumatracker.web.steward.decisions import Cannot
from traumatracker.web.steward.transitions import KINDS, NOTES, STATES, WAYS

ANYTHING = "any"


@access(STEWARD)
def queue(request: HttpRequest, office: Relation) -> HttpResponse:
    """Show what waits, filtered by kind, state and source."""
    gatekeeper.settles(office, DataClass.QUEUE)
    kind = request.GET.get("kind", "")
    state = request.GET.get("state", "open")
    source = request.GET.get("source", "")
    kind, state = kind if kind in KINDS else "", state if state in STATES else ""
    page = max(number(request, "page", 1), 1)
    listed = reads.queue(kind, state, source, page)
    return render(
        request,
        "steward/queue.html",
        {
            "rows": [_listed(row) for row in listed.rows],
            "total": listed.total,
            "kinds": [(name, KINDS[name].name, count, name == kind) for name, count in listed.kinds.items() if count],
            "states": [
                (name, presenters.STATE_NAMES[name], count, name == state) for name, count in listed.states.items()
            ],
            "sources": listed.sources,
            "kind": kind, "state": state or ANYTHING, "source": source, "page": page,
            "has_more": page * reads.PAGE < listed.total,
            "section": "queue",
        },
    )  # fmt: skip


@access(STEWARD, "GET", "POST")
def item(request: HttpRequest, office: Relation, item_id: int) -> HttpResponse:
    """Show one item, and settle it in the way whose button was pressed."""
    gatekeeper.settles(office, DataClass.QUEUE)
    row = reads.item(item_id)
    if row is None:
        raise Http404
    pack = None
    if row.kind == "dispute":
        gatekeeper.disputed_by(row.about["dispute"])
        pack = pack_of(row.about["pack"])
    problem: Cannot | None = None
    if request.method == "POST":
        try:
            return _settle(request, row)
        except Cannot as wrong:
            problem = wrong
    shown = presenters.item(row, pack)
    roles = [(role.id, role.plain) for role in pack.roles.values() if role.weight] if pack else []
    page: dict[str, Any] = {
        "item": shown, "steps": presenters.steps(reads.steps(item_id), row.kind), "notes": NOTES.items(),
        "versions": reads.versions(row) if row.kind == "conflict" else [],
        "roles": roles, "said": request.POST, "problem": problem, "section": "queue",
    }  # fmt: skip
    return render(request, "steward/item.html", page)


@access(STEWARD, "POST")
def undo(request: HttpRequest, office: Relation, item_id: int) -> HttpResponse:
    """Take back what settled an item."""
    gatekeeper.settles(office, DataClass.QUEUE)
    _known(item_id)
    if actions.undo(item_id=item_id):
        messages.success(request, "Taken back. It waits again.")
    return redirect("queue-item", item_id=item_id)


@access(STEWARD, "POST")
def send_back(request: HttpRequest, office: Relation, item_id: int) -> HttpResponse:
    """Send an item back to its source."""
    gatekeeper.settles(office, DataClass.QUEUE)
    _known(item_id)
    if actions.send_back(item_id=item_id):
        messages.success(request, "Sent back. Tell whoever runs the source the reason and the place shown here.")
    return redirect("queue-item", item_id=item_id)


def _listed(row: reads.Row) -> tuple[reads.Row, str, str, str, str]:
    return row, presenters.source(row), KINDS[row.kind].name, presenters.reason(row), presenters.settled(row)


def _settle(request: HttpRequest, row: reads.Row) -> HttpResponse:
    how = request.POST.get("how", "")
    if how not in WAYS[row.kind]:
        raise Http404
    if actions.resolve(item_id=row.id, how=how, answer=request.POST.dict()):
        messages.success(request, "Settled. It takes effect with the next message or refresh, and can be taken back.")
    else:
        messages.info(request, "Somebody else was quicker. This is how it stands now.")
    return redirect("queue-item", item_id=row.id)


def _known(item_id: int) -> None:
    if reads.item(item_id) is None:
        raise Http404
