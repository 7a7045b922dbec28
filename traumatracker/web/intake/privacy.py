"""Privacy class and retention of every field of this app's models."""

from traumatracker.web.privacy import Privacy

_OPERATION = Privacy("operation", "operations")
_RECORD = Privacy("exposure", "five_years")

PRIVACY: dict[str, dict[str, Privacy]] = {
    "Run": dict.fromkeys(
        (
            "id",
            "started_at",
            "finished_at",
            "profile",
            "pack",
            "as_of",
            "state",
            "counts",
        ),
        _OPERATION,
    ),
    "LivePosition": dict.fromkeys(("id", "profile", "message", "step", "as_of", "at"), _OPERATION),
    "LiveSetAside": dict.fromkeys(("id", "profile", "message", "reason", "at"), _OPERATION),
    "Footing": dict.fromkeys(("id", "profile", "fingerprint", "run"), _OPERATION),
    "InboxMessage": {
        **dict.fromkeys(("id", "profile", "channel", "source", "received_at", "batch"), _OPERATION),
        **dict.fromkeys(("key", "version", "content_hash", "rows", "known_at"), _RECORD),
    },
}
