"""Who may come in, tried at every address there is."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.web import factories as make
from traumatracker.web import door

MADE_UP = {"entry_id": 1, "dispute_id": 1, "person_id": uuid4(), "item_id": 1, "hold_id": 1}
PATTERNS = get_resolver().url_patterns

# Pages of real sign-in, which a demonstration does not have; tests/signin looks at them.
OF_A_FORCE = {"sign-in-go", "sign-in-callback", "sign-in-as", "leave-provider", "signed-out"}


def address(pattern):
    return reverse(pattern.name, kwargs={name: MADE_UP[name] for name in pattern.pattern.converters})


def by_access(kind):
    return pytest.mark.parametrize(
        "pattern", [p for p in PATTERNS if p.callback.access == kind], ids=lambda pattern: pattern.name
    )


@by_access(door.SELF)
@pytest.mark.django_db
def test_a_page_about_oneself_sends_a_stranger_to_sign_in(pattern):
    for method in ("get", "post"):
        answer = getattr(Client(), method)(address(pattern))
        assert answer.status_code == 405 or answer["Location"] == "/sign-in/"


@by_access(door.SUPERVISOR)
def test_a_supervisors_page_is_not_there_for_anybody_else(pattern, force, as_person):
    assert Client().get(address(pattern))["Location"] == "/sign-in/"
    assert as_person(force.asha).get(address(pattern)).status_code == 404


def as_office(office):
    client = Client()
    client.post("/sign-in/", {"office": office})
    return client


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p.callback.access in door.OFFICES], ids=lambda p: p.name)
def test_an_offices_page_is_not_there_for_anybody_else(pattern, force, as_person):
    kind = pattern.callback.access
    others = [office for office in ("steward", "desk") if office not in door.OFFICES[kind]]
    refused = [as_office(office) for office in others] + [as_person(force.asha)]
    if kind != door.COVERING:
        refused.append(as_person(force.reed))
    for client in refused:
        for method in ("get", "post"):
            assert getattr(client, method)(address(pattern)).status_code in (404, 405)
    for method in ("get", "post"):
        answer = getattr(Client(), method)(address(pattern))
        assert answer.status_code == 405 or answer["Location"] == "/sign-in/"


@pytest.mark.parametrize("office", ["steward", "desk"])
@pytest.mark.parametrize(
    "pattern", [p for p in PATTERNS if p.callback.access in (door.SELF, door.SUPERVISOR)], ids=lambda p: p.name
)
def test_an_office_has_no_page_of_a_person(pattern, office, force):
    for method in ("get", "post"):
        assert getattr(as_office(office), method)(address(pattern)).status_code in (404, 405)


@pytest.mark.django_db
def test_an_office_nobody_defined_is_nobody():
    client = as_office("professional_standards")
    assert client.get("/queue/")["Location"] == "/sign-in/"
    assert client.get("/me/")["Location"] == "/sign-in/"


@by_access(door.OPEN)
@pytest.mark.django_db
def test_an_open_page_shows_nothing_of_anybody(pattern):
    somebody = make.person("Asha Bellamy")
    make.exposure(somebody, 3)
    answer = Client().get(address(pattern))
    assert answer.status_code in (200, 302, 405, 404 if pattern.name in OF_A_FORCE else 200)
    assert "Sudden death" not in answer.content.decode()
    assert ("Asha" in answer.content.decode()) is (pattern.name == "sign-in")


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_no_address_takes_a_method_it_did_not_name(pattern, force, as_person):
    for method in ("put", "delete", "patch"):
        assert getattr(as_person(force.reed), method)(address(pattern)).status_code == 405


def test_an_access_nobody_defined_is_refused():
    with pytest.raises(ValueError, match="no page is open"):
        door.access("everyone")


def test_leaving_the_force_takes_effect_at_the_next_request(force, as_person, today):
    client = as_person(force.asha)
    assert client.get("/me/").status_code == 200
    force.asha.left_on = today
    force.asha.save()
    assert client.get("/me/")["Location"] == "/sign-in/"


def test_signing_out_forgets_who_it_was(force, as_person):
    client = as_person(force.asha)
    client.post("/sign-out/")
    assert client.get("/me/")["Location"] == "/sign-in/"


@pytest.mark.parametrize("said", ["", "x", "8fa75083-90ae-4deb-bbb7-4314ee475c1c"])
def test_signing_in_as_nobody(force, said):
    client = Client()
    assert client.post("/sign-in/", {"person": said})["Location"] == "/sign-in/"
    assert client.get("/me/")["Location"] == "/sign-in/"


def test_a_form_from_elsewhere_is_refused_with_a_page(force):
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"person": str(force.asha.id)})
    assert answer.status_code == 403
    assert "Nothing has been changed" in answer.content.decode()


def test_a_refused_page_still_knows_who_is_signed_in(force, as_person):
    client = as_person(force.asha)
    client.handler.enforce_csrf_checks = True
    answers = [client.get("/nowhere/"), client.get("/team/"), client.get("/sign-out/"), client.post("/me/sharing/")]
    assert [answer.status_code for answer in answers] == [404, 404, 405, 403]
    for page in (answer.content.decode() for answer in answers):
        assert "Asha Bellamy" in page
        assert "Sign out" in page
        assert "Go to the start" in page


def test_a_refused_method_says_which_are_taken(db):
    answer = Client().get("/sign-out/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert Client().post("/about/")["Allow"] == "HEAD, GET"
    assert Client().head("/about/").status_code == 200


def test_signing_out_has_the_browser_forget(force, as_person):
    assert as_person(force.asha).post("/sign-out/")["Clear-Site-Data"] == '"cache", "storage"'
