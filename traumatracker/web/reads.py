"""What the newest run came to over the whole force. Counts only, nothing about a person, so no gatekeeper is needed."""

from typing import NamedTuple

from traumatracker.web.intake.models import Run


class Totals(NamedTuple):
    """Entries, open questions, and how often an incident carries a code that nobody has mapped."""

    entries: int
    questions: int
    unmapped: int


def totals(run_id: int) -> Totals | None:
    """Return the totals of that run, or None where it kept none. Source: the counts the refresh printed."""
    counts = Run.objects.filter(id=run_id).values_list("counts", flat=True).first() or {}
    if "exposures" not in counts or "open_questions" not in counts:
        return None
    unmapped = sum(code.get("count", 0) for code in counts.get("unmapped_codes", ()))
    return Totals(counts["exposures"], counts["open_questions"], unmapped)
