"""Who can see my record: what the page promises, for whom, and how to get away from it quickly."""

from tests.web import factories as make
from tests.web.conftest import text_of

SEEN = "Whoever supervises the team you are posted to today sees"
UPWARDS = "no page upwards yet: nobody sees your record through the tracker"


def test_a_supervisor_is_not_told_of_somebody_above_who_is_not_there(force, as_person):
    member, supervisor = (text_of(as_person(who).get("/me/sharing/")) for who in (force.asha, force.reed))
    assert (SEEN in member, UPWARDS in member) == (True, False)
    assert (SEEN in supervisor, UPWARDS in supervisor) == (False, True)


def test_the_command_line_is_not_hidden_from_anybody(force, as_person):
    client = as_person(force.asha)
    assert "Once you leave, that list is empty too" in text_of(client.get("/me/sharing/"))
    client.post("/me/sharing/", {"level": "out"})
    page = text_of(client.get("/me/sharing/"))
    assert "can list a shared record from the command line" in page
    assert "You have left, so that list is empty" in page


def test_a_look_says_what_it_was_for(force, as_person):
    make.look(force.reed, force.asha, "2026-06-01T09:15Z")
    assert "to help start a wellbeing conversation" in text_of(as_person(force.asha).get("/me/looked/"))


def test_every_page_about_oneself_can_be_hidden(force, as_person):
    entry = make.exposure(force.asha, 3)
    client = as_person(force.asha)
    pages = ("", "missing/", "said/", "questions/", "sharing/", "looked/")
    for page in (*pages, f"entry/{entry.id}/", f"entry/{entry.id}/not-right/"):
        assert text_of(client.get(f"/me/{page}")).count("Hide this page") == 1, page
