"""Privacy class and retention of every field of this app's models."""

from traumatracker.web.privacy import Privacy

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
        Privacy("operation", "operations"),
    ),
}
