"""What people decided is on the disk before it is answered; a look need not be."""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from tests.web import factories
from traumatracker.web.durable import FULL, on_disk
from traumatracker.web.exposure import actions as exposure_actions
from traumatracker.web.exposure.models import Dispute
from traumatracker.web.people import actions as people_actions
from traumatracker.web.people.models import SharingChoice

NORMAL = 1


def waits_for_the_disk():
    """Whether what this connection commits is on the disk when it is answered."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous" if sqlite else "SHOW synchronous_commit")
        said = cursor.fetchone()[0]
    return {NORMAL: False, FULL: True, "off": False, "on": True}[said]


@pytest.fixture
def not_by_itself():
    """A store whose looks do not wait: SQLite's as we open it, PostgreSQL's where its administrator said so."""
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
    yield
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_decision_waits_for_the_disk_and_only_a_decision(not_by_itself):
    who = factories.person()
    assert not waits_for_the_disk()
    with on_disk():
        assert waits_for_the_disk()
        assert connection.in_atomic_block
        SharingChoice.objects.create(person=who, level="out")
    assert not waits_for_the_disk()
    assert SharingChoice.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_decision_that_fails_leaves_nothing_behind(not_by_itself):
    who = factories.person()
    with pytest.raises(RuntimeError), on_disk():
        SharingChoice.objects.create(person=who, level="out")
        raise RuntimeError
    assert not waits_for_the_disk()
    assert not SharingChoice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_inside_another_transaction_it_is_part_of_that_one():
    who = factories.person()
    with transaction.atomic():
        with on_disk():
            SharingChoice.objects.create(person=who, level="out")
        transaction.set_rollback(True)
    assert not SharingChoice.objects.exists()


DECISIONS = {
    "sharing": lambda who, entry, said: people_actions.choose_sharing(level="out", by=who),
    "dispute": lambda who, entry, said: exposure_actions.dispute_entry(entry_id=entry, kind="not_there", by=who),
    "missing": lambda who, entry, said: exposure_actions.report_missing(category="suicide", on=factories.TODAY, by=who),
    "take back": lambda who, entry, said: exposure_actions.take_back(dispute_id=said, by=who),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("decision", DECISIONS)
def test_every_decision_is_made_so(decision, not_by_itself):
    who = factories.person()
    entry, said = factories.exposure(who), Dispute.objects.create(person=who, kind="not_there")
    waited = []

    def ask(run, sql, *rest):
        if sql.startswith(("INSERT", "UPDATE")):
            with wrapped():
                waited.append(waits_for_the_disk())
        return run(sql, *rest)

    @contextmanager
    def wrapped():
        kept, connection.execute_wrappers = connection.execute_wrappers, []
        yield
        connection.execute_wrappers = kept

    with connection.execute_wrapper(ask):
        DECISIONS[decision](who.id, entry.id, said.id)
    assert waited
    assert all(waited)
    assert not waits_for_the_disk()
