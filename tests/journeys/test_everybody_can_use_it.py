"""Every page in light, dark and at 320 pixels: no fault of WCAG 2.2 AA that a machine can find."""

import pytest

from tests import wcag22
from tests.web import factories as make
from traumatracker.web.exposure.models import Exposure

OFFICER = (
    "/me/", "/me/?type=homicide", "/me/entry/{entry}/", "/me/entry/{entry}/not-right/", "/me/missing/", "/me/said/",
    "/me/questions/", "/me/sharing/", "/me/looked/", "/support/", "/about/", "/page/", "/nowhere/",
)  # fmt: skip
SERGEANT = ("/team/", "/team/{asha}/")
LOOKS = {"light": {}, "dark": {"dark": True}, "phone": {"phone": True}}


@pytest.fixture
def each_page(force, start, live_server):
    """`each_page(page)` shows, one after the other, every page there is, and yields its address."""
    entry = Exposure.objects.filter(person=force.asha).first()
    make.question(force.asha, 3)

    def walk(page):
        page.goto(f"{live_server.url}/sign-in/")
        yield "/sign-in/"
        for name, addresses in (("Asha Bellamy", OFFICER), ("Bea Okafor", ("/me/",)), ("Morgan Reed", SERGEANT)):
            start(page, name)
            for address in addresses:
                page.goto(live_server.url + address.format(entry=entry.id, asha=force.asha.id))
                yield f"{name} {address}"
        page.goto(f"{live_server.url}/me/missing/")
        page.get_by_role("button", name="Keep this").click()
        yield "/me/missing/ with errors"

    return walk


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(open_page, each_page, axe, look):
    page, faults = open_page(**LOOKS[look]), []
    for address in each_page(page):
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        faults += [f"{address}: {fault}" for fault in axe(page)]
    assert faults == []


def test_pages_fit_320_pixels_with_everything_unfolded(open_page, each_page):
    page, faults = open_page(phone=True), []
    for address in each_page(page):
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        faults += [f"{address}: {fault}" for fault in wcag22.reflow(page)]
    assert faults == []


def test_the_readers_own_spacing_cuts_nothing_off(open_page, each_page):
    page, faults = open_page(phone=True), []
    for address in each_page(page):
        faults += [f"{address}: {fault}" for fault in wcag22.text_spacing(page)]
    assert faults == []


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_tab_stop_is_in_sight_and_shows_the_focus(open_page, each_page, look):
    page, faults = open_page(**LOOKS[look]), []
    for address in each_page(page):
        faults += [f"{address}: {fault}" for fault in wcag22.tab_stops(page)]
    assert faults == []


def test_pictures_to_look_at(open_page, force, start, live_server, screenshot):
    """Whole-page pictures in tests/screenshots: a person should look at what changed."""
    for look, how in (LOOKS | {"print": {"printed": True}}).items():
        page = open_page(**how)
        for name, address in (("Asha Bellamy", "/me/"), ("Morgan Reed", "/team/")):
            start(page, name)
            page.goto(live_server.url + address)
            path = screenshot(page, f"{name.split()[0].lower()}-{look.replace(' ', '-')}")
            assert path.stat().st_size > 20_000


def test_print_leaves_out_what_paper_cannot_use(open_page, force, start, live_server):
    page = start(open_page(printed=True), "Asha Bellamy")
    for hidden in (".tt-nav", ".tt-hide", ".tt-filter", ".tt-entry__links", "svg.tt-narrow"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator("svg.tt-wide").first.is_visible()


def test_no_list_of_people_is_printed(open_page, force, start, live_server):
    page = start(open_page(printed=True), "Morgan Reed")
    page.goto(f"{live_server.url}/team/")
    assert page.locator(".tt-person").count() == 3
    assert "Asha Bellamy" not in page.locator("main").inner_text()
    assert page.get_by_text("The list of people is not printed. Open it on a screen.").is_visible()


def test_a_phone_shows_the_crisis_line_and_the_people_first(open_page, start, live_server):
    page = start(open_page(phone=True), "Morgan Reed")
    page.goto(f"{live_server.url}/team/")
    lines = page.locator(".tt-support a")
    assert [link.inner_text() for link in lines.all() if link.is_visible()] == ["0300 131 2789"]
    page.get_by_text("Other lines to call or text").click()
    assert sum(link.is_visible() for link in lines.all()) == 5
    people, aside = (page.locator(part).bounding_box() for part in (".tt-people", ".tt-aside"))
    assert people["y"] < aside["y"]


def test_an_unfolded_table_is_printed_whole(open_page, start):
    page = start(open_page(printed=True), "Asha Bellamy")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    table = page.locator(".tt-figures .tt-scroll")
    assert table.evaluate("one => one.scrollHeight <= one.clientHeight")
    assert table.bounding_box()["height"] > 1_000
