"""A person's own five years."""

from datetime import date

import pytest
from django.test import Client

from tests.web import factories as make
from tests.web.conftest import text_of


def windows(page):
    """The name, count and points of each window on a page."""
    found = []
    for part in page.split('<div class="tt-window">')[1:]:
        name = part.split("<dt>")[1].split("</dt>")[0]
        count = part.split('__count">')[1].split("<")[0]
        found.append((name, count, part.split('__points">')[1].split("<")[0]))
    return found


def test_windows_include_their_first_day_and_no_earlier_one(force, as_person):
    for days_ago in (0, 27, 28, 182, 183, 364, 365):
        make.exposure(force.asha, days_ago)
    make.exposure(force.asha, (make.TODAY - date(2021, 11, 22)).days)
    make.exposure(force.asha, (make.TODAY - date(2021, 11, 21)).days)  # older than five years
    assert windows(text_of(as_person(force.asha).get("/me/"))) == [
        ("Last 28 days", "2 exposures", "8.0 points"),
        ("Last 6 months", "4 exposures", "16.0 points"),
        ("Last 12 months", "6 exposures", "24.0 points"),
        ("Last five years", "8 exposures", "32.0 points"),
    ]


def test_entries_say_type_and_own_part_in_plain_words(force, as_person):
    make.exposure(force.asha, 3, role="attended_later", role_weight=6_000)
    page = text_of(as_person(force.asha).get("/me/"))
    assert "Sudden death (adult, no suspicion)" in page
    assert "You attended afterwards" in page
    assert "19 November 2026" in page
    assert "2.4 points" in page


def test_somebody_elses_entry_is_on_no_page_of_mine(force, as_person):
    theirs = make.exposure(force.bea, 3, category="homicide")
    client = as_person(force.asha)
    assert "Homicide" not in text_of(client.get("/me/"))
    for address in (f"/me/entry/{theirs.id}/", f"/me/entry/{theirs.id}/not-right/"):
        assert client.get(address).status_code == 404
    assert client.post(f"/me/entry/{theirs.id}/not-right/", {"kind": "not_there"}).status_code == 404


def test_a_supervisor_has_no_such_page_about_a_member(force, as_person):
    theirs = make.exposure(force.asha, 3)
    assert as_person(force.reed).get(f"/me/entry/{theirs.id}/").status_code == 404


def test_what_is_absent_and_what_is_not_yours_read_the_same(force, as_person):
    theirs = make.exposure(force.bea, 3)
    client = as_person(force.asha)
    absent, not_mine = client.get("/me/entry/999999/"), client.get(f"/me/entry/{theirs.id}/")
    assert absent.status_code == not_mine.status_code == 404
    assert text_of(absent) == text_of(not_mine)


def test_filters_narrow_the_list_and_leave_the_windows(force, as_person):
    make.exposure(force.asha, 3)
    make.exposure(force.asha, 5, category="homicide", weight=8)
    make.exposure(force.asha, 800, category="homicide", weight=8)
    client = as_person(force.asha)
    page = text_of(client.get("/me/?type=homicide&year=2026"))
    assert page.count('<li class="tt-entry">') == 1
    assert windows(page)[-1][1] == "3 exposures"
    assert text_of(client.get("/me/?type=homicide")).count('<li class="tt-entry">') == 2


@pytest.mark.parametrize("query", ["year=x", "year=999999999999", "page=0", "page=-1", "page=9999", "page=²"])
def test_a_strange_address_is_not_an_error(force, as_person, query):
    make.exposure(force.asha, 3)
    assert as_person(force.asha).get(f"/me/?{query}").status_code == 200


def test_a_filter_is_never_printed_as_markup(force, as_person):
    make.exposure(force.asha, 3)
    assert "<b>x" not in text_of(as_person(force.asha).get("/me/?type=<b>x&year=2026"))


def test_a_long_list_has_pages_and_each_year_its_own_sum(force, as_person):
    for days_ago in range(90):
        make.exposure(force.asha, days_ago)
    client = as_person(force.asha)
    pages = [text_of(client.get(f"/me/?page={page}")) for page in (1, 2, 3)]
    assert [page.count('<li class="tt-entry">') for page in pages] == [40, 40, 10]
    assert all("90 exposures · 360.0 points" in page for page in pages)


def test_older_entries_are_folded_away_and_in_no_count(force, as_person):
    make.exposure(force.asha, 6 * 365)
    page = text_of(as_person(force.asha).get("/me/"))
    assert "Older than five years: 1 entry" in page
    assert windows(page)[-1] == ("Last five years", "0 exposures", "0.0 points")


def test_with_nothing_there_the_page_says_so_and_gives_support(force, as_person):
    page = text_of(as_person(force.asha).get("/me/"))
    assert "There is nothing to show" in page
    assert "0300 131 2789" in page
    assert "<svg" not in page


def test_support_lines_come_first_and_in_order(force, as_person):
    make.exposure(force.asha, 3)
    page = text_of(as_person(force.asha).get("/me/"))
    main = page[page.index("<main") :]
    places = [main.index(number) for number in ("0300 131 2789", "116 123", "0300 012 0030", "111, option 2", "85258")]
    assert places == sorted(places)
    assert places[-1] < main.index("tt-windows")


@pytest.mark.parametrize(
    ("nobody", "words"),
    [
        (13, "In 6% of the times a resource attended"),
        (1, "In fewer than 1% of the times"),
        (0, "In 0% of the times"),
        (None, "do not always say who was there"),
    ],
)
def test_the_page_says_how_old_the_data_is_and_what_it_misses(force, as_person, nobody, words):
    make.run(counts={"coverage": {"deployments_attended": 200, "deployments_without_people": nobody}})
    page = text_of(as_person(force.asha).get("/me/"))
    assert "Data up to 22 November 2026" in page
    assert words in page


def test_questions_are_in_no_count(force, as_person):
    make.question(force.asha, 3)
    make.question(force.bea, 3)
    client = as_person(force.asha)
    page = text_of(client.get("/me/"))
    assert "For 1 other event we could not tell" in page
    assert "There is nothing to show" in page
    assert windows(page) == []
    assert "Serious violence, victim survived" in text_of(client.get("/me/questions/"))


def test_every_page_of_a_person_is_kept_by_nobody_and_runs_nothing_foreign(force, as_person):
    entry = make.exposure(force.asha, 3)
    client = as_person(force.asha)
    for address in ("/me/", f"/me/entry/{entry.id}/", "/me/questions/", "/me/sharing/", "/me/looked/", "/nowhere/"):
        answer = client.get(address)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_style_sheets_are_served_without_collecting_them_first(db):
    answer = Client().get("/static/traumatracker/frame.css")
    assert answer.status_code == 200
    assert "no-store" not in answer["Cache-Control"]
