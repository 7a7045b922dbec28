"""What pages may say about the newest data. Counts only, so no gatekeeper is needed."""

from datetime import date, datetime
from typing import NamedTuple

from traumatracker.web.intake.models import Run


class Newest(NamedTuple):
    """The newest finished run. `coverage`: what the sources could not tell, in counts; None where it was not kept."""

    id: int
    profile: str
    pack: str
    as_of: date
    finished_at: datetime | None
    coverage: dict[str, int] | None


def newest_run() -> Newest | None:
    """Return the newest run that finished, or None when nothing has been read yet."""
    row = Run.objects.filter(state="done").order_by("-id").values_list(*Newest._fields[:-1], "counts__coverage").first()
    return Newest._make(row) if row else None


def profiles_read() -> list[str]:
    """Return the id of every profile that a run has read with."""
    return list(Run.objects.order_by("profile").values_list("profile", flat=True).distinct())
