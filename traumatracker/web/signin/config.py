"""What a force says about its identity provider, and what is wrong with it. Knows nothing of Django."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

FORCE = "force"  # the mode with real sign-in
# Microsoft Entra ID, worldwide and in national clouds. Source: Microsoft, "National clouds", endpoints.
ENTRA_HOSTS = ("login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn")
SHARED_TENANTS = ("common", "organizations", "consumers")  # issuers that speak for more than one organisation
LOOPBACK = ("localhost", "127.0.0.1")
SHORTEST_CLIENT_SECRET = 16  # characters. Source: judgement; Entra's have 40
SHORTEST_SECRET_KEY, FEWEST_DIFFERENT = 50, 10  # characters. Source: Django's own check asks for 50, and 5 different
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Provider:
    """A force's identity provider and how we stand to it.

    `url`: where people find these pages, such as https://traumatracker.force.example; `tenant`: the one Entra tenant,
    "" elsewhere; `person_claim`: the claim that holds the HR reference; `amr`: ways of authenticating of which a
    sign-in must name one, none when empty; `help`: whom somebody asks who cannot get in.
    """

    issuer: str
    client_id: str
    client_secret: str
    url: str
    tenant: str
    person_claim: str
    amr: tuple[str, ...]
    help: str

    @property
    def callback(self) -> str:
        """Return the one address the provider may send people back to; never made from a request."""
        return f"{self.url}/sign-in/callback/"

    def __repr__(self) -> str:
        return f"Provider({self.issuer!r}, the secret is not shown)"


def provider(environment: Mapping[str, str]) -> Provider:
    """Return what the environment says; anything may be missing or wrong (`faults`)."""

    def said(name: str, otherwise: str = "") -> str:
        return environment.get(name, "").strip() or otherwise

    issuer = said("TRAUMATRACKER_OIDC_ISSUER")
    return Provider(
        issuer=issuer,
        client_id=said("TRAUMATRACKER_OIDC_CLIENT_ID"),
        client_secret=said("TRAUMATRACKER_OIDC_CLIENT_SECRET"),
        url=said("TRAUMATRACKER_URL").rstrip("/"),
        tenant=said("TRAUMATRACKER_OIDC_TENANT", _entra_tenant(issuer)),
        person_claim=said("TRAUMATRACKER_OIDC_PERSON_CLAIM", "employeeid"),
        amr=tuple(said("TRAUMATRACKER_OIDC_AMR").split()),
        help=said("TRAUMATRACKER_SIGN_IN_HELP", "your force’s IT service desk"),
    )


def faults(provider: Provider, *, https: bool, hosts: list[str], secret_key: str) -> Iterator[str]:
    """Give each thing that keeps the pages from starting for a force, as a sentence that says what to do."""
    yield from _missing(provider)
    yield from _bad_issuer(provider)
    if provider.url and not _is_https(provider.url):
        yield "TRAUMATRACKER_URL does not begin with https://. Give the address people use, without a path."
    if provider.url and urlsplit(provider.url).path:
        yield "TRAUMATRACKER_URL has a path. Give the host alone."
    if "*" in hosts or urlsplit(provider.url).hostname not in hosts:
        yield "TRAUMATRACKER_HOSTS must name the host of TRAUMATRACKER_URL, and must not be *."
    if not https:
        yield "HTTPS is off. Set TRAUMATRACKER_HTTPS=yes and put a proxy with a certificate in front."
    if len(secret_key) < SHORTEST_SECRET_KEY or len(set(secret_key)) < FEWEST_DIFFERENT:
        yield (
            "TRAUMATRACKER_SECRET_KEY is weak. Leave it out and one is made, or give "
            f"{SHORTEST_SECRET_KEY} characters by chance."
        )


def _missing(provider: Provider) -> Iterator[str]:
    needed = {
        "TRAUMATRACKER_OIDC_ISSUER": provider.issuer,
        "TRAUMATRACKER_OIDC_CLIENT_ID": provider.client_id,
        "TRAUMATRACKER_OIDC_CLIENT_SECRET": provider.client_secret,
        "TRAUMATRACKER_URL": provider.url,
    }
    for name, value in needed.items():
        if not value:
            yield f"{name} is not set. docs/how-to/sign-in-with-entra.md says where its value is found."
    if 0 < len(provider.client_secret) < SHORTEST_CLIENT_SECRET:
        yield "TRAUMATRACKER_OIDC_CLIENT_SECRET is too short to be a secret. Have the provider make one."


def _bad_issuer(provider: Provider) -> Iterator[str]:
    if not provider.issuer:
        return
    parts = urlsplit(provider.issuer)
    if not may_be_asked(provider.issuer):
        yield "TRAUMATRACKER_OIDC_ISSUER does not begin with https://."
    if parts.query or parts.fragment or set(parts.path.lower().split("/")) & {*SHARED_TENANTS, "{tenantid}"}:
        yield (
            "TRAUMATRACKER_OIDC_ISSUER speaks for more than one organisation. Give the issuer of your own tenant, such "
            "as https://login.microsoftonline.com/TENANT-ID/v2.0."
        )
    elif parts.hostname in ENTRA_HOSTS and provider.tenant != _entra_tenant(provider.issuer):
        yield "TRAUMATRACKER_OIDC_TENANT is not the tenant of the issuer. Leave it out with Entra ID."
    elif parts.hostname in ENTRA_HOSTS and not _TENANT.fullmatch(provider.tenant):
        yield "TRAUMATRACKER_OIDC_ISSUER does not name the tenant by its id. Copy it from Entra's overview page."


def may_be_asked(address: str) -> bool:
    """Return whether an address is one to send secrets to: HTTPS, or this machine itself."""
    return _is_https(address) or (address.startswith("http://") and urlsplit(address).hostname in LOOPBACK)


def _is_https(address: str) -> bool:
    return address.startswith("https://") and bool(urlsplit(address).hostname)


def _entra_tenant(issuer: str) -> str:
    parts = urlsplit(issuer)
    return parts.path.strip("/").split("/")[0].lower() if parts.hostname in ENTRA_HOSTS else ""
