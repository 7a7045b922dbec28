"""Privacy class and retention of every field of this app's models."""

from traumatracker.web.privacy import Privacy

_EXPOSURE = Privacy("exposure", "five_years")
_FINDING = (
    "id", "key", "event_id", "person", "exposed_on", "known_on", "category", "role", "rule", "team", "pack", "reasons",
    "content_hash", "first_run", "last_run",
)  # fmt: skip
_DISPUTE = (
    "id", "person", "exposure_key", "kind", "said_role", "said_category", "said_on", "state", "made_at",
    "taken_back_at",
)  # fmt: skip

PRIVACY: dict[str, dict[str, Privacy]] = {
    "Exposure": dict.fromkeys((*_FINDING, "category_weight", "role_weight", "points"), _EXPOSURE),
    "OpenQuestion": dict.fromkeys(_FINDING, _EXPOSURE),
    "ExposureChange": dict.fromkeys(("id", "key", "person", "kind", "run", "at"), _EXPOSURE),
    "LiveTouched": dict.fromkeys(("id", "profile", "event_id", "message", "step", "run", "at"), _EXPOSURE),
    "Dispute": dict.fromkeys(_DISPUTE, _EXPOSURE),
}
