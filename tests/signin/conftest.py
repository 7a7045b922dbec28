"""The pages in the mode of a force, a provider that does what it is told, and a browser that signs in at it."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.signin import hostile as provider
from tests.web import factories as make
from tests.web.conftest import force, today  # noqa: F401 (fixtures)
from traumatracker.web.signin import client
from traumatracker.web.signin.config import Provider

URL = "https://tracker.force.test"


@pytest.fixture(scope="session")
def listening():
    with provider.running() as found:
        yield found


@pytest.fixture
def hostile(listening):
    """A provider that is honest until a test tells it otherwise."""
    listening.reset()
    client.client_of.cache_clear()
    return listening


@pytest.fixture
def as_force(settings, hostile):
    """The settings of a force, with its provider."""
    settings.MODE = "force"
    settings.SIGN_IN = Provider(
        issuer=hostile.issuer, client_id=provider.CLIENT, client_secret=provider.SECRET, url=URL, tenant="",
        person_claim="employeeid", amr=(), help="the service desk",
    )  # fmt: skip
    settings.SESSION_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME = "__Host-session"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = ["tracker.force.test"]
    return settings


@pytest.fixture
def people(as_force, force):  # noqa: F811
    """The small force of the other tests; Asha's HR reference is H-1, Bea's H-2."""
    for person, reference in ((force.asha, "H-1"), (force.bea, "H-2")):
        person.hr_ref = reference
        person.save()
    make.exposure(force.asha)
    return force


class Browser(Client):
    """A browser at the force's address; `start` and `finish` are the two halves of signing in."""

    def __init__(self, hostile):
        super().__init__(headers={"host": "tracker.force.test", "x-forwarded-proto": "https"})
        self.hostile = hostile

    def start(self, at="/sign-in/go/"):
        """Go to the provider; return what the browser was sent with."""
        address = self.get(at)["Location"]
        assert address.startswith(f"{self.hostile.issuer}/authorize?")
        return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

    def finish(self, sent, code, **more):
        """Come back from the provider."""
        return self.get("/sign-in/callback/", {"code": code, "state": sent["state"]} | more)

    def sign_in(self, subject="subject-1", at="/sign-in/go/"):
        sent = self.start(at)
        return self.finish(sent, self.hostile.authorise(sent, subject))


@pytest.fixture
def browser_of(hostile):
    """Makes browsers, each with cookies of its own."""
    return lambda: Browser(hostile)


@pytest.fixture
def refused(caplog):
    """`refused(browser, answer, "reason")` fails unless this was the one plain page, one line, and no session."""

    def check(browser, answer, reason, signed_in=False):
        page = answer.content.decode()
        lines = [record.getMessage() for record in caplog.records if "sign-in" in record.getMessage()]
        number = lines[-1].split()[-1]
        shown = SimpleNamespace(status=answer.status_code, lines=lines)
        assert shown.status == 403
        assert "You could not be signed in" in page
        assert "the service desk" in page
        assert number in page
        assert lines == [f"A sign-in was refused: {reason}, request {number}"]
        assert "person" not in browser.session or signed_in
        assert (browser.get("/me/").status_code == 200) is signed_in
        return page.replace(number, "")

    return check
