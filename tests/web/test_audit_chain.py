"""The chain: one writer at a time, guarded by the database, and every kind of tampering seen at the place it is."""

import os
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from tests.web import factories as make
from traumatracker.errors import CannotRun
from traumatracker.web import audit
from traumatracker.web.audit import chain, guards, reads, verify
from traumatracker.web.audit.canonical import GENESIS, digest
from traumatracker.web.people.models import AuditEvent, AuditHead

EVENTS = 30
PLACES = min(int(os.environ.get("TRAUMATRACKER_TEST_EXAMPLES", "8")), EVENTS - 1)  # random places, of each kind
WRITERS, EACH = 16, 12


def looks(reader, subject, number):
    who = (reader.id, subject.id, "supervisor", "p")
    return [audit.Look(*who, "My team", "exposure", rows=rows) for rows in range(number)]


@pytest.fixture
def written(db):
    """Thirty events about two people."""
    one, other = make.person(), make.person()
    audit.record(looks(one, other, EVENTS - 5))
    audit.changed(looks(other, other, 5))
    return one, other


def as_owner(*statements):
    """What somebody does who owns the database: takes the guards away, changes, and puts them back."""
    with connection.cursor() as cursor:
        for statement in [*guards.down(connection.vendor), *statements, *guards.up(connection.vendor)]:
            cursor.execute(*statement) if isinstance(statement, tuple) else cursor.execute(statement)


def first_wrong(lines=()):
    found = verify.verify(list(lines))
    return found.first and (found.first.at, found.first.kind)


def test_a_chain_nobody_touched_is_whole(written):
    found = verify.verify([])
    assert (found.events, found.valid, found.guarded) == (EVENTS, True, True)
    assert list(AuditEvent.objects.order_by("id").values_list("sequence", flat=True)) == [*range(1, EVENTS + 1)]


def test_an_empty_chain_is_whole(db):
    assert verify.verify([]).valid


CONTENTS = ["at", "actor_id", "subject_id", "office", "basis", "purpose", "surface", "data_class", "fields", "rows",
            "outcome", "request", "hash"]  # fmt: skip
NEW = {"at": "2020-01-01 00:00:00+00:00", "actor_id": None, "subject_id": None, "rows": 999}


@pytest.mark.parametrize("column", CONTENTS)
def test_a_changed_event_is_found_where_it_is(written, column):
    at = Random(column).randint(1, EVENTS)
    as_owner((f"UPDATE {guards.TABLE} SET {column} = %s WHERE sequence = %s", [NEW.get(column, "tampered"[:10]), at]))
    assert first_wrong() == (at, "changed")


def places(seed):
    return sorted(Random(seed).sample(range(1, EVENTS), PLACES))


@pytest.mark.parametrize("at", places("deleted"))
def test_a_deleted_event_is_found_where_it_was(written, at):
    as_owner(f"DELETE FROM {guards.TABLE} WHERE sequence = {at}")
    assert first_wrong() == (at, "missing")


@pytest.mark.parametrize("at", places("deleted and numbered anew"))
def test_a_deleted_event_is_found_although_the_rest_is_numbered_anew(written, at):
    later = [
        f"UPDATE {guards.TABLE} SET sequence = {number - 1} WHERE sequence = {number}"
        for number in range(at + 1, EVENTS + 1)
    ]
    as_owner(f"DELETE FROM {guards.TABLE} WHERE sequence = {at}", *later)
    assert first_wrong() == (at, "changed")


@pytest.mark.parametrize("at", places("swapped"))
def test_two_events_in_the_other_order_are_found(written, at):
    table = guards.TABLE
    as_owner(
        f"UPDATE {table} SET sequence = 9999 WHERE sequence = {at}",
        f"UPDATE {table} SET sequence = {at} WHERE sequence = {at + 1}",
        f"UPDATE {table} SET sequence = {at + 1} WHERE sequence = 9999",
    )
    assert first_wrong() == (at, "changed")


@pytest.mark.parametrize("at", places("inserted"))
def test_an_event_put_in_between_is_found(written, at):
    move = "UPDATE {} SET sequence = {} WHERE sequence = {}"
    as_owner(*(move.format(guards.TABLE, number + 1, number) for number in range(EVENTS, at, -1)))
    put_in(at + 1, reads.hash_of(at))
    assert first_wrong() == (at + 2, "changed")  # the one put in fits the one before it, and so the next does not


def test_an_event_added_behind_the_head_is_found(written):
    put_in(EVENTS + 1, reads.hash_of(EVENTS))
    assert first_wrong() == (EVENTS + 1, "added")


def put_in(sequence, previous):
    """Put in an event that fits the one before it, as somebody does who knows the format."""
    event = AuditEvent.objects.get(sequence=1)
    event.id, event.sequence, event.rows = None, sequence, 77
    event.hash = digest(previous, vars(event))
    event.save()


@pytest.mark.parametrize("at", places("cut off"))
def test_a_chain_cut_off_is_found_by_its_head(written, at):
    as_owner(f"DELETE FROM {guards.TABLE} WHERE sequence > {at}")
    assert first_wrong() == (at + 1, "cut_off")


def test_a_head_that_says_another_hash_or_is_gone_is_found(written):
    AuditHead.objects.update(hash="0" * 64)
    assert first_wrong() == (EVENTS, "head")
    AuditHead.objects.all().delete()
    assert first_wrong() == (EVENTS + 1, "head")


def test_without_its_head_nothing_is_written_and_so_nothing_shown(written):
    AuditHead.objects.all().delete()
    with pytest.raises(CannotRun, match="head of the audit chain"):
        audit.record(looks(*written, 1))


@pytest.mark.parametrize(
    "change",
    ["UPDATE {} SET purpose = 'x'", "DELETE FROM {}", "DELETE FROM {} WHERE sequence = 3"],
)
def test_the_database_refuses_to_change_or_delete_an_event(written, change):
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(change.format(guards.TABLE))
    assert verify.verify([]).valid


@pytest.mark.django_db(transaction=True)
def test_postgresql_refuses_to_empty_the_table():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite knows no TRUNCATE")
    person = make.person()
    audit.record(looks(person, person, 2))
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        connection.cursor().execute(f"TRUNCATE {guards.TABLE}")
    assert AuditEvent.objects.count() == 2


def test_guards_taken_away_are_missed_and_put_back(written):
    with connection.cursor() as cursor:
        for statement in guards.down(connection.vendor):
            cursor.execute(statement)
    assert not verify.verify([]).guarded
    chain.guard()
    assert verify.verify([]).guarded


def test_what_fails_later_in_the_transaction_leaves_no_event_and_no_gap(written):
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record(looks(*written, 3))
        raise RuntimeError
    audit.record(looks(*written, 1))
    found = verify.verify([])
    assert (found.events, found.valid) == (EVENTS + 1, True)


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_make_one_chain():
    one, other = make.person(), make.person()
    together = Barrier(WRITERS)

    def write(number):
        together.wait()
        try:
            for turn in range(EACH):
                with transaction.atomic():
                    audit.record(looks(one, other, 1 + (number + turn) % 3))
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    expected = sum(1 + (number + turn) % 3 for number in range(WRITERS) for turn in range(EACH))
    found = verify.verify([])
    assert (found.events, AuditEvent.objects.count(), found.wrong) == (expected, expected, [])


@pytest.mark.django_db(transaction=True)
def test_what_was_written_before_there_was_a_chain_is_chained_in_its_order():
    """Backwards to before the chain, with rows as they were then, and forwards again."""
    before = [("people", "0002_as_long_as_the_record_keeps")]
    person = make.person()
    executor = MigrationExecutor(connection)
    try:
        executor.migrate(before)
        old = executor.loader.project_state(before).apps.get_model("people", "AuditEvent")
        for number in range(1203):
            old.objects.create(
                actor_id=person.id, subject_id=person.id, basis="self", purpose=f"{number}", surface="s", data_class="d"
            )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    found = verify.verify([])
    assert (found.events, found.wrong, found.guarded) == (1203, [], True)
    assert AuditEvent.objects.get(sequence=1203).purpose == "1202"
    audit.record(looks(person, person, 1))
    assert verify.verify([]).valid


def test_the_first_event_follows_nothing(written):
    first = AuditEvent.objects.get(sequence=1)
    assert first.hash == digest(GENESIS, vars(first))
