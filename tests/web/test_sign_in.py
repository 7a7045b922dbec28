"""The plain list of made-up people."""

from django.test import Client

from tests.web import factories as make
from tests.web.conftest import text_of
from traumatracker.web import demonstration


def test_everybody_is_listed_by_team(force):
    page = text_of(Client().get("/sign-in/"))
    assert page.index("Response 1</h3>") < page.rindex("Asha Bellamy") < page.index("Response 2</h3>")
    assert "4 people" in page


def test_finding_by_name_and_by_team(force):
    assert "1 person" in text_of(Client().get("/sign-in/?name=zoe"))
    assert "3 people" in text_of(Client().get(f"/sign-in/?team={force.one.id}"))
    assert "Nobody was found" in text_of(Client().get("/sign-in/?name=nobody+at+all"))
    assert Client().get("/sign-in/?team=x").status_code == 200


def test_a_few_to_begin_with_and_why(force, today):
    demonstration._picked.cache_clear()
    for days_ago in range(25):
        make.exposure(force.asha, days_ago)
    make.question(force.bea)
    make.exposure(force.zoe, 300, team=force.other)
    make.post(force.zoe, force.one, since=today)
    make.Posting.objects.filter(person=force.zoe, unit=force.other).delete()
    make.person("Nil Entries", force.other)
    found = {pick.why: pick.person.name for pick in demonstration.picked()}
    assert found == {
        "A response officer with entries": "Asha Bellamy",
        "A sergeant with a team": "Morgan Reed",
        "Someone who transferred in, with their history": "Zoe Nair",
        "Someone with open questions": "Bea Okafor",
        "Someone with nothing to show": "Nil Entries",
    }


def test_units_of_one_name_are_told_apart_by_their_district(force):
    north, south = (make.unit(name, "district") for name in ("North", "South"))
    for district in (north, south):
        make.person(f"Of {district.name}", make.unit("Custody", parent=make.unit("Ops", "department", parent=district)))
    page = text_of(Client().get("/sign-in/"))
    assert page.count("Custody, North</h3>") == page.count("Custody, South</h3>") == 1


def test_somebody_without_a_team_can_be_signed_in_as(force, as_person):
    alone = make.person("Una Posted")
    assert "No team today" in text_of(Client().get("/sign-in/?name=una"))
    assert as_person(alone).get("/me/").status_code == 200


def test_the_banner_is_honest_about_whose_data_it_is(force):
    assert "made-up people and made-up incidents" in text_of(Client().get("/sign-in/"))
    assert "Everyone here is made up" in text_of(Client().get("/sign-in/"))
    make.run(profile="seattle")
    for later in (None, "synthetic"):  # who is real stays real, whatever is read afterwards
        if later:
            make.run(profile=later)
        for address in ("/sign-in/", "/about/"):
            page = text_of(Client().get(address))
            assert "real officers’ records, published for anyone to use, under random keys" in page
            for untrue in ("made up", "made-up", "Nobody’s real record", "do not exist"):
                assert untrue not in page
