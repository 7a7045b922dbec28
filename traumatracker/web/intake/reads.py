"""What pages may say about the newest data. Counts only, so no gatekeeper is needed."""

from datetime import date, datetime
from typing import Any, NamedTuple

from traumatracker.web.intake.models import Run


class Newest(NamedTuple):
    """The newest finished run."""

    id: int
    profile: str
    pack: str
    as_of: date
    finished_at: datetime | None
    counts: dict[str, Any]


def newest_run() -> Newest | None:
    """Return the newest run that finished, or None when nothing has been read yet."""
    row = Run.objects.filter(state="done").order_by("-id").values_list(*Newest._fields).first()
    return Newest._make(row) if row else None
