"""Signing in at a certified provider, through its own pages, in a real browser, and everything that follows."""

import re

import pytest

from tests import wcag22
from tests.oidc import real
from traumatracker.web.signin import actions, client, limits
from traumatracker.web.signin.config import Provider
from traumatracker.web.signin.models import SignInAccount, SignInSession

AWAY = re.compile(r"/interaction/|/session/end")


@pytest.fixture(scope="module")
def issuer(live_server):
    with real.provider(address(live_server)) as issuer:
        yield issuer


def address(live_server):
    """The pages by name: a browser keeps cookies that ask for HTTPS at this machine's own name without it."""
    return live_server.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def pages(issuer, live_server, force, settings):
    """The pages in the mode of a force; its people sign in at the provider by their HR reference."""
    client.client_of.cache_clear()
    settings.MODE = "force"
    settings.SIGN_IN = Provider(
        issuer=issuer, client_id="traumatracker", client_secret=real.SECRET, url=address(live_server), tenant="",
        person_claim="employeeid", amr=(), help="the service desk",
    )  # fmt: skip
    settings.SESSION_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME = "__Host-session"
    settings.ALLOWED_HOSTS = ["localhost"]
    return address(live_server)


def at_the_provider(page, name):
    """Fill in the provider's own pages."""
    assert "/interaction/" in page.url
    page.get_by_placeholder("Enter any login").fill(name)
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    if page.get_by_role("button", name="Continue").count():
        page.get_by_role("button", name="Continue").click()


def sign_in(page, pages, name):
    page.goto(f"{pages}/me/")
    page.get_by_role("button", name="Sign in with your force account").click()
    at_the_provider(page, name)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_signs_in_confirms_leaves_and_signs_out(open_page, pages, force, javascript):
    page = open_page(javascript=javascript)
    sign_in(page, pages, force.asha.hr_ref)
    assert page.get_by_text("Asha Bellamy").is_visible()
    assert page.locator(".tt-demonstration").count() == 0
    assert SignInAccount.objects.get().subject == force.asha.hr_ref
    cookie = next(one for one in page.context.cookies() if one["name"] == "__Host-session")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")

    session = SignInSession.objects.get()
    session.authenticated_at -= limits.CONFIRMED
    session.save()
    page.get_by_role("link", name="Who can see my record").click()
    page.get_by_role("button", name="Leave the tracker").click()
    page.get_by_role("button", name="Confirm that it is you").click()
    at_the_provider(page, force.asha.hr_ref)
    page.get_by_role("button", name="Leave the tracker").click()
    assert page.get_by_text("You have left the tracker. Your supervisor").is_visible()

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(AWAY)
    page.get_by_role("button", name="Yes, sign me out").click()
    assert page.get_by_role("heading", name="You are signed out").is_visible()
    page.goto(f"{pages}/me/")
    assert page.get_by_role("heading", name="Sign in").is_visible()


def test_somebody_the_force_does_not_know_gets_no_further(browser_page, pages):
    sign_in(browser_page, pages, "nobody-here")
    assert browser_page.get_by_role("heading", name="You could not be signed in").is_visible()
    assert browser_page.get_by_text("the service desk").is_visible()
    browser_page.goto(f"{pages}/me/")
    assert browser_page.get_by_role("heading", name="Sign in").is_visible()


def test_a_person_ends_a_session_they_left_open(open_page, pages, force):
    here, there = open_page(), open_page()
    for page in (there, here):
        sign_in(page, pages, force.asha.hr_ref)
    here.get_by_role("link", name="Where I am signed in").click()
    assert here.get_by_role("listitem").filter(has_text="since").count() == 2
    here.get_by_role("listitem").filter(has_text="since").filter(has_not_text="this one").get_by_role("button").click()
    there.reload()
    assert there.get_by_role("heading", name="Sign in").is_visible()
    here.reload()
    assert here.get_by_role("heading", name="Where I am signed in").is_visible()


@pytest.mark.parametrize("look", [{}, {"dark": True}, {"phone": True}], ids=["light", "dark", "phone"])
def test_the_pages_of_sign_in_keep_to_wcag(open_page, pages, issuer, force, axe, screenshot, look):
    page, faults = open_page(**look), []
    actions.grant(issuer=issuer, subject=force.asha.hr_ref, office="steward", until=None)
    for address_of in ("/sign-in/", "/sign-in/callback/", "/signed-out/"):
        faults += looked_at(page, pages + address_of, axe, look)
    sign_in(page, pages, force.asha.hr_ref)
    for address_of in ("/sign-in/as/", "/sign-in/confirm/", "/me/sessions/"):
        faults += looked_at(page, pages + address_of, axe, look)
        screenshot(page, f"signing-in{address_of.replace('/', '-')}{next(iter(look), 'light')}")
    assert faults == []


def looked_at(page, where, axe, look):
    page.goto(where)
    found = axe(page) + (wcag22.reflow(page) if "phone" in look else wcag22.tab_stops(page))
    return [f"{where}: {fault}" for fault in found]
