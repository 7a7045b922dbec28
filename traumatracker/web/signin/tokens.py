"""Whether an ID token is one to trust, and whom it names. Pure: asks nothing of anybody.

The libraries verify the signature (joserfc) and the claims of OpenID Connect (authlib); what stands here is what they
leave to the application: exactly one audience, how old a token may be, the tenant, guests.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from traumatracker.web.signin.config import Provider
from traumatracker.web.signin.refusal import Refused

ALGORITHMS = ("RS256", "ES256", "PS256")  # signed with a key only the provider has; never "none", never HS256
SKEW = 60  # seconds two clocks may differ. Source: judgement
OLDEST = 300  # seconds since a token was issued: we ask for it at once. Source: judgement
FRESH = 300  # seconds since the provider asked who it is, for what needs confirming
# The same for a sign-in, in seconds: one shift, so that nobody comes in by what a colleague left open yesterday. Asking
# for it also makes a provider say when it asked (OpenID Connect Core 1.0, section 3.1.2.1).
LONGEST_SINCE_ASKED = 36_000
LONGEST_SUBJECT = 255  # Source: OpenID Connect Core 1.0, section 2
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, AttributeError)


class Identity(NamedTuple):
    """Whom the provider signed in: the account's key, how and when, and what the person claim says ("" if nothing)."""

    issuer: str
    subject: str
    person: str
    amr: tuple[str, ...]
    authenticated_at: datetime | None


def verified(
    token: str, keys: KeySet, provider: Provider, *, nonce: str, access_token: str, now: int
) -> dict[str, Any]:
    """Return the claims of an ID token that was made for us, by the provider, for this sign-in. Raises Refused."""
    try:
        decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
    except _UNREADABLE as bad:
        raise Refused("signature") from bad
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        options={"iss": {"essential": True, "value": provider.issuer}, "nonce": {"essential": True}},
        params={"nonce": nonce, "client_id": provider.client_id, "access_token": access_token},
    )
    try:
        claims.validate(now=now, leeway=SKEW)
    except _UNREADABLE as bad:
        raise Refused("claims") from bad
    subject, at = claims["sub"], claims["iat"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not now - OLDEST <= at <= now + SKEW:
        raise Refused("claims")
    if claims["aud"] not in (provider.client_id, [provider.client_id]):
        raise Refused("claims")
    return dict(claims)


def identity(claims: Mapping[str, Any], provider: Provider, *, person: str, now: int, fresh: bool) -> Identity:
    """Return whom verified claims name. Raises Refused: another tenant, a guest, a way of authenticating too weak.

    `fresh`: the provider must have asked who it is within FRESH seconds, and say so. Otherwise within a shift; Entra ID
    says when only if it is set up to, and whoever signed in at no known moment has to confirm it later.
    """
    subject = _subject_in_tenant(claims, provider) if provider.tenant else claims["sub"]
    amr = tuple(str(one) for one in claims.get("amr") or ())
    if provider.amr and not set(amr) & set(provider.amr):
        raise Refused("amr")
    asked = claims.get("auth_time")
    if asked is not None and (isinstance(asked, bool) or not isinstance(asked, int | float) or asked > now + SKEW):
        raise Refused("claims")
    if (fresh and asked is None) or (asked or now) < now - (FRESH if fresh else LONGEST_SINCE_ASKED + SKEW):
        raise Refused("not_fresh")
    at = datetime.fromtimestamp(min(asked, now), UTC) if asked is not None else None
    return Identity(provider.issuer, subject, person, amr, at)


def _subject_in_tenant(claims: Mapping[str, Any], provider: Provider) -> str:
    """Return Entra's key of the account, `oid`, which stays the same; `sub` differs from application to application."""
    if claims.get("tid") != provider.tenant:
        raise Refused("tenant")
    named = (str(claims.get(name, "")) for name in ("preferred_username", "upn", "unique_name"))
    if claims.get("acct") not in (0, "0") or "idp" in claims or any("#EXT#" in name.upper() for name in named):
        raise Refused("guest")
    subject = claims.get("oid")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise Refused("claims")
    return subject
