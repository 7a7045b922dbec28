"""The checks that judge pages can fail: each is shown a page with its fault, and the same page without."""

import pytest

from tests import wcag22
from tests.conftest import Watch

PAGE = "<!doctype html><html lang=en><title>Test</title><main><h1>Test</h1>{}</main>"


def shown(page, body):
    page.set_content(PAGE.format(body))
    return page


def test_axe_finds_a_fault_and_only_that(browser_page, axe):
    faults = axe(shown(browser_page, "<img src=data:,>"))
    assert [fault.split(":")[0] for fault in faults] == ["image-alt"]
    assert axe(shown(browser_page, "<p>Nothing wrong")) == []


def test_axe_finds_targets_that_are_too_small(browser_page, axe):
    small = "<button style='width:9px;height:9px;padding:0' aria-label=a></button>" * 2
    assert {fault.split(":")[0] for fault in axe(shown(browser_page, small))} == {"target-size"}


def test_reflow(open_page):
    page = open_page(phone=True)
    wide = "<div class=wide style='width:500px'>Too wide</div>"
    faults = wcag22.reflow(shown(page, wide))
    assert len(faults) == 2
    assert 'class="wide"' in faults[1]
    assert wcag22.reflow(shown(page, f"<div style='overflow-x:auto'>{wide}</div>")) == []


def test_reflow_with_a_viewport_of_a_phone(open_page):
    page = open_page(phone=True)
    head = "<meta name=viewport content='width=device-width, initial-scale=1'>"
    assert wcag22.reflow(shown(page, head + "<table><tr><td style='min-width:400px'>Too wide</table>"))


@pytest.mark.parametrize(("height", "faults"), [("1.2em", 1), ("auto", 0)])
def test_text_spacing(browser_page, height, faults):
    box = f"<div style='width:8em;height:{height};line-height:1.2em;overflow:hidden'>Two words</div>"
    assert len(wcag22.text_spacing(shown(browser_page, box))) == faults


def test_tab_stops_that_are_covered(browser_page):
    cover = "<div style='position:fixed;inset:0 0 auto 0;height:300px;background:white'></div>"
    button = "<button>Go</button>"
    assert wcag22.tab_stops(shown(browser_page, button + cover)) == [
        'covered or out of sight when reached by Tab: <button> "Go"'
    ]
    assert wcag22.tab_stops(shown(browser_page, button)) == []


def test_tab_stops_that_do_not_show_the_focus(browser_page):
    faults = wcag22.tab_stops(shown(browser_page, "<button style='outline:none'>Go</button><a href='#'>On</a>"))
    assert faults == ['looks the same with and without focus: <button> "Go"']


def test_pages_are_watched(browser):
    strict = {"Content-Security-Policy": "script-src 'self'"}
    body = "<script>1</script><img src='http://elsewhere.test/a.png'>"
    page, watch = browser.new_page(), Watch()
    page.route("**/*", lambda route: route.fulfill(body=body, headers=strict, content_type="text/html"))
    watch.follow(page)
    page.goto("http://localhost:1/")
    page.close()
    assert len(watch.problems) == 2
    assert "Content Security Policy" in "".join(watch.problems)
    assert "call outside: http://elsewhere.test/a.png" in watch.problems


def test_without_javascript_a_page_still_opens(open_page):
    page = open_page(javascript=False)
    shown(page, "<p id=p>Before</p><script>document.getElementById('p').textContent = 'After'</script>")
    assert page.inner_text("#p") == "Before"


def test_a_page_can_be_dark_and_printed(open_page):
    dark, printed = open_page(dark=True), open_page(printed=True)
    assert dark.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert printed.evaluate("matchMedia('print').matches")


def test_a_picture_is_kept(browser_page, screenshot):
    path = screenshot(shown(browser_page, "<p>Seen"), "house-helper")
    assert path.read_bytes().startswith(b"\x89PNG")
