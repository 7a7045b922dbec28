"""The data steward settles and takes back, the duty desk releases, in a real browser; every page of both, checked."""

import pytest

from tests import wcag22
from tests.web import factories as make
from traumatracker.web.desk.models import Arrival, Hold
from traumatracker.web.exposure.actions import dispute_entry, report_missing
from traumatracker.web.exposure.models import Exposure
from traumatracker.web.steward import actions
from traumatracker.web.steward.models import QueueItem
from traumatracker.web.steward.waiting import Found

PROFILE = "synthetic"
DAYS = {"first_day": "2026-03-01", "last_day": "2026-05-01"}
WAITING = [
    Found("quarantined", "logs_2026-11-21.csv", "logs_2026-11-21.csv", "bad_time", 3,
          {"meaning": "A date is not written as the profile says.", "first": [{"row": 5, "column": "Opened"}]}),
    Found("conflict", "cad_logs", "3f2a9b1c77de, version 2", "same_version", 2,
          {"table": "cad_logs", "key_sha256": "3f2a" * 16, "version": 2, "hashes": ["ab12" * 16, "cd34" * 16]}),
    Found("unmapped", "NSIR", "999", "no_rule", 40, {"label": "Something new"}),
    Found("unmatched", "collar", "4711", "nobody_held_it", 12, DAYS | {"people": 0}),
    Found("ambiguous", "collar", "123", "several_held_it", 2, DAYS | {"people": 2}),
    Found("doubtful_link", "same_incident", "cad:20260327-0001 → cad:20260327-0002", "far_apart", 1,
          {"from": "cad:20260327-0001", "to": "cad:20260327-0002"}),
]  # fmt: skip
LOOKS = {"light": {}, "dark": {"dark": True}, "phone": {"phone": True}}


@pytest.fixture
def waiting(force):
    """One item of each kind, a dispute and a missing entry; a held batch; a source that is late."""
    kinds = [one.kind for one in WAITING]
    actions.sync(PROFILE, WAITING, kinds)
    entry = Exposure.objects.filter(person=force.asha).first()
    dispute_entry(entry_id=entry.id, kind="wrong_part", role="scene_guard", by=force.asha.id)
    report_missing(category="suicide", on=make.TODAY, by=force.bea.id)
    tables = [{"table": "cad_logs", "rows": 90, "usual": 1000, "kind": "fall"}]
    hold = Hold.objects.create(profile=PROFILE, fingerprint="a" * 64, tables=tables)
    for rows in (900, 1000, 1100):
        Arrival.objects.create(profile=PROFILE, rows={"cad_logs": rows})
    codes = [{"code_system": "NSIR", "code": "999", "label": "Something new", "count": 40}]
    covered = {
        "teams": [{"team": force.team.unit_ref, "deployments": 200, "deployments_linked": 187}],
        "roles": [{"role": "dispatcher", "seen": False}],
    }
    counts = {"deployments_attended": 200, "deployments_without_people": 13}
    make.run(counts={"coverage": counts, "unmapped_codes": codes, "covered": covered})
    return hold


@pytest.fixture
def office(live_server):
    """`office(page, "Data steward")` signs in by pressing the office's button."""

    def sign_in(page, name):
        page.goto(f"{live_server.url}/sign-in/")
        page.get_by_role("button", name=name, exact=True).click()
        return page

    return sign_in


@pytest.mark.parametrize("javascript", [True, False])
def test_a_steward_gives_a_number_to_a_person_and_takes_it_back(open_page, waiting, force, office, javascript):
    page = office(open_page(javascript=javascript), "Data steward")
    page.get_by_label("Kind").select_option("unmatched")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name="A number nobody held").click()
    page.get_by_role("button", name="It was this person").click()
    assert page.locator(".govuk-error-summary").get_by_text("Write the HR reference of the person").is_visible()
    page.get_by_label("HR reference of the person").fill(force.cal.hr_ref)
    page.get_by_role("button", name="It was this person").click()
    assert page.get_by_text("Settled. It takes effect").is_visible()
    page.get_by_role("button", name="Take it back").click()
    assert page.get_by_text("Taken back. It waits again.").is_visible()
    assert QueueItem.objects.get(kind="unmatched").state == "open"


def test_a_dispute_is_settled_and_its_person_sees_it(open_page, waiting, force, office, start):
    page = office(open_page(), "Data steward")
    page.get_by_label("Kind").select_option("dispute")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name="Somebody says it is not right").first.click()
    assert "Asha" not in page.locator("body").inner_text()
    page.get_by_role("button", name="The records bear it out").click()
    page.get_by_role("button", name="Sign out").click()
    start(page, "Asha Bellamy")
    assert page.get_by_text("Checked: the records bear it out").is_visible()


def test_the_desk_sees_what_is_late_and_releases_what_is_held(open_page, waiting, office):
    page = office(open_page(), "Duty desk")
    assert page.get_by_role("heading", name="Held until somebody releases it").is_visible()
    page.get_by_role("button", name="Release it").click()
    assert page.get_by_text("Released. The next refresh takes this batch.").is_visible()
    assert page.get_by_role("button", name="Release it").count() == 0
    assert page.get_by_role("link", name="Queue").count() == 0


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_the_offices_keeps_to_wcag(open_page, waiting, office, live_server, axe, screenshot, look):
    page, faults = open_page(**LOOKS[look]), []
    items = [f"/queue/{number}/" for number in QueueItem.objects.order_by("id").values_list("id", flat=True)]
    if look == "dark":
        items = [items[1], items[3], items[-1]]
    for name, addresses in (
        ("Data steward", ["/queue/", "/queue/?state=gone", *items, "/coverage/"]),
        ("Duty desk", ["/feeds/"]),
    ):
        office(page, name)
        for address in addresses:
            page.goto(live_server.url + address)
            if look != "light":
                page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            found = axe(page) + (wcag22.reflow(page) if look == "phone" else wcag22.tab_stops(page))
            faults += [f"{address}: {fault}" for fault in found]
            if address in ("/queue/", "/feeds/", "/coverage/", items[1], items[-1]):
                screenshot(page, f"offices-{address.strip('/').replace('/', '-')}-{look}")
    assert faults == []
