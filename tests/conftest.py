"""What every test may ask for: a real browser, an accessibility checker, pictures, and the folder of real data."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import settings as generated

import chromium
import npm
from tests import emptying, environment, postgres

HERE = Path(__file__).resolve().parent
SCREENSHOTS = HERE / "screenshots"  # ignored by git: to look at, never to compare
generated.register_profile("ours", deadline=None)  # nothing is timed in tests
generated.load_profile("ours")
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 320, "height": 640}  # the width at which WCAG 2.2 asks for reflow
WCAG = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """A file, because the threads of a live server lock each other out of SQLite's shared memory; one per process."""
    on_sqlite = str(Path(environment.HOME) / "tests.sqlite3")
    on_postgresql = f"tests_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    name = on_sqlite if environment.STORE == "sqlite" else on_postgresql
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session", autouse=True)
def audit_may_be_emptied():
    """Between tests that commit, Django empties every table; the audit's guards stand aside for that alone."""
    with emptying.the_audit_too():
        yield


@pytest.fixture(scope="session")
def postgres_server():
    """The address of a PostgreSQL server of this test run; skips where none is installed, and fails there in CI."""
    if postgres.programs() is None:
        if os.environ.get("CI"):
            pytest.fail(f"CI is set, and {postgres.NOT_HERE}")
        pytest.skip(postgres.NOT_HERE)
    return postgres.shared()


@pytest.fixture(scope="session")
def real_data():
    """The folder of published police files; skips where TRAUMATRACKER_REAL_DATA names none."""
    folder = Path(os.environ.get("TRAUMATRACKER_REAL_DATA") or os.devnull)
    if not folder.is_dir():
        pytest.skip("TRAUMATRACKER_REAL_DATA names no folder: the published files are not part of the repository")
    return folder


def no_browser(reason):
    """Skip, except where CI is set: there an untested page must not look like a tested one."""
    if os.environ.get("CI"):
        pytest.fail(f"CI is set, and {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for each test process."""
    from playwright.sync_api import sync_playwright

    found = chromium.find()
    if found is None:
        no_browser("there is no browser: run `python3 dev.py test`, which fetches one")
    try:
        if node := chromium.node_for_playwright():
            os.environ["PLAYWRIGHT_NODEJS_PATH"] = node
    except npm.NodeMissing as problem:
        no_browser(str(problem))
    # Playwright keeps an event loop in this thread; Django would refuse the tests' own look into the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(found.program), args=list(chromium.FLAGS), env=os.environ | found.environment
        )
        yield started
        started.close()


class Watch:
    """Collects what a page must never do: break the content security policy, fail in a script, call outside."""

    def __init__(self):
        self.problems = []

    def follow(self, page):
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message):
        # An expected 404 or 403 is also printed as an error; the test that expects it checks it.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _request(self, request):
        if request.url.startswith("http") and not request.url.startswith(("http://localhost:", "http://127.0.0.1:")):
            self.problems.append(f"call outside: {request.url}")


@pytest.fixture
def open_page(browser):
    """Makes pages: `open_page(dark=False, phone=False, javascript=True, printed=False)` → a Playwright page.

    After the test it fails if any of them broke the content security policy, failed in a script or called outside.
    """
    contexts, watch = [], Watch()

    def make(*, dark=False, phone=False, javascript=True, printed=False):
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/London",
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        watch.follow(page)
        if printed:
            page.emulate_media(media="print")
        return page

    yield make
    for context in contexts:
        context.close()
    assert not watch.problems, watch.problems


@pytest.fixture
def browser_page(open_page):
    """One page as most people see it: a desktop, light, with JavaScript."""
    return open_page()


@pytest.fixture(scope="session")
def axe():
    """`axe(page)` → what axe-core finds wrong at WCAG 2.2 AA, one line for each place."""
    source = (HERE / "vendor/axe-core/axe.min.js").read_text("utf-8")

    def check(page, tags=WCAG):
        page.wait_for_load_state()
        page.evaluate(source)
        found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", list(tags))
        assert found["passes"], "axe-core found nothing to check: is the page empty?"
        return [
            f"{violation['id']}: {violation['help']} at {' '.join(map(str, node['target']))}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    return check


@pytest.fixture
def screenshot():
    """`screenshot(page, name)` → the path of a whole-page picture in tests/screenshots, for people to look at."""

    def take(page, name):
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take
