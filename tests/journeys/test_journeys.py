"""What people come for, walked through in a real browser with their own words."""

import re

import pytest
from playwright.sync_api import expect


def heading(page, words):
    expect(page.get_by_role("heading", level=1, name=words)).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_an_officer_reads_their_five_years_asks_why_and_puts_one_right(open_page, start, javascript):
    """Asha opens her page, sees support first, narrows the list, asks why an entry is there, and says it is wrong."""
    page = start(open_page(javascript=javascript), "Asha Bellamy")
    heading(page, "My exposure")
    first = page.locator("main a[href^='tel:']").first
    expect(first).to_have_text("0300 131 2789")
    expect(page.get_by_role("img", name="Exposures week by week")).to_be_visible()
    expect(page.get_by_role("img", name="Running count and points")).to_be_visible()
    page.get_by_label("Type").select_option(label="Homicide scene or victim")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".tt-entry")).to_have_count(3)
    page.get_by_role("link", name=re.compile("Why is this here")).first.click()
    heading(page, "Why is this here?")
    expect(page.locator("main")).to_contain_text("Command and control log")
    expect(page.locator(".tt-answer__sum")).to_have_text(re.compile(r"^8 × \S+ = \S+ points$"))
    page.get_by_role("button", name="This is not right").click()
    page.get_by_role("button", name="Keep this").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what is not right")
    page.get_by_label("It was not me, or I was not there").check()
    page.get_by_role("button", name="Keep this").click()
    heading(page, "Thank you. It has been kept")
    page.get_by_role("link", name="Back to My exposure").click()
    expect(page.locator(".tt-said")).to_contain_text("you were not there")
    page.get_by_role("button", name=re.compile("Take this back")).click()
    expect(page.get_by_role("alert")).to_contain_text("taken that back")
    expect(page.locator(".tt-said")).to_have_count(0)


def test_an_officer_says_that_one_is_missing(browser_page, start):
    """Bea has nothing to show; she says what is missing by type and day, and there is nowhere to tell the story."""
    page = start(browser_page, "Bea Okafor")
    expect(page.get_by_role("heading", name="There is nothing to show")).to_be_visible()
    page.get_by_role("link", name="say what is missing").click()
    page.get_by_role("button", name="Keep this").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.get_by_role("link", name="Enter a real date").click()
    expect(page.get_by_label("Day")).to_be_focused()
    page.get_by_label("What type of event was it?").select_option(label="Suicide (adult)")
    for label, value in (("Day", "3"), ("Month", "11"), ("Year", "2026")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Keep this").click()
    page.get_by_role("link", name="Back to My exposure").click()
    expect(page.locator(".tt-said")).to_contain_text("Missing: Suicide (adult), 3 November 2026.")


def test_somebody_with_open_questions(browser_page, start):
    """Cal sees what could not be told and what is missing; none of it is in a count."""
    page = start(browser_page, "Cal Adams")
    expect(page.locator("main")).to_contain_text("For 2 other events we could not tell")
    expect(page.locator(".tt-window").last).to_contain_text("0 exposures")
    page.get_by_role("link", name="See what we could not tell").click()
    heading(page, "We could not tell")
    page.locator("summary").first.click()
    expect(page.locator(".tt-entry--asked")).to_have_count(2)


def test_a_supervisor_sees_who_is_there_until_somebody_leaves_the_tracker(open_page, start):
    """Sergeant Reed reads the team by name; Asha leaves, is gone at once, comes back; and sees who looked."""
    sergeant, asha = start(open_page(), "Morgan Reed"), start(open_page(), "Asha Bellamy")
    sergeant.get_by_role("link", name="My team").click()
    heading(sergeant, "Response 1, North")
    assert sergeant.locator(".tt-person__name").all_inner_texts() == [
        "Asha Bellamy PC",
        "Bea Okafor PC",
        "Cal Adams PC",
    ]
    expect(sergeant.get_by_text("Nothing to show", exact=True)).to_have_count(2)
    sergeant.get_by_role("link", name=re.compile("See the entries of Asha")).click()
    expect(sergeant.locator("main")).to_contain_text("Do not ask what happened")
    address = sergeant.url

    asha.get_by_role("link", name="Who can see my record").click()
    asha.get_by_role("button", name="Leave the tracker").click()
    expect(asha.get_by_role("alert")).to_contain_text("You have left the tracker")
    sergeant.goto(address)
    heading(sergeant, "There is no such page for you")
    sergeant.get_by_role("link", name="My team").click()
    expect(sergeant.get_by_text("Nothing to show", exact=True)).to_have_count(3)

    asha.get_by_role("button", name="Come back to the tracker").click()
    sergeant.reload()
    expect(sergeant.get_by_text("Nothing to show", exact=True)).to_have_count(2)
    asha.get_by_role("navigation").get_by_role("link", name="Who looked").click()
    expect(asha.locator("tbody tr").first).to_contain_text("Morgan Reed")


def test_finding_somebody_to_sign_in_as(open_page, force, live_server):
    """By part of a name, by team, and straight from the few at the top; without JavaScript."""
    page = open_page(javascript=False)
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_label("Part of a name").fill("bella")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("1 person", exact=True)).to_be_visible()
    page.get_by_role("link", name="Show everyone").click()
    page.get_by_label("Team").select_option(label="Response 1, North")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("4 people", exact=True)).to_be_visible()
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_role("button", name="Sign in as Morgan Reed").click()
    heading(page, "My exposure")


def test_hiding_the_page_shows_nothing_and_leads_back(browser_page, start):
    page = start(browser_page, "Asha Bellamy")
    page.get_by_role("button", name="Hide this page").click()
    heading(page, "There is nothing on this page")
    assert "xposure" not in page.content()
    assert page.title() == "Page"
    page.get_by_role("link", name="Carry on").click()
    heading(page, "My exposure")


def test_signing_out_leaves_nothing_behind_the_back_button(browser_page, start, live_server):
    page = start(browser_page, "Asha Bellamy")
    page.get_by_role("button", name="Sign out").click()
    heading(page, "Who would you like to be?")
    page.go_back()
    expect(page.locator(".tt-entries")).to_have_count(0)
