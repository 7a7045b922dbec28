"""Asks the identity provider: what it says of itself, its keys, and who a code is for. Every failure is a Refused."""

import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from traumatracker.web.signin import tokens
from traumatracker.web.signin.config import Provider, may_be_asked
from traumatracker.web.signin.pending import CONFIRM, Started
from traumatracker.web.signin.refusal import Refused
from traumatracker.web.signin.tokens import Identity

SECONDS_TO_ANSWER = 5  # what somebody who signs in will wait for. Source: judgement
SECONDS_KNOWN = 3600  # how long what the provider said of itself is believed. Source: judgement
SECONDS_BETWEEN_KEYS = 30  # an unknown key makes us ask for the keys again, but no more often
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Client:
    """One provider, as far as it is known."""

    def __init__(self, provider: Provider):
        self._provider = provider
        self._metadata: dict[str, Any] = {}
        self._metadata_at = self._keys_at = float("-inf")
        self._keys: dict[str, Any] = {}

    def address(self, started: Started) -> str:
        """Return where to send the browser to sign in."""
        more = (
            {"max_age": 0, "prompt": "login"} if started.purpose == CONFIRM else {"max_age": tokens.LONGEST_SINCE_ASKED}
        )
        address, _ = self._session().create_authorization_url(
            self._said()["authorization_endpoint"],
            state=started.state,
            nonce=started.nonce,
            code_verifier=started.verifier,
            **more,
        )
        return str(address)

    def address_to_leave(self) -> str:
        """Return where to send the browser to sign out at the provider too, or "" where it has no such page."""
        address = self._said().get("end_session_endpoint", "")
        if not isinstance(address, str) or not may_be_asked(address):
            return ""
        words = {
            "client_id": self._provider.client_id,
            "post_logout_redirect_uri": f"{self._provider.url}/signed-out/",
        }
        return f"{address}{'&' if '?' in address else '?'}{urlencode(words)}"

    def identify(self, answer: dict[str, str], started: Started) -> Identity:
        """Return whom the provider's answer is about. Raises Refused unless every check holds."""
        self._of_this_issuer(answer)
        if "error" in answer or not answer.get("code"):
            raise Refused("provider_refused")
        given = self._exchange(answer["code"], started.verifier)
        token, access_token = given.get("id_token"), given.get("access_token")
        if not isinstance(token, str) or not isinstance(access_token, str):
            raise Refused("no_token")
        now = int(time.time())
        keys = self._keys_for(token)
        claims = tokens.verified(token, keys, self._provider, nonce=started.nonce, access_token=access_token, now=now)
        person = self._person(claims, access_token)
        return tokens.identity(claims, self._provider, person=person, now=now, fresh=started.purpose == CONFIRM)

    def _of_this_issuer(self, answer: dict[str, str]) -> None:
        """Refuse an answer of another provider (RFC 9207)."""
        is_promised = self._said().get("authorization_response_iss_parameter_supported") is True
        if ("iss" in answer or is_promised) and answer.get("iss") != self._provider.issuer:
            raise Refused("response_issuer")

    def _exchange(self, code: str, verifier: str) -> dict[str, Any]:
        try:
            given = self._session().fetch_token(
                self._said()["token_endpoint"],
                code=code,
                code_verifier=verifier,
                grant_type="authorization_code",
                timeout=SECONDS_TO_ANSWER,
                allow_redirects=False,
            )
        except requests.RequestException as away:
            raise Refused("provider_away") from away
        except (AuthlibBaseError, ValueError) as refused:
            raise Refused("code_refused") from refused
        return given if isinstance(given, dict) else {}

    def _person(self, claims: dict[str, Any], access_token: str) -> str:
        """Return what the person claim says, from the ID token, else from the user information; "" if neither does."""
        said = claims.get(self._provider.person_claim)
        address = self._said().get("userinfo_endpoint")
        if said is None and isinstance(address, str) and may_be_asked(address):
            more = self._get(address, {"Authorization": f"Bearer {access_token}"})
            if more.get("sub") != claims["sub"]:
                raise Refused("userinfo")
            said = more.get(self._provider.person_claim)
        return str(said).strip() if isinstance(said, str | int) and not isinstance(said, bool) else ""

    def _keys_for(self, token: str) -> KeySet:
        """Return the provider's keys, asked for anew when the token names one that is not known yet."""
        kid = _key_named(token)
        if time.monotonic() - self._keys_at > SECONDS_KNOWN or (
            kid not in self._keys and time.monotonic() - self._keys_at > SECONDS_BETWEEN_KEYS
        ):
            found = self._get(self._said()["jwks_uri"]).get("keys")
            self._keys_at = time.monotonic()
            self._keys = {
                key["kid"]: key
                for key in (found if isinstance(found, list) else [])
                if isinstance(key, dict) and key.get("kid") and key.get("kty") in ("RSA", "EC")
                and key.get("use", "sig") == "sig"
            }  # fmt: skip
        if kid not in self._keys:
            raise Refused("signature")
        try:
            return KeySet.import_key_set({"keys": [self._keys[kid]]})
        except (JoseError, ValueError, TypeError, KeyError) as bad:
            raise Refused("signature") from bad

    def _said(self) -> dict[str, Any]:
        """Return what the provider says of itself. Raises Refused unless it is who was set up, and safe to talk to."""
        if time.monotonic() - self._metadata_at > SECONDS_KNOWN:
            found = self._get(f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            challenges = found.get("code_challenge_methods_supported", ["S256"])  # Entra does not name them
            if (
                found.get("issuer") != self._provider.issuer
                or not all(isinstance(found.get(name), str) and may_be_asked(found[name]) for name in _ENDPOINTS)
                or not (isinstance(challenges, list) and "S256" in challenges)
            ):
                raise Refused("provider_metadata")
            self._metadata, self._metadata_at = found, time.monotonic()
        return self._metadata

    def _get(self, address: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            answer = requests.get(address, headers=headers, timeout=SECONDS_TO_ANSWER, allow_redirects=False)
            found = answer.json() if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError) as away:
            raise Refused("provider_away") from away
        if not isinstance(found, dict):
            raise Refused("provider_away")
        return found

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self._provider.client_id,
            self._provider.client_secret,
            scope="openid profile",
            redirect_uri=self._provider.callback,
            code_challenge_method="S256",
        )


def _key_named(token: str) -> str:
    """Return which key an unverified token says it is signed with. Raises Refused when it says none."""
    from joserfc.jws import extract_compact

    try:
        kid = extract_compact(token.encode()).headers()["kid"]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as bad:
        raise Refused("signature") from bad
    if not isinstance(kid, str):
        raise Refused("signature")
    return kid


@lru_cache(maxsize=4)
def client_of(provider: Provider) -> Client:
    """Return the one client of a provider in this process."""
    return Client(provider)
