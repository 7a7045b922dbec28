"""A supervisor's pages: my team, and one member of it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from traumatracker.web import gatekeeper
from traumatracker.web.clock import today
from traumatracker.web.door import SUPERVISOR, access, number
from traumatracker.web.exposure import team_presenters
from traumatracker.web.gatekeeper import Actor
from traumatracker.web.packs import pack_of


@access(SUPERVISOR)
def my_team(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show everyone posted to the reader's teams today, by name."""
    teams = [team_presenters.team_page(team, today()) for team in gatekeeper.team_today(actor)]
    return render(request, "team/team.html", {"teams": teams, "section": "team"})


@access(SUPERVISOR)
def member(request: HttpRequest, actor: Actor, person_id: UUID) -> HttpResponse:
    """Show one member's entries by type, part and date."""
    page = team_presenters.member_page(
        gatekeeper.team_member(actor, person_id), today(), pack_of, number(request, "page", 1)
    )
    return render(request, "team/member.html", {"page": page, "section": "team"})
