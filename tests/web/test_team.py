"""My team: who is on it today, by name, and what is never told apart."""

from datetime import timedelta

import pytest

from tests.web import factories as make
from tests.web.conftest import text_of
from traumatracker.web.people.models import SharingChoice


def names(page):
    return [part.split("<")[0].strip() for part in page.split('class="tt-person__name">')[1:]]


def person_line(page, name):
    """The whole markup of one person on the team page."""
    return next(part for part in page.split('<li class="tt-person">')[1:] if name in part).split("</li>")[0]


def team_of(client):
    answer = client.get("/team/")
    assert answer.status_code == 200
    return text_of(answer)


def test_everyone_posted_today_by_name_and_never_by_score(force, as_person):
    cal = make.person("Cal Adams", force.one)
    make.exposure(force.bea, 3, weight=10, category="child_death")
    make.exposure(cal, 3)
    page = team_of(as_person(force.reed))
    assert names(page) == ["Asha Bellamy", "Bea Okafor", "Cal Adams"]
    assert "Zoe" not in page


def test_the_supervisor_is_not_on_their_own_list(force, as_person):
    make.exposure(force.reed, 3)
    client = as_person(force.reed)
    assert "Morgan Reed" not in names(team_of(client))
    assert client.get(f"/team/{force.reed.id}/").status_code == 404


@pytest.mark.parametrize(
    ("starts", "ends", "is_there"),
    [(-10, None, True), (0, None, True), (1, None, False), (-10, 1, True), (-10, 0, False), (-10, -5, False)],
)
def test_a_posting_holds_from_its_first_day_until_before_its_last(force, as_person, today, starts, ends, is_there):
    someone = make.person("Dee Moves")
    until = None if ends is None else today + timedelta(ends)
    make.post(someone, force.one, since=today + timedelta(starts), until=until)
    make.exposure(someone, 3)
    client = as_person(force.reed)
    assert ("Dee Moves" in names(team_of(client))) is is_there
    assert client.get(f"/team/{someone.id}/").status_code == (200 if is_there else 404)


def test_supervising_ends_with_the_posting(force, as_person, today):
    client = as_person(force.reed)
    make.exposure(force.asha, 3)
    assert client.get(f"/team/{force.asha.id}/").status_code == 200
    make.Posting.objects.filter(person=force.reed).update(valid_to=today)
    assert client.get("/team/").status_code == 404
    assert client.get(f"/team/{force.asha.id}/").status_code == 404
    assert "My team" not in text_of(client.get("/me/"))


def test_somebody_who_left_the_force_is_gone(force, as_person, today):
    make.exposure(force.asha, 3)
    force.asha.left_on = today
    force.asha.save()
    client = as_person(force.reed)
    assert "Asha Bellamy" not in names(team_of(client))
    assert client.get(f"/team/{force.asha.id}/").status_code == 404


def test_history_follows_somebody_who_transferred_in(force, as_person, today):
    make.exposure(force.zoe, 300, team=force.other)
    make.Posting.objects.filter(person=force.zoe).update(valid_to=today)
    make.post(force.zoe, force.one, since=today)
    client = as_person(force.reed)
    assert "1 exposure<" in person_line(team_of(client), "Zoe Nair")
    assert "26 January 2026" in text_of(client.get(f"/team/{force.zoe.id}/"))


def test_a_members_page_has_type_part_and_date_and_no_way_further(force, as_person):
    entry = make.exposure(force.asha, 3, role="attended_later", role_weight=6_000)
    page = text_of(as_person(force.reed).get(f"/team/{force.asha.id}/"))
    assert "Sudden death (adult, no suspicion)" in page
    assert "Attended after the event" in page
    assert "19 November 2026" in page
    for hidden in (f"/me/entry/{entry.id}", entry.reasons["source_records"][0], "AB12", "Why is this here"):
        assert hidden not in page


def test_one_sentence_for_every_reason_to_show_nothing(force, as_person, today):
    out, new, older = (make.person(f"Same {letter}", force.one) for letter in "ABC")
    make.person("Same D", force.one, since=today, started_on=today)
    peer = make.person("Same E", force.one, supervisor=True)
    for who in (out, peer):
        make.exposure(who, 3)
    make.exposure(older, 6 * 365)
    SharingChoice.objects.create(person=out, level="out")
    page = team_of(as_person(force.reed))
    lines = {person_line(page, f"Same {letter}").replace(f"Same {letter}", "") for letter in "ABCDE"}
    assert len(lines) == 1
    assert "Nothing to show" in lines.pop()
    client = as_person(force.reed)
    answers = {text_of(client.get(f"/team/{who.id}/")) for who in (out, new, older, peer)}
    assert len(answers) == 1
    assert client.get(f"/team/{out.id}/").status_code == 404


def test_supervisors_of_the_same_team_do_not_see_each_other(force, as_person):
    peer = make.person("Sam Idle", force.one, supervisor=True)
    make.exposure(peer, 3)
    make.exposure(force.reed, 3)
    assert "Nothing to show" in person_line(team_of(as_person(force.reed)), "Sam Idle")
    assert "Nothing to show" in person_line(team_of(as_person(peer)), "Morgan Reed")


def test_nobody_sees_upwards_sideways_or_into_another_team(force, as_person):
    for who in (force.asha, force.bea, force.zoe, force.reed):
        make.exposure(who, 3)
    assert as_person(force.reed).get(f"/team/{force.zoe.id}/").status_code == 404
    for reader in (force.asha, force.zoe):
        for subject in (force.asha, force.bea, force.reed):
            assert as_person(reader).get(f"/team/{subject.id}/").status_code == 404


def test_leaving_hides_everything_at_once_and_is_undone_in_one_step(force, as_person):
    make.exposure(force.asha, 3)
    own, supervisor = as_person(force.asha), as_person(force.reed)
    shown = person_line(team_of(supervisor), "Asha Bellamy")
    assert "1 exposure<" in shown
    assert "You have left the tracker" in text_of(own.post("/me/sharing/", {"level": "out"}, follow=True))
    assert "Nothing to show" in person_line(team_of(supervisor), "Asha Bellamy")
    assert supervisor.get(f"/team/{force.asha.id}/").status_code == 404
    assert "1 exposure<" in text_of(own.get("/me/"))
    own.post("/me/sharing/", {"level": "full"})
    assert person_line(team_of(supervisor), "Asha Bellamy").split("tt-windows")[1:]
    assert supervisor.get(f"/team/{force.asha.id}/").status_code == 200


@pytest.mark.parametrize("level", ["prompts", "private", "out", "full "])
def test_any_level_but_full_hides_even_one_not_offered_yet(force, as_person, level):
    make.exposure(force.asha, 3)
    if level.strip() != level:
        as_person(force.asha).post("/me/sharing/", {"level": level})
        assert not SharingChoice.objects.exists()
        return
    SharingChoice.objects.create(person=force.asha, level=level)
    assert "Nothing to show" in person_line(team_of(as_person(force.reed)), "Asha Bellamy")


def test_nobody_but_the_person_sees_what_they_chose(force, as_person):
    own = as_person(force.asha)
    own.post("/me/sharing/", {"level": "out"})
    page = text_of(own.get("/me/sharing/"))
    assert "you left the tracker" in page
    assert "you left the tracker" not in text_of(as_person(force.reed).get("/me/sharing/"))


def test_choosing_what_holds_already_stores_nothing(force, as_person):
    as_person(force.asha).post("/me/sharing/", {"level": "full"})
    assert not SharingChoice.objects.exists()


def test_a_supervisor_of_two_teams_sees_both(force, as_person):
    make.post(force.reed, force.other, supervisor=True)
    page = team_of(as_person(force.reed))
    assert page.index("Response 1</h1>") < page.index("Asha Bellamy") < page.index("Response 2</h2>")
    assert "Zoe Nair" in names(page)


def test_a_future_entry_is_shown_to_nobody_until_its_day(force, as_person, settings, today):
    make.exposure(force.asha, 3)
    entry = make.exposure(force.asha, -2, category="homicide")
    make.question(force.asha, -2)
    own, supervisor = as_person(force.asha), as_person(force.reed)
    addresses = ((own, "/me/"), (supervisor, f"/team/{force.asha.id}/"))
    assert ["Homicide" in text_of(client.get(address)) for client, address in addresses] == [False, False]
    assert own.get(f"/me/entry/{entry.id}/").status_code == 404
    assert "There are no open questions" in text_of(own.get("/me/questions/"))
    settings.TODAY = entry.exposed_on
    assert ["Homicide" in text_of(client.get(address)) for client, address in addresses] == [True, True]
    assert own.get(f"/me/entry/{entry.id}/").status_code == 200


def test_a_member_with_only_a_future_entry_answers_like_one_with_none(force, as_person):
    make.exposure(force.asha, -2)
    client = as_person(force.reed)
    assert "Nothing to show" in person_line(team_of(client), "Asha Bellamy")
    assert client.get(f"/team/{force.asha.id}/").status_code == 404


def test_bars_say_that_they_are_calendar_months(force, as_person):
    make.exposure(force.asha, 3)
    client = as_person(force.reed)
    for page in (team_of(client), text_of(client.get(f"/team/{force.asha.id}/"))):
        assert (
            "Calendar months; “last 12 months” is 365 days" in page.split("<figcaption>")[1].split("</figcaption>")[0]
        )
        assert "Exposures by calendar month" in page.split("<caption")[1].split("</caption>")[0]
        assert "Twelve calendar months up to Nov 2026" in page
