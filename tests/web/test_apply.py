"""Applying a refresh: the store says what was found, by the difference only, in short transactions."""

import json
from collections import Counter

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web import desired_states as made
from tests.web.desired_states import found, in_store, posted, start, units, wanted
from traumatracker.web import apply as applying
from traumatracker.web import audit
from traumatracker.web.desired import COLUMNS, EXPOSURE, QUESTION, TEAM, Desired, content_of
from traumatracker.web.exposure.models import Dispute, Exposure, ExposureChange, OpenQuestion
from traumatracker.web.pace import AIM, FEWEST, MOST, Pace
from traumatracker.web.people.models import AuditEvent, Person, Posting, SharingChoice

pytestmark = pytest.mark.django_db


class Still(Pace):
    """Never sleeps and never learns, so that transactions are as long as the test says."""

    def __init__(self, rows=200):
        super().__init__(rows, sleep=lambda _: None)

    def took(self, rows, seconds):
        pass


def apply(people, rows=200, profile="synthetic", of_units=None):
    return applying.apply(units() if of_units is None else of_units, people, start(profile), pace=Still(rows))


def said_by(state, kind):
    """What the store must say of these people's exposures or questions, worked out from the state alone."""
    names = ("exposed_on", "known_on", "category", "role", "rule", "team", "pack", "reasons")
    rows = []
    for person in state:
        for one in person.findings:
            if one.kind == kind:
                values = dict(zip(COLUMNS[kind], one.values, strict=True))
                weights = [values[name] for name in ("category_weight", "role_weight", "points") if name in values]
                shown = [values[name] for name in names[:-1]]
                rows.append(
                    (person.ref, one.key, *shown, *weights, one.content, made.in_order(json.loads(values["reasons"])))
                )
    return sorted(rows)


def expected_counts(before, after, kind):
    old = {(p.ref, one.key): one.content for p in before for one in p.findings if one.kind == kind}
    new = {(p.ref, one.key): one.content for p in after for one in p.findings if one.kind == kind}
    return {
        "new": len(new.keys() - old.keys()),
        "changed": sum(old[name] != new[name] for name in old.keys() & new.keys()),
        "withdrawn": len(old.keys() - new.keys()),
        "unchanged": sum(old[name] == new[name] for name in old.keys() & new.keys()),
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(made.states(), min_size=1, max_size=4), st.integers(1, 12))
def test_whatever_runs_find_the_store_says_it(sequence, rows):
    with transaction.atomic():
        before, hired = [], {}
        for state in sequence:
            counts = apply(state, rows)
            hired |= {one.ref: one for one in state}
            stored = in_store()
            for kind, name in ((EXPOSURE, "exposures"), (QUESTION, "questions")):
                assert stored[kind] == said_by(state, kind)
                assert counts[name] == expected_counts(before, state, kind)
            assert stored["people"] == {(ref, *one.row) for ref, one in hired.items()}
            assert stored["postings"] == sorted(((r, *p) for r, one in hired.items() for p in one.postings), key=str)
            again = apply(state, rows)
            assert all(again[name][word] == 0 for name in again for word in ("new", "changed", "withdrawn"))
            assert in_store() == stored
            before = state
        transaction.set_rollback(True)


def test_a_change_and_a_withdrawal_are_kept_as_facts():
    apply([wanted("P1", [found("P1", 1), found("P1", 2), found("P1", 3)])])
    first = Exposure.objects.get(key="P1|cad:2|event")
    counts = apply([wanted("P1", [found("P1", 1), found("P1", 2, variant=1)])])
    facts = list(ExposureChange.objects.order_by("key").values_list("key", "kind", "person__hr_ref"))
    assert facts == [("P1|cad:2|event", "changed", "P1"), ("P1|cad:3|event", "withdrawn", "P1")]
    changed = Exposure.objects.get(key="P1|cad:2|event")
    assert (changed.id, changed.first_run_id) == (first.id, first.first_run_id)
    assert changed.last_run_id > first.last_run_id
    assert counts["exposures"] == {"new": 0, "changed": 1, "withdrawn": 1, "unchanged": 1}


def test_what_became_a_question_is_no_exposure_any_more():
    apply([wanted("P1", [found("P1", 1)])])
    counts = apply([wanted("P1", [found("P1", 1, kind=QUESTION)])])
    assert (counts["exposures"]["withdrawn"], counts["questions"]["new"]) == (1, 1)
    assert (Exposure.objects.count(), OpenQuestion.objects.count()) == (0, 1)


@pytest.mark.parametrize("column", COLUMNS[EXPOSURE])
def test_every_column_of_an_exposure_is_part_of_its_content(column):
    one = found("P1", 1)
    values = list(one.values)
    values[COLUMNS[EXPOSURE].index(column)] = "something else"
    assert content_of(one.key, one.values) == one.content
    assert content_of(one.key, tuple(values)) != one.content


def test_a_person_the_hr_file_no_longer_names_is_kept_and_so_are_their_postings():
    apply([wanted("P1", [found("P1", 1)]), wanted("P2")])
    kept = list(Posting.objects.filter(person__hr_ref="P1").values())
    counts = apply([wanted("P2")])
    assert list(Posting.objects.filter(person__hr_ref="P1").values()) == kept
    assert Person.objects.filter(hr_ref="P1").exists()
    assert counts["exposures"]["withdrawn"] == 1  # what is kept is who they are, not what no source says any more


def test_a_posting_that_ends_takes_the_place_of_the_open_one():
    apply([wanted("P1")])
    counts = apply([wanted("P1", postings={posted(until=made.DAY)})])
    assert counts["postings"] == {"new": 1, "changed": 0, "withdrawn": 1, "unchanged": 0}
    assert list(Posting.objects.values_list("valid_to", flat=True)) == [made.DAY]


def test_someone_whom_no_hr_row_describes_can_have_exposures():
    apply([Desired("P9", findings=[found("P9", 1)])])
    assert Person.objects.get(hr_ref="P9").display_name == "P9"
    apply([wanted("P9", [found("P9", 1)], name="Known Now")])
    assert Person.objects.get(hr_ref="P9").display_name == "Known Now"
    apply([Desired("P9", findings=[found("P9", 1)])])
    assert Person.objects.get(hr_ref="P9").display_name == "Known Now"


def test_units_are_changed_and_never_removed():
    apply([], of_units=units())
    counts = apply([], of_units=[one._replace(parent=None) for one in units("Neighbourhood")[:2]])
    assert counts["units"] == {"new": 0, "changed": 1, "withdrawn": 0, "unchanged": 1}
    assert ("T1", "Neighbourhood T1", "team", None) in in_store()["units"]
    assert ("T2", "Response T2", "team", "D") in in_store()["units"]


def test_another_profile_withdraws_nothing_of_the_first():
    apply([wanted("P1", [found("P1", 1)])])
    counts = apply([wanted("P2", [found("P2", 1)])], profile="seattle")
    assert counts["exposures"] == {"new": 1, "changed": 0, "withdrawn": 0, "unchanged": 0}
    assert counts["people"] == {"new": 1, "changed": 0, "withdrawn": 0, "unchanged": 0}
    assert Exposure.objects.count() == 2


def test_the_same_person_or_exposure_twice_is_refused_not_lost():
    with pytest.raises(ValueError, match="same person"):
        apply([wanted("P1"), wanted("P1")])
    with pytest.raises(ValueError, match="same exposure"):
        apply([wanted("P2", [found("P2", 1), found("P2", 1, variant=1)])])


def test_what_people_decided_and_the_audit_are_never_touched():
    apply([wanted("P1", [found("P1", 1), found("P1", 2)])])
    person = Person.objects.get()
    SharingChoice.objects.create(person=person, level="out")
    Dispute.objects.create(person=person, exposure_key="P1|cad:1|event", kind="not_there")
    audit.record([audit.Look(person.id, person.id, "self", "p", "s", "d")])
    models = (SharingChoice, Dispute, AuditEvent)
    before = [list(model.objects.values()) for model in models]
    apply([wanted("P1", [found("P1", 2, variant=1)], name="Renamed")])
    assert not Exposure.objects.filter(key="P1|cad:1|event").exists()
    assert [list(model.objects.values()) for model in models] == before


class Killed(Exception):
    pass


STATES = (
    [wanted(f"P{n}", [found(f"P{n}", event, team="T1") for event in range(1, 6)]) for n in range(8)],
    [
        wanted(
            f"P{n}",
            [
                found(f"P{n}", event, EXPOSURE if event % 2 else QUESTION, variant=n % 3, team="T2")
                for event in range(2, 8)
            ],
            name="Renamed",
            postings={posted("T2"), posted("T1", until=made.DAY)},
        )
        for n in range(2, 11)
    ],
)


def whole_people():
    """What the store says of each person, to see that nobody was left half-way."""
    rows = Counter()
    for name in ("people", "postings", EXPOSURE, QUESTION):
        rows.update((row[0], name, str(row)) for row in in_store()[name])
    return {ref: frozenset(key[1:] for key in rows if key[0] == ref) for ref, _, _ in rows}


def killing(monkeypatch, transaction_number, inside):
    """Make the writer die in, or just after, its so manieth transaction. The list tells how many were begun."""
    begun, write = [], applying._Applying._write

    def dying(self, work, rows):
        begun.append(rows)
        if len(begun) != transaction_number:
            return write(self, work, rows)

        def half():
            work()
            if inside:
                raise Killed

        write(self, half, rows)
        raise Killed

    monkeypatch.setattr(applying._Applying, "_write", dying)
    return begun


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "between"])
def test_killed_anywhere_the_next_run_finds_the_rest(monkeypatch, inside):
    with transaction.atomic():
        apply(STATES[0])
        old = whole_people()
        apply(STATES[1])
        whole, new = in_store(), whole_people()
        transaction.set_rollback(True)
    apply(STATES[0])
    number, died = 0, True
    while died:
        number += 1
        with transaction.atomic():
            with monkeypatch.context() as patch:
                killing(patch, number, inside)
                try:
                    apply(STATES[1], rows=15)
                    died = False
                except Killed:
                    for ref, rows in whole_people().items():
                        assert rows in (old.get(ref), new.get(ref)), "somebody was left half-way"
            apply(STATES[1], rows=15)
            assert in_store() == whole
            transaction.set_rollback(True)
    assert number > 8


def test_transactions_are_short_and_nobody_is_divided(monkeypatch):
    sizes, refs, run = [], [], applying._run

    def watched(rows, statements):
        assert connection.in_atomic_block
        sizes.append(len(rows) + sum(len(each) for sql, each in statements if "exposurechange" not in sql))
        named = [values[-1] if sql.startswith("UPDATE") else values[0] for sql, each in statements for values in each]
        refs.append({key.split("|")[0] for key in named if isinstance(key, str) and "|" in key})
        run(rows, statements)

    monkeypatch.setattr(applying, "_run", watched)
    for state in STATES:
        apply(state, rows=15)
        assert len(sizes) > 3
        assert max(sizes) <= 16  # the most rows one person can need here
        assert max(Counter(ref for each in refs for ref in each).values()) == 1
        sizes.clear()
        refs.clear()


def test_the_pace_aims_at_a_time_and_gives_way():
    slept = []
    pace = Pace(rows=100, sleep=slept.append)
    pace.took(100, AIM * 2)
    assert pace.rows == 50
    pace.took(50, AIM / 100)
    assert pace.rows == 100  # at most twice as many
    pace.took(100, 60)
    assert pace.rows == FEWEST
    for _ in range(20):
        pace.took(pace.rows, AIM / 1000)
    assert pace.rows == MOST
    pace.rest(others_wrote=False)
    pace.rest(others_wrote=True)
    assert slept[1] > slept[0] > 0


def test_team_is_looked_up_and_may_be_unknown():
    one = found("P1", 1, team=None)
    assert one.values[TEAM] is None
    apply([wanted("P1", [one])])
    assert Exposure.objects.get().team is None
