"""Scoring on cases made by hand."""

from datetime import date

import pytest

from traumatracker.engine.evaluate import Truth, match, read_truth, score, score_with_missing, share
from traumatracker.engine.result import Coverage, Exposure, Question, Result
from traumatracker.errors import CannotRun

DAY = date(2026, 1, 5)


def found(person="P1", records=("cad:1",), category="suicide", roles=("first_at_scene",), occasion="event"):
    return Exposure(
        person, records[0], occasion, DAY, DAY, category, "r", roles[0], (), records, None, "p@1",
        category_weight=7, roles=roles, role_weight=10_000, points=70_000, tags=(), evidence=(),
    )  # fmt: skip


def true(person="P1", records=("cad:1",), category="suicide", roles=("first_at_scene",), occasion="event", seen=True):
    return Truth(person, DAY, occasion, frozenset(records), category, roles, seen)


def asked(person="P1", records=("cad:1",)):
    return Question(person, records[0], "event", DAY, DAY, "suicide", "r", "first_at_scene", (), records, None, "p@1")


def rates(scores, table, name):
    row = scores[table][name]
    return row["precision"], row["recall"], row["claimed"], row["true"], row["hits"]


def test_the_same_person_event_and_category_is_a_hit():
    scores = score([found()], [true()])
    assert rates(scores, "by_category", "suicide") == (1.0, 1.0, 1, 1, 1)
    assert rates(scores, "by_role", "first_at_scene") == (1.0, 1.0, 1, 1, 1)
    assert scores["person_and_event"]["hits"] == scores["person_event_and_category"]["hits"] == 1


def test_another_person_at_the_same_event_is_a_miss_and_a_false_find():
    scores = score([found(person="P2")], [true()])
    assert rates(scores, "by_category", "suicide") == (0.0, 0.0, 1, 1, 0)
    assert scores["person_and_event"]["hits"] == 0


def test_one_record_in_common_is_enough():
    scores = score([found(records=("cad:1", "cad:2"))], [true(records=("cad:2", "rms:9"))])
    assert scores["person_event_and_category"]["hits"] == 1


def test_a_wrong_category_is_right_about_the_person_and_wrong_about_both_categories():
    scores = score([found(category="sudden_death")], [true()])
    assert rates(scores, "by_category", "sudden_death") == (0.0, None, 1, 0, 0)
    assert rates(scores, "by_category", "suicide") == (None, 0.0, 0, 1, 0)
    assert scores["person_and_event"]["precision"] == 1.0
    assert scores["person_event_and_category"]["precision"] == 0.0


def test_an_event_found_twice_because_a_link_is_missing_is_one_hit_and_one_false_find():
    scores = score([found(), found(records=("rms:9",))], [true(records=("cad:1", "rms:9"))])
    assert rates(scores, "by_category", "suicide") == (0.5, 1.0, 2, 1, 1)


def test_the_truth_with_the_same_category_is_preferred_even_to_more_records_in_common():
    near = true(records=("cad:1", "cad:2"), category="homicide")
    same = true(records=("cad:1",))
    pairs = match([found(records=("cad:1", "cad:2"))], [near, same])
    assert (pairs[0][1], pairs[1]) == (same, (None, near))


def test_a_find_with_another_category_never_takes_the_truth_of_one_with_the_same():
    first = found(records=("cad:1",), category="homicide")
    second = found(records=("cad:2",))
    pairs = match([first, second], [true(records=("cad:1", "cad:2"))])
    assert {(exposure.category, truth is not None) for exposure, truth in pairs} == {
        ("suicide", True),
        ("homicide", False),
    }


def test_days_of_their_own_are_paired_by_day():
    first, second = "interviewer_victim:2026-01-05", "interviewer_victim:2026-01-09"
    scores = score([found(occasion=first), found(occasion="event")], [true(occasion=first), true(occasion=second)])
    assert scores["person_and_event"] | {} == {
        "precision": 0.5, "recall": 0.5, "recall_of_visible": 0.5, "claimed": 2, "true": 2, "hits": 1, "visible": 2,
        "asked": 0,
    }  # fmt: skip


def test_every_part_of_a_person_is_scored():
    scores = score(
        [found(roles=("first_at_scene", "oic_investigator"))], [true(roles=("first_at_scene", "negotiator"))]
    )
    assert rates(scores, "by_role", "oic_investigator")[:2] == (0.0, None)
    assert rates(scores, "by_role", "negotiator")[:2] == (None, 0.0)
    assert rates(scores, "by_role", "first_at_scene")[:2] == (1.0, 1.0)


def test_what_no_record_shows_is_told_apart():
    scores = score([found()], [true(), true(person="P2", seen=False)])
    row = scores["by_category"]["suicide"]
    assert (row["recall"], row["recall_of_visible"], row["visible"]) == (0.5, 1.0, 1)


def test_a_miss_kept_as_an_open_question_is_counted_apart():
    scores = score([], [true(), true(person="P2")], [asked(), asked(person="P2", records=("cad:7",))])
    assert scores["by_category"]["suicide"]["asked"] == 1


def test_nothing_to_divide_is_none_and_not_zero():
    assert share(0, 0) is None
    assert score([], []) | {"by_category": {}} == score([], [])
    assert score([], [])["person_and_event"]["precision"] is None


def test_each_share_is_scored_with_what_is_left():
    def less(tables, percent):
        return {name: rows[: len(rows) * (100 - percent) // 100] for name, rows in tables.items()}

    def engine(tables):
        exposures = [found(records=(f"cad:{number}",)) for number in tables["crew"]]
        return Result(exposures, [], [], Coverage(0, 0, 0, 0, 0, 0, 0))

    truths = [true(records=(f"cad:{number}",)) for number in range(10)]
    scores = score_with_missing({"crew": list(range(10))}, truths, less, engine)
    assert [row["missing_percent"] for row in scores] == [0, 20, 50]
    assert [row["person_and_event"]["recall"] for row in scores] == [1.0, 0.8, 0.5]


def test_the_truth_of_a_made_up_force_is_read_as_written(small):
    truths = read_truth(small.folder)
    assert len(truths) == small.summary.true_exposures
    first, row = truths[0], small.rows("truth/truth_exposures.csv")[0]
    assert (first.person_id, first.exposed_on.isoformat(), first.category) == (
        row["Hr_Ref"],
        row["Exposed_On"],
        row["Category"],
    )
    assert sum(not truth.visible for truth in truths) == small.summary.not_visible


def test_a_folder_without_truth_is_refused_in_words(tmp_path):
    with pytest.raises(CannotRun, match="only a made-up force can be scored"):
        read_truth(tmp_path)
