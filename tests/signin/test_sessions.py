"""How long a session lasts, who can end it, what needs confirming, and who holds an office."""

from datetime import timedelta

import pytest
from django.utils import timezone

from traumatracker.errors import CannotRun
from traumatracker.web.people.erasure import erase_casework
from traumatracker.web.people.models import SharingChoice
from traumatracker.web.signin import actions, limits
from traumatracker.web.signin.models import OfficeGrant, SignInAccount, SignInSession

MINUTE = timedelta(minutes=1)


@pytest.fixture
def asha(people, browser_of):
    """A browser that Asha is signed in at."""
    browser = browser_of()
    assert browser.sign_in().status_code == 302
    return browser


def is_in(browser):
    return browser.get("/me/").status_code == 200


def move(**back):
    """Move the times of every session back."""
    for session in SignInSession.objects.all():
        for name, by in back.items():
            setattr(session, name, getattr(session, name) - by)
        session.save()


@pytest.mark.parametrize(
    ("back", "lasts"),
    [
        ({"seen_at": 14 * MINUTE}, True),
        ({"seen_at": 15 * MINUTE}, False),
        ({"started_at": 599 * MINUTE}, True),
        ({"started_at": 600 * MINUTE}, False),
    ],
    ids=str,
)
def test_a_session_ends_when_idle_and_when_it_has_lasted_its_time(asha, back, lasts):
    move(**back)
    assert is_in(asha) is lasts
    assert is_in(asha) is lasts


def test_every_page_asked_for_begins_the_quarter_of_an_hour_anew(asha):
    move(seen_at=10 * MINUTE)
    assert is_in(asha)
    move(seen_at=10 * MINUTE)
    assert is_in(asha)


def test_signing_out_ends_the_session_and_not_only_the_cookie(asha, people, browser_of, hostile):
    thief = browser_of()
    thief.cookies["__Host-session"] = asha.cookies["__Host-session"].value
    assert is_in(thief)
    left = asha.post("/sign-out/", follow=True)
    assert left["Refresh"].startswith(f"0; url={hostile.issuer}/leave?client_id=")
    assert "post_logout_redirect_uri=https%3A%2F%2Ftracker.force.test%2Fsigned-out%2F" in left["Refresh"]
    assert not is_in(thief)
    assert SignInSession.objects.get().ended_at


def test_the_cookie_is_for_this_host_alone(asha):
    cookie = asha.cookies["__Host-session"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_an_administrator_ends_every_session_of_a_person(asha, people, browser_of):
    second, bea = browser_of(), browser_of()
    second.sign_in()
    bea.hostile.claims = {"employeeid": "H-2"}
    bea.sign_in("subject-2")
    assert actions.end_all_of(hr_ref="H-1") == 2
    assert (is_in(asha), is_in(second), is_in(bea)) == (False, False, True)
    with pytest.raises(CannotRun, match="Nobody in the HR file"):
        actions.end_all_of(hr_ref="H-999")


def test_people_see_and_end_their_own_sessions_and_no_one_elses(asha, people, browser_of):
    bea = browser_of()
    bea.hostile.claims = {"employeeid": "H-2"}
    bea.sign_in("subject-2")
    hers = SignInSession.objects.get(account__subject="subject-2")
    mine = SignInSession.objects.get(account__subject="subject-1")
    page = asha.get("/me/sessions/").content.decode()
    assert f'value="{mine.id}"' in page
    assert f'value="{hers.id}"' not in page
    asha.post("/me/sessions/", {"session": str(hers.id)})
    assert is_in(bea)
    asha.post("/me/sessions/", {"session": "all"})
    assert (is_in(asha), is_in(bea)) == (False, True)


def test_whoever_leaves_the_force_or_is_erased_is_out_at_once(asha, people):
    people.asha.left_on = timezone.localdate().replace(year=2020)
    people.asha.save()
    assert not is_in(asha)
    assert "SignInAccount" in erase_casework("H-1")
    assert not SignInAccount.objects.exists()
    assert not SignInSession.objects.exists()


def test_an_account_is_linked_once(asha, people, browser_of, hostile, refused):
    hostile.claims = {"employeeid": "H-2"}
    again = browser_of()
    again.sign_in()
    assert "Asha Bellamy" in again.get("/me/").content.decode()
    hostile.claims = {}
    other = browser_of()
    refused(other, other.sign_in("subject-9"), "person_taken")
    actions.end_all_of(hr_ref="H-1", unlink=True)
    assert other.sign_in("subject-9").status_code == 302
    assert is_in(other)


# --- confirming


def leave_the_tracker(browser):
    return browser.post("/me/sharing/", {"level": "out"})


def test_who_can_see_a_record_is_changed_only_by_somebody_who_confirmed_it(asha, hostile):
    move(authenticated_at=limits.CONFIRMED)
    assert leave_the_tracker(asha)["Location"] == "/sign-in/confirm/"
    assert not SharingChoice.objects.exists()
    sent = asha.start("/sign-in/confirm/go/")
    assert (sent["max_age"], sent["prompt"]) == ("0", "login")
    before = asha.cookies["__Host-session"].value
    assert asha.finish(sent, hostile.authorise(sent))["Location"] == "/me/sharing/"
    assert asha.cookies["__Host-session"].value != before
    leave_the_tracker(asha)
    assert SharingChoice.objects.get().level == "out"


@pytest.mark.parametrize("asked", ["not said", "ten minutes ago"])
def test_a_provider_that_did_not_ask_again_confirms_nothing(asha, hostile, refused, asked):
    move(authenticated_at=limits.CONFIRMED)
    hostile.claims = {"auth_time": None if asked == "not said" else int(timezone.now().timestamp()) - 600}
    refused(asha, asha.sign_in(at="/sign-in/confirm/go/"), "not_fresh", signed_in=True)
    assert leave_the_tracker(asha)["Location"] == "/sign-in/confirm/"
    assert not SharingChoice.objects.exists()


def test_somebody_else_confirms_nothing(asha, hostile, refused):
    move(authenticated_at=limits.CONFIRMED)
    hostile.claims = {"employeeid": "H-2"}
    refused(asha, asha.sign_in("subject-2", at="/sign-in/confirm/go/"), "other_account", signed_in=True)
    assert leave_the_tracker(asha)["Location"] == "/sign-in/confirm/"


def test_a_sign_in_whose_moment_is_not_known_must_be_confirmed(people, browser_of, hostile):
    hostile.claims = {"auth_time": None}
    browser = browser_of()
    browser.sign_in()
    assert leave_the_tracker(browser)["Location"] == "/sign-in/confirm/"


# --- offices


def give(hostile, office="steward", subject="subject-1", until=None):
    actions.grant(issuer=hostile.issuer, subject=subject, office=office, until=until)


def test_an_office_is_chosen_and_is_never_there_with_a_record(people, browser_of, hostile):
    give(hostile)
    browser = browser_of()
    assert browser.sign_in()["Location"] == "/sign-in/as/"
    assert browser.get("/queue/").status_code == 404
    before = browser.cookies["__Host-session"].value
    browser.post("/sign-in/as/", {"role": "steward"})
    assert browser.cookies["__Host-session"].value != before
    assert browser.get("/queue/").status_code == 200
    assert browser.get("/me/").status_code == 404
    browser.post("/sign-in/as/", {"role": "desk"})
    assert browser.get("/queue/").status_code == 200
    browser.post("/sign-in/as/", {"role": "self"})
    assert is_in(browser)


def test_an_office_is_lost_at_once(people, browser_of, hostile):
    give(hostile, subject="subject-of-nobody")
    hostile.claims = {"employeeid": "H-999"}
    browser = browser_of()
    browser.sign_in("subject-of-nobody")
    assert browser.get("/queue/").status_code == 200
    assert actions.revoke(issuer=hostile.issuer, subject="subject-of-nobody", office="steward") == 1
    assert browser.get("/queue/").status_code == 302
    assert browser.sign_in("subject-of-nobody").status_code == 403


def test_an_office_has_a_last_day(people, hostile, settings):
    give(hostile, until=settings.TODAY)
    assert actions.offices_of(hostile.issuer, "subject-1") == ["steward"]
    assert actions.offices_of("https://elsewhere.test", "subject-1") == []
    settings.TODAY += timedelta(days=1)
    assert actions.offices_of(hostile.issuer, "subject-1") == []


@pytest.mark.parametrize(
    "name", ["professional standards", "Professional-Standards lead", "PSD", "vetting", "firearms_licensing"]
)
def test_some_offices_will_never_be(db, name):
    with pytest.raises(CannotRun, match="never evidence against them"):
        actions.grant(issuer="i", subject="s", office=name, until=None)
    assert not OfficeGrant.objects.exists()


def test_a_group_or_a_role_the_provider_names_opens_nothing(people, browser_of, hostile, refused):
    hostile.claims = {"employeeid": "H-999", "groups": ["steward", "desk"], "roles": ["steward"]}
    browser = browser_of()
    refused(browser, browser.sign_in(), "nobody")


def test_a_session_of_a_force_is_worth_nothing_in_a_demonstration(asha, settings):
    settings.MODE = "demonstration"
    assert not is_in(asha)
    assert asha.get("/sign-in/go/").status_code == 404


def test_a_session_of_a_demonstration_is_worth_nothing_for_a_force(people, browser_of, settings):
    settings.MODE = "demonstration"
    browser = browser_of()
    browser.post("/sign-in/", {"person": str(people.asha.id)})
    assert is_in(browser)
    settings.MODE = "force"
    assert not is_in(browser)
