"""What people decided is on the disk before it is answered; a look need not be."""

import pytest
from django.db import connection, transaction

from tests.web import factories
from traumatracker.web.durable import FULL, on_disk
from traumatracker.web.exposure import actions as exposure_actions
from traumatracker.web.people import actions as people_actions
from traumatracker.web.people.models import SharingChoice

NORMAL = 1


def synchronous():
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA synchronous").fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_decision_waits_for_the_disk_and_only_a_decision():
    who = factories.person()
    assert synchronous() == NORMAL
    with on_disk():
        assert synchronous() == FULL
        assert connection.in_atomic_block
        SharingChoice.objects.create(person=who, level="out")
    assert synchronous() == NORMAL
    assert SharingChoice.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_decision_that_fails_leaves_nothing_behind():
    who = factories.person()
    with pytest.raises(RuntimeError), on_disk():
        SharingChoice.objects.create(person=who, level="out")
        raise RuntimeError
    assert synchronous() == NORMAL
    assert not SharingChoice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_inside_another_transaction_it_is_part_of_that_one():
    who = factories.person()
    with transaction.atomic():
        with on_disk():
            SharingChoice.objects.create(person=who, level="out")
        transaction.set_rollback(True)
    assert not SharingChoice.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "decide",
    [
        lambda who, entry: people_actions.choose_sharing(level="out", by=who),
        lambda who, entry: exposure_actions.dispute_entry(entry_id=entry, kind="not_there", by=who),
        lambda who, entry: exposure_actions.report_missing(category="suicide", on=factories.TODAY, by=who),
        lambda who, entry: exposure_actions.take_back(dispute_id=0, by=who),
    ],
    ids=["sharing", "dispute", "missing", "take back"],
)
def test_every_decision_is_made_so(decide):
    who = factories.person()
    entry = factories.exposure(who)
    seen = []
    with connection.execute_wrapper(lambda run, sql, *rest: (seen.append(sql), run(sql, *rest))[1]):
        decide(who.id, entry.id)
    assert seen[:2] == ["PRAGMA synchronous", f"PRAGMA synchronous = {FULL}"]
    assert synchronous() == NORMAL
