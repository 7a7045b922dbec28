"""Privacy class and retention of every field of this app's models."""

from traumatracker.web.privacy import Privacy

_OPERATION = Privacy("operation", "operations")
_RECORD = Privacy("exposure", "five_years")
_DECIDED = Privacy("audit", "six_years")

PRIVACY: dict[str, dict[str, Privacy]] = {
    "QueueItem": {
        **dict.fromkeys(
            ("id", "profile", "kind", "source", "reason", "count", "first_seen", "last_seen", "state", "how"),
            _OPERATION,
        ),
        **dict.fromkeys(("reference", "about", "decision", "decision_version"), _RECORD),
    },
    "QueueStep": dict.fromkeys(("id", "item", "at", "office", "event", "state", "how"), _DECIDED),
}
