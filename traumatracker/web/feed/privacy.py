"""Privacy class and retention of every field of this app's models."""

from traumatracker.web.privacy import Privacy

_OPERATION = Privacy("operation", "operations")
_RECORD = Privacy("exposure", "five_years")

PRIVACY: dict[str, dict[str, Privacy]] = {
    "FeedToken": dict.fromkeys(
        ("id", "profile", "source", "secret_hash", "created_at", "revoked_at", "last_used_at"), _OPERATION
    ),
    "FeedRefusal": {
        **dict.fromkeys(("id", "profile", "source", "reason", "place", "received_at"), _OPERATION),
        **dict.fromkeys(("key", "version", "content_hash", "rows"), _RECORD),
    },
}
