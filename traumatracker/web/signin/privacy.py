"""Privacy class and retention of every field of this app's models."""

from traumatracker.web.privacy import Privacy

_WHO = Privacy("identity", "while_employed")
_OFFICE = Privacy("identity", "six_years")

PRIVACY: dict[str, dict[str, Privacy]] = {
    "SignInAccount": dict.fromkeys(("id", "issuer", "subject", "person", "first_at", "last_at"), _WHO),
    "SignInSession": dict.fromkeys(
        ("id", "account", "acting_as", "started_at", "seen_at", "ended_at", "authenticated_at", "amr", "browser"), _WHO
    ),
    "OfficeGrant": dict.fromkeys(("id", "issuer", "subject", "office", "granted_at", "until", "revoked_at"), _OFFICE),
}
