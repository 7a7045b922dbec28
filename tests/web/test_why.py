""" "Why is this here?" and "We could not tell", answered from the stored row and the pack."""

from tests.web import factories as make
from tests.web.conftest import text_of
from traumatracker.web.packs import pack_of

PACK = pack_of("ptec_aligned@1")


def asking_rule():
    return next(rule for rule in PACK.rules if rule.when_missing == "question" and rule.codes)


def test_the_answer_has_records_codes_rule_part_weights_and_sum(force, as_person):
    entry = make.exposure(force.asha, 3, role="attended_during", role_weight=8_000)
    page = text_of(as_person(force.asha).get(f"/me/entry/{entry.id}/"))
    reference = entry.reasons["source_records"][0].removeprefix("cad:")
    category, role = PACK.categories["sudden_death"], PACK.roles["attended_during"]
    for words in (
        f'Command and control log <span class="tt-ref">{reference}</span>',
        "incident code 313",
        role.plain,
        "callsign AB12",
        "weight 4 of 10",
        "weight 0.8",
        "4 × 0.8 = 3.2 points",
        "version 1",
        "In the records since 20 November 2026",
    ):
        assert words in page
    assert category.source[:20].replace("'", "&#x27;") in page


def test_it_says_how_its_records_are_linked(force, as_person):
    entry = make.exposure(force.asha, 3)
    client, page = as_person(force.asha), f"/me/entry/{entry.id}/"
    assert "How the records are linked" not in text_of(client.get(page))
    entry.reasons["links"] = ["duplicate_of|cad:2|cad:1"]
    entry.save()
    assert "Command and control log 2 repeats Command and control log 1: it counts once" in text_of(client.get(page))


def test_an_entry_explains_itself_by_the_weights_it_was_made_with(force, as_person):
    entry = make.exposure(force.asha, 3, weight=9, role_weight=5_000, pack="ptec_aligned@0")
    page = text_of(as_person(force.asha).get(f"/me/entry/{entry.id}/"))
    assert "9 × 0.5 = 4.5 points" in page
    assert "made with an earlier version" in page


def test_a_rule_a_role_and_a_type_that_are_gone_are_named_and_not_an_error(force, as_person):
    entry = make.exposure(force.asha, 3, category="gone_type", role="gone_part", rule="gone-rule")
    client = as_person(force.asha)
    assert "no longer in the pack" in text_of(client.get(f"/me/entry/{entry.id}/"))
    assert "Gone type" in text_of(client.get("/me/"))


def test_questions_are_grouped_by_what_is_missing(force, as_person):
    rule = asking_rule()
    for days_ago in (3, 30, 300):
        make.question(force.asha, days_ago, category=rule.category, rule=rule.id)
    make.question(force.asha, 3, category=rule.category, rule="gone-rule")
    page = text_of(as_person(force.asha).get("/me/questions/"))
    assert page.count('<section class="tt-kind">') == 2
    assert "3 events" in page
    assert rule.asks.replace("'", "&#x27;") in page
    assert "no longer in the criteria" in page


def test_somebody_elses_questions_are_not_mine(force, as_person):
    make.question(force.bea, 3)
    assert "There are no open questions" in text_of(as_person(force.asha).get("/me/questions/"))
