"""What a page says about the data: how old it is and how much it could not tell."""

from datetime import timedelta

import pytest

from tests.web import factories as make
from tests.web.conftest import text_of

COUNTS = {
    "exposures": 14_365,
    "open_questions": 6_551,
    "unmapped_codes": [{"code": "L14", "count": 11_000}, {"code": "L52", "count": 500}],
    "coverage": {"deployments_attended": 40_660, "deployments_without_people": 192},
}
TOLD = (
    "Across the whole force the records gave 14,365 entries. For 6,551 more events they could not tell, "
    "and 11,500 times an incident carries a code nobody has mapped."
)


@pytest.mark.parametrize("address", ["/me/", "/me/sharing/", "/team/"])
def test_the_share_of_deployments_never_stands_alone(force, as_person, address):
    make.run(counts=COUNTS)
    page = text_of(as_person(force.reed).get(address))
    assert page.count(TOLD) == 1
    assert page.count("In fewer than 1% of the times a resource attended") == 1


def test_a_supervisor_reads_it_before_the_list_of_people(force, as_person):
    make.run(counts=COUNTS)
    page = text_of(as_person(force.reed).get("/team/"))
    assert page.index(TOLD) < page.index("tt-people")


def test_only_the_newest_finished_run_is_told(force, as_person):
    make.run(counts=COUNTS)
    make.run(counts=COUNTS | {"exposures": 1, "open_questions": 0, "unmapped_codes": []})
    make.run(counts=COUNTS | {"exposures": 9}, state="failed")
    page = text_of(as_person(force.asha).get("/me/"))
    assert "the records gave 1 entry. For 0 more events they could not tell." in page


@pytest.mark.parametrize(("days", "is_late"), [(0, False), (2, False), (3, True), (400, True)])
def test_windows_that_run_on_after_the_data_ended_say_so(force, as_person, today, days, is_late):
    make.run(as_of=today - timedelta(days))
    page = text_of(as_person(force.asha).get("/me/"))
    assert ("Every window ends today, 22 November 2026, but the data ends on" in page) is is_late
