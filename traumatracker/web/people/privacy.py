"""Privacy class and retention of every field of this app's models."""

from traumatracker.web.privacy import Privacy

_WHO = Privacy("identity", "while_employed")
_UNIT = Privacy("structure", "operations")
_CHOICE = Privacy("choice", "with_person")
_LOOK = Privacy("audit", "six_years")

PRIVACY: dict[str, dict[str, Privacy]] = {
    "Person": dict.fromkeys(("id", "hr_ref", "display_name", "worker_type", "started_on", "left_on"), _WHO),
    "Unit": dict.fromkeys(("id", "unit_ref", "name", "kind", "parent"), _UNIT),
    "Posting": dict.fromkeys(
        (
            "id",
            "person",
            "unit",
            "rank_code",
            "role_title",
            "is_supervisor",
            "valid_from",
            "valid_to",
        ),
        _WHO,
    ),
    "SharingChoice": dict.fromkeys(("id", "person", "level", "chosen_at"), _CHOICE),
    "AuditEvent": dict.fromkeys(
        (
            "id",
            "sequence",
            "at",
            "actor",
            "office",
            "subject",
            "basis",
            "purpose",
            "surface",
            "data_class",
            "fields",
            "rows",
            "outcome",
            "request",
            "hash",
        ),
        _LOOK,
    ),
    "AuditHead": dict.fromkeys(("id", "sequence", "hash"), _UNIT),
}
