"""A small force to walk through in a real browser, and the steps that journeys share."""

from types import SimpleNamespace

import pytest

from tests.web import factories as make
from traumatracker.web.packs import pack_of

PACK = pack_of("ptec_aligned@1")
PARTS = ("first_at_scene", "attended_during", "attended_later", "oic_investigator")


@pytest.fixture
def force(transactional_db, settings):
    """Sergeant Reed's team: Asha with a full record, Bea with none, Cal with questions and one old entry."""
    settings.TODAY = make.TODAY
    make.run(counts={"coverage": {"deployments_attended": 200, "deployments_without_people": 13}})
    team = make.unit("Response 1", parent=make.unit("North", "district"))
    asha, bea, cal = (make.person(name, team) for name in ("Asha Bellamy", "Bea Okafor", "Cal Adams"))
    reed = make.person("Morgan Reed", team, supervisor=True, rank="PS")
    for number, category in enumerate(sorted(PACK.categories.values(), key=lambda category: category.id)):
        part = PACK.roles[PARTS[number % len(PARTS)]]
        for again in range(3):
            make.exposure(asha, number * 41 + again, category.id, category.weight, part.id, part.weight)
    asking = next(rule for rule in PACK.rules if rule.when_missing == "question" and rule.codes)
    for days_ago in (5, 50):
        make.question(cal, days_ago, category=asking.category, rule=asking.id)
    make.exposure(cal, 6 * 365)
    return SimpleNamespace(asha=asha, bea=bea, cal=cal, reed=reed, team=team)


@pytest.fixture
def start(live_server, force):
    """`start(page, "Asha Bellamy")` signs in by pressing the name in the list of those found."""

    def sign_in(page, name):
        page.goto(f"{live_server.url}/sign-in/?name={name.replace(' ', '+')}")
        page.get_by_role("button", name=name, exact=True).click()
        return page

    return sign_in
