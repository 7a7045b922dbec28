"""What a provider, or somebody between it and us, must not get past: one plain page, one line, no session."""

import time

import pytest
from django.conf import settings as live

from tests.signin import hostile as provider
from traumatracker.web.signin.models import SignInAccount, SignInSession

NOW = int(time.time())
CLAIMS = {
    "another issuer": {"iss": "https://elsewhere.test"},
    "an issuer that only begins alike": {"iss": "{issuer}/"},
    "another audience": {"aud": "somebody-else"},
    "another audience too": {"aud": [provider.CLIENT, "somebody-else"], "azp": provider.CLIENT},
    "no audience": {"aud": None},
    "another authorised party": {"azp": "somebody-else"},
    "another nonce": {"nonce": "guessed"},
    "no nonce": {"nonce": None},
    "expired": {"exp": NOW - 3600},
    "no expiry": {"exp": None},
    "issued in the future": {"iat": NOW + 3600},
    "issued long ago": {"iat": NOW - 3600},
    "not before tomorrow": {"nbf": NOW + 86_400},
    "the hash of another access token": {"at_hash": provider.half_hash("another")},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is no text": {"sub": 7},
    "signed in at the provider tomorrow": {"auth_time": NOW + 86_400},
    "signed in at no time": {"auth_time": "yesterday"},
}
SIGNED = ("signed_with_another_key", "unsigned", "signed_with_the_public_key", "changed_after_signing")


@pytest.fixture
def come(people, browser_of, hostile, refused):
    """`come("reason")` signs in as the provider was told, and fails unless that was refused."""

    def refuse(reason):
        browser = browser_of()
        page = refused(browser, browser.sign_in(), reason)
        assert not SignInAccount.objects.exists()
        assert not SignInSession.objects.exists()
        return page

    return refuse


def test_an_honest_provider_is_believed(people, browser_of):
    """Otherwise every refusal below would prove nothing."""
    browser = browser_of()
    assert browser.sign_in()["Location"] == "/"
    assert "Asha Bellamy" in browser.get("/me/").content.decode()


@pytest.mark.parametrize("what", CLAIMS)
def test_a_claim(come, hostile, what):
    fill = {"{issuer}/": f"{hostile.issuer}/"}
    hostile.claims = {
        name: fill.get(value, value) if isinstance(value, str) else value for name, value in CLAIMS[what].items()
    }
    come("claims")


@pytest.mark.parametrize("how", SIGNED)
def test_a_signature(come, hostile, how):
    hostile.sign = getattr(hostile, how)
    come("signature")


@pytest.mark.parametrize("header", [{"kid": "unknown"}, {"kid": None}, {"alg": "RS512"}], ids=str)
def test_a_header(come, hostile, header):
    hostile.sign = lambda honest, claims: hostile.signed(provider.without_none(honest | header), claims)
    come("signature")


def test_a_symmetric_key_among_the_providers_keys(come, hostile):
    from joserfc.jwk import OctKey

    key = OctKey.import_key("a secret everybody can read, long enough", {"kid": "one"})
    hostile.keys = [key.as_dict()]
    hostile.sign = lambda header, claims: provider.jwt.encode(header | {"alg": "HS256"}, claims, key)
    come("signature")


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.test"},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint": "http://elsewhere.test/token"},
        {"jwks_uri": None},
    ],
    ids=lambda metadata: next(iter(metadata)),
)
def test_a_provider_that_is_not_the_one_or_would_downgrade(people, browser_of, hostile, refused, metadata):
    hostile.metadata = metadata
    browser = browser_of()
    refused(browser, browser.get("/sign-in/go/"), "provider_metadata")


def test_every_sign_in_has_a_challenge_a_state_and_a_nonce_of_its_own(people, browser_of):
    browser = browser_of()
    one, other = browser.start(), browser.start()
    assert one["code_challenge_method"] == other["code_challenge_method"] == "S256"
    assert all(one[name] != other[name] for name in ("code_challenge", "state", "nonce"))
    assert (one["response_type"], one["redirect_uri"]) == ("code", f"{live.SIGN_IN.url}/sign-in/callback/")


def test_user_information_of_somebody_else(come, hostile):
    hostile.claims, hostile.userinfo = {"employeeid": None}, {"sub": "subject-2", "employeeid": "H-1"}
    come("userinfo")


def test_an_account_that_fits_nobody(come, hostile):
    hostile.claims = {"employeeid": "H-999"}
    come("nobody")


def test_somebody_who_has_left(come, people):
    people.asha.left_on = people.asha.started_on = "2020-01-01"
    people.asha.save()
    come("nobody")


def test_an_email_address_links_nobody(come, hostile, people):
    people.asha.hr_ref = "asha@force.test"
    people.asha.save()
    hostile.claims = {"employeeid": None, "email": "asha@force.test", "preferred_username": "asha@force.test"}
    come("nobody")


ENTRA = {"tid": "tenant-1", "oid": "object-1", "acct": 0}
OTHERS = {
    "tenant": {"tid": "tenant-2"},
    "no tenant": {"tid": None},
    "guest": {"acct": 1},
    "not said to be a member": {"acct": None},
    "of another provider": {"idp": "https://sts.windows.net/tenant-2/"},
    "named as a guest": {"preferred_username": "somebody_elsewhere.test#EXT#@force.test"},
}


@pytest.mark.parametrize("what", OTHERS)
def test_another_tenant_or_a_guest(come, hostile, as_force, what):
    as_force.SIGN_IN = provider_with(as_force, tenant="tenant-1")
    hostile.claims = ENTRA | OTHERS[what]
    come("tenant" if "tenant" in what else "guest")


def test_a_member_of_the_tenant_is_known_by_object_id(people, browser_of, hostile, as_force):
    as_force.SIGN_IN = provider_with(as_force, tenant="tenant-1")
    hostile.claims = ENTRA
    assert browser_of().sign_in()["Location"] == "/"
    assert SignInAccount.objects.get().subject == "object-1"


def test_a_sign_in_at_the_provider_of_yesterday(come, hostile):
    hostile.claims = {"auth_time": NOW - 86_400}
    come("not_fresh")


def test_a_way_of_authenticating_that_is_too_weak(come, hostile, as_force):
    as_force.SIGN_IN = provider_with(as_force, amr=("mfa",))
    hostile.claims = {"amr": ["pwd"]}
    come("amr")


def provider_with(settings, **more):
    from dataclasses import replace

    return replace(settings.SIGN_IN, **more)


# --- the answer that comes back through the browser


def test_an_answer_nobody_asked_for(people, browser_of, hostile, refused):
    other, victim = browser_of(), browser_of()
    sent = other.start()
    answer = victim.finish(sent, hostile.authorise(sent))
    refused(victim, answer, "not_started")
    assert hostile.asked == []


@pytest.mark.parametrize("state", ["", "guessed"])
def test_another_state(people, browser_of, hostile, refused, state):
    browser = browser_of()
    sent = browser.start()
    refused(browser, browser.finish(sent | {"state": state}, hostile.authorise(sent)), "not_started")


def test_a_state_given_twice(people, browser_of, hostile, refused):
    browser = browser_of()
    sent = browser.start()
    address = f"/sign-in/callback/?code={hostile.authorise(sent)}&state={sent['state']}&state=other"
    refused(browser, browser.get(address), "not_started")


def test_a_code_of_somebody_elses_sign_in(people, browser_of, hostile, refused):
    """Only the verifier of the browser that began can use a code."""
    attacker, victim = browser_of(), browser_of()
    stolen = hostile.authorise(attacker.start(), "subject-of-the-attacker")
    refused(victim, victim.finish(victim.start(), stolen), "code_refused")


def test_a_code_used_again(people, browser_of, hostile, refused):
    browser = browser_of()
    sent = browser.start()
    code = hostile.authorise(sent)
    assert browser.finish(sent, code).status_code == 302
    refused(browser, browser.finish(sent, code), "not_started", signed_in=True)
    late = browser_of()
    refused_lines = late.finish(late.start(), code)
    assert refused_lines.status_code == 403
    assert late.get("/me/").status_code == 302


def test_an_answer_of_another_issuer(people, browser_of, hostile, refused):
    browser = browser_of()
    sent = browser.start()
    refused(browser, browser.finish(sent, hostile.authorise(sent), iss="https://elsewhere.test"), "response_issuer")
    assert hostile.asked == []


def test_a_promised_issuer_that_is_missing(come, hostile):
    hostile.metadata = {"authorization_response_iss_parameter_supported": True}
    come("response_issuer")


def test_the_providers_own_refusal_is_not_shown(people, browser_of, hostile, refused):
    browser = browser_of()
    sent = browser.start()
    said = {"error": "access_denied", "error_description": "<b>Asha Bellamy</b>"}
    page = refused(browser, browser.get("/sign-in/callback/", {"state": sent["state"]} | said), "provider_refused")
    assert "Asha" not in page


def test_two_tabs_both_finish_and_do_not_mix(people, browser_of, hostile, refused):
    browser = browser_of()
    one, other = browser.start(), browser.start()
    assert browser.finish(other, hostile.authorise(other)).status_code == 302
    assert browser.finish(one, hostile.authorise(one)).status_code == 302
    mixed = browser_of()
    one, other = mixed.start(), mixed.start()
    refused(mixed, mixed.finish(one, hostile.authorise(other)), "code_refused")


def test_a_sign_in_begun_long_ago(people, browser_of, hostile, refused, monkeypatch):
    browser = browser_of()
    sent = browser.start()
    monkeypatch.setattr("traumatracker.web.signin.pending.SECONDS", -1)
    refused(browser, browser.finish(sent, hostile.authorise(sent)), "not_started")


def test_a_session_key_from_before_is_worth_nothing_after(people, browser_of):
    """Somebody who planted a session in a browser gains nothing when its owner signs in."""
    victim, attacker = browser_of(), browser_of()
    sent = victim.start()
    planted = victim.cookies["__Host-session"].value
    attacker.cookies["__Host-session"] = planted
    victim.finish(sent, victim.hostile.authorise(sent))
    assert victim.cookies["__Host-session"].value != planted
    assert attacker.get("/me/").status_code == 302


def test_no_address_leads_elsewhere(people, browser_of):
    browser = browser_of()
    for name in ("next", "redirect_uri", "return_to"):
        sent = browser.start(f"/sign-in/go/?{name}=https://elsewhere.test/")
        assert "elsewhere" not in str(sent)
        answer = browser.finish(sent, browser.hostile.authorise(sent), **{name: "https://elsewhere.test/"})
        assert answer["Location"] == "/"


def test_a_host_that_is_not_ours_is_refused(people, browser_of):
    browser = browser_of()
    assert browser.get("/sign-in/go/", headers={"host": "elsewhere.test"}).status_code == 400


def test_all_refusals_are_one_page(come, hostile, caplog):
    """Whoever tries learns nothing from what they see."""
    pages = set()
    for reason, claims in (
        ("claims", {"aud": "x"}),
        ("nobody", {"employeeid": "H-999"}),
        ("userinfo", {"employeeid": None}),
    ):
        caplog.clear()
        hostile.claims, hostile.userinfo = claims, {"sub": "subject-2"}
        pages.add(come(reason))
    assert len(pages) == 1


def test_a_provider_that_is_away(people, browser_of, as_force, refused):
    as_force.SIGN_IN = provider_with(as_force, issuer="http://127.0.0.1:9")
    browser = browser_of()
    refused(browser, browser.get("/sign-in/go/"), "provider_away")


def test_the_list_of_made_up_people_is_not_there(people, browser_of):
    browser = browser_of()
    assert "Asha" not in browser.get("/sign-in/").content.decode()
    for form in ({"person": str(people.asha.id)}, {"office": "steward"}):
        browser.post("/sign-in/", form)
        assert "person" not in browser.session
        assert "office" not in browser.session
        assert browser.get("/me/").status_code == 302
        assert browser.get("/queue/").status_code == 302
