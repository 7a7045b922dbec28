"""What pages may say about the newest data. Counts only, so no gatekeeper is needed."""

from datetime import date, datetime
from typing import Any, NamedTuple

from traumatracker.web.intake.models import Run


class Newest(NamedTuple):
    """The newest finished run and what it came to over the whole force, in counts; None where they were not kept.

    `coverage`: what the sources could not tell. `covered`: what share of each team's resources could be linked, and
    which parts any record shows. `unmapped_codes`: codes nobody has mapped, each with its `count`.
    """

    id: int
    profile: str
    pack: str
    as_of: date
    finished_at: datetime | None
    coverage: dict[str, int] | None
    exposures: int | None
    open_questions: int | None
    unmapped_codes: list[dict[str, Any]] | None
    covered: dict[str, Any] | None = None


_COUNTS = ("coverage", "exposures", "open_questions", "unmapped_codes", "covered")  # of everything a refresh printed
_COLUMNS = tuple(f"counts__{name}" if name in _COUNTS else name for name in Newest._fields)


def newest_run() -> Newest | None:
    """Return the newest run that finished, or None when nothing has been read yet."""
    row = Run.objects.filter(state="done").order_by("-id").values_list(*_COLUMNS).first()
    return Newest._make(row) if row else None


def profiles_read() -> list[str]:
    """Return the id of every profile that a run has read with."""
    return list(Run.objects.order_by("profile").values_list("profile", flat=True).distinct())
