"""Small makers of rows, so that a test says only what matters to it. Everyone and everything here is made up."""

from datetime import date, datetime, timedelta
from itertools import count

from traumatracker.web.audit.chain import Look, append
from traumatracker.web.exposure.models import Exposure, OpenQuestion
from traumatracker.web.intake.models import Run
from traumatracker.web.people.models import AuditEvent, Person, Posting, Unit

TODAY = date(2026, 11, 22)
_numbers = count(1)


def run(**values):
    return Run.objects.create(
        **{
            "profile": "synthetic",
            "pack": "ptec_aligned@1",
            "as_of": TODAY,
            "state": "done",
            "finished_at": "2026-11-22T06:00Z",
        }
        | values
    )


def unit(name="Response 1", kind="team", **values):
    return Unit.objects.create(unit_ref=f"U{next(_numbers)}", name=name, kind=kind, **values)


def person(name="", team=None, since=date(2020, 1, 1), until=None, supervisor=False, rank="PC", **values):
    """Return somebody, posted to `team` from `since` if one is given."""
    number = next(_numbers)
    made = Person.objects.create(hr_ref=f"H{number}", display_name=name or f"Person {number:04d}", **values)
    if team:
        post(made, team, since, until, supervisor, rank)
    return made


def post(who, team, since=date(2020, 1, 1), until=None, supervisor=False, rank="PC"):
    return Posting.objects.create(
        person=who, unit=team, valid_from=since, valid_to=until, is_supervisor=supervisor, rank_code=rank
    )


def exposure(who, days_ago=10, category="sudden_death", weight=4, role="first_at_scene", role_weight=10_000, **values):
    """Return one exposure of `who`, so many days before TODAY."""
    return Exposure.objects.create(**_finding(who, days_ago, category, role) | {
        "rule": "nsir-313", "category_weight": weight, "role_weight": role_weight, "points": weight * role_weight,
    } | values)  # fmt: skip


def question(who, days_ago=10, category="serious_violence", role="attended_during", **values):
    return OpenQuestion.objects.create(**_finding(who, days_ago, category, role) | {"rule": "unknown-rule"} | values)


def look(by, at_whom, at):
    """Return one look of a supervisor at a member's figures."""
    seen = Look(by.id, at_whom.id, "supervisor", "wellbeing conversation", "My team", "team_exposure")
    append([seen], at if isinstance(at, datetime) else datetime.fromisoformat(at))
    return AuditEvent.objects.latest("sequence")


def _finding(who, days_ago, category, role):
    number = next(_numbers)
    on = TODAY - timedelta(days=days_ago)
    reference = f"cad:{on:%Y%m%d}-{number:04d}"
    newest = Run.objects.order_by("-id").first() or run()
    return {
        "key": f"{who.hr_ref}|{reference}|event",
        "event_id": reference,
        "person": who,
        "exposed_on": on,
        "known_on": on + timedelta(days=1),
        "category": category,
        "role": role,
        "pack": "ptec_aligned@1",
        "content_hash": "0" * 64,
        "first_run": newest,
        "last_run": newest,
        "reasons": {
            "event_id": reference,
            "occasion": "event",
            "roles": [role],
            "tags": [],
            "codes": ["NSIR:313"],
            "source_records": [reference],
            "evidence": [f"{role}|crew_from_duty|{reference}|AB12"],
        },
    }
