"""Privacy class and retention of every field of this app's models."""

from traumatracker.web.privacy import Privacy

_OPERATION = Privacy("operation", "operations")

PRIVACY: dict[str, dict[str, Privacy]] = {
    "Hold": dict.fromkeys(
        ("id", "profile", "fingerprint", "tables", "held_at", "released_at", "released_by"), _OPERATION
    ),
    "Arrival": dict.fromkeys(("id", "profile", "at", "rows"), _OPERATION),
    "DutyCovered": dict.fromkeys(("id", "person", "shifts", "linked"), Privacy("exposure", "five_years")),
}
