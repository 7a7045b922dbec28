"""What stands around every page: who is signed in, where they can go, support, and how old the data is."""

from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

import traumatracker
from traumatracker.web.clock import today
from traumatracker.web.desk.presenters import age
from traumatracker.web.desk.reads import ages
from traumatracker.web.intake.reads import Newest, newest_run, profiles_read
from traumatracker.web.mode import DEMONSTRATION
from traumatracker.web.signin.offices import OFFICES
from traumatracker.web.support import LINES

COVERAGE = ("deployments_attended", "deployments_without_people")
MADE_UP = "synthetic"  # the one profile whose people do not exist
LATE = timedelta(days=2)  # a day's delay is ordinary; Source: judgement, most forces would read their files at night


class Data:
    """How old the data is and what it could not tell; asked only by the pages that show it."""

    @cached_property
    def run(self) -> Newest | None:
        return newest_run()

    @cached_property
    def is_published(self) -> bool:
        """Return whether any published record has ever been read: from then on, nobody may be called made up."""
        return any(profile != MADE_UP for profile in profiles_read())

    @property
    def told(self) -> str:
        """Return what the records gave over the whole force and could not tell, or "" where it was not kept."""
        run = self.run
        if run is None or run.exposures is None or run.open_questions is None:
            return ""
        gave = f"Across the whole force the records gave {_many(run.exposures, 'entry', 'entries')}."
        told = f"{gave} For {_many(run.open_questions, 'more event', 'more events')} they could not tell"
        unmapped = sum(code["count"] for code in run.unmapped_codes or ())
        if not unmapped:
            return f"{told}."
        return f"{told}, and {_many(unmapped, 'time', 'times')} an incident carries a code nobody has mapped."

    @cached_property
    def sources(self) -> list[tuple[str, str, bool]]:
        """Return each source, how old what it brought is, and whether it is late."""
        now = timezone.now()
        return [(one.name, age(one.last, now), one.is_late) for one in ages(now)]

    @property
    def late(self) -> date | None:
        """Return today where the windows run on although the data ended more than two days ago."""
        return today() if self.run and self.run.as_of < today() - LATE else None

    @property
    def missed(self) -> str:
        """Return what share of attended resources nobody could be linked to, as "8%", or "" where it is not known."""
        coverage = (self.run.coverage if self.run else None) or {}
        attended, nobody = (coverage.get(name) for name in COVERAGE)
        if not attended or nobody is None:
            return ""
        return "fewer than 1%" if 0 < nobody < attended / 100 else f"{round(100 * nobody / attended)}%"


def _many(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context every template has: actor, support lines, data age and the version of the style sheets."""
    return {
        "actor": getattr(request, "actor", None),
        "office": OFFICES.get(getattr(request, "office", ""), ""),
        "support_lines": LINES,
        "is_demonstration": settings.MODE == DEMONSTRATION,
        "data": Data(),
        "version": traumatracker.__version__,
    }
