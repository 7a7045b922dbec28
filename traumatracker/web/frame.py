"""What stands around every page: who is signed in, where they can go, support, and how old the data is."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest

import traumatracker
from traumatracker.web.intake.reads import Newest, newest_run
from traumatracker.web.support import LINES

COVERAGE = ("deployments_attended", "deployments_without_people")


class Data:
    """How old the data is and what it could not tell; asked only by the pages that show it."""

    @cached_property
    def run(self) -> Newest | None:
        return newest_run()

    @property
    def is_published(self) -> bool:
        return bool(self.run and self.run.profile != "synthetic")

    @property
    def missed(self) -> str:
        """Return what share of attended resources nobody could be linked to, as "8%", or "" where it is not known."""
        coverage = (self.run.coverage if self.run else None) or {}
        attended, nobody = (coverage.get(name) for name in COVERAGE)
        if not attended or nobody is None:
            return ""
        return "fewer than 1%" if 0 < nobody < attended / 100 else f"{round(100 * nobody / attended)}%"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context every template has: actor, support lines, data age and the version of the style sheets."""
    return {
        "actor": getattr(request, "actor", None),
        "support_lines": LINES,
        "data": Data(),
        "version": getattr(traumatracker, "__version__", "0"),
    }
