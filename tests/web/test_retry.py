"""A store that is away or busy for a moment: jobs wait and go on by themselves, pages say so plainly."""

import threading

import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.test import Client

from tests import postgres
from tests.web import factories
from traumatracker.errors import CannotRun
from traumatracker.web import gatekeeper, retry
from traumatracker.web.durable import on_disk, turn
from traumatracker.web.exposure import actions
from traumatracker.web.exposure.models import Dispute
from traumatracker.web.intake.models import Run
from traumatracker.web.locks import alone
from traumatracker.web.people import actions as people_actions
from traumatracker.web.people.models import SharingChoice
from traumatracker.web.retry import Trouble, again

ON_POSTGRESQL = "says something of PostgreSQL only; SQLite has one writer and no connection to lose"


class Clock:
    """A clock that only sleeping moves."""

    now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def failing(times, error):
    """Work that fails so often before it is done; counts how often it was tried."""

    def work():
        work.tried += 1
        if work.tried <= times:
            raise error
        return "done"

    work.tried = 0
    return work


class FromServer(Exception):
    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


def caused(sqlstate):
    error = OperationalError("what the server said, with a value in it")
    error.__cause__ = FromServer(sqlstate)
    return error


@pytest.fixture
def only_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip(ON_POSTGRESQL)


@pytest.mark.parametrize(
    ("sqlstate", "why"),
    [
        (None, Trouble.AWAY), ("08006", Trouble.AWAY), ("57P01", Trouble.AWAY), ("53300", Trouble.AWAY),
        ("40P01", Trouble.CLASH), ("40001", Trouble.CLASH), ("53100", Trouble.FULL), ("42P01", None),
    ],
)  # fmt: skip
def test_the_servers_word_says_what_to_do(sqlstate, why):
    assert retry.trouble(caused(sqlstate)) == why


def test_a_fault_that_is_not_the_stores_is_left_alone():
    assert retry.trouble(DatabaseError("no")) is None
    assert retry.trouble(ValueError("no")) is None


@pytest.mark.django_db(transaction=True)
def test_work_is_done_again_until_it_is_done():
    clock, work = Clock(), failing(6, caused("40P01"))
    assert again(work, 60, sleep=clock.sleep, clock=clock) == "done"
    assert work.tried == 7
    assert 0.5 < clock.now < 10


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_for_ten_minutes_is_waited_for_and_asked_often_enough():
    clock = Clock()

    def work():
        if clock.now < 600:
            raise caused("57P03")
        return clock.now

    assert 600 <= again(work, retry.JOB_PATIENCE, sleep=clock.sleep, clock=clock) <= 660


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("sqlstate", "tried"), [("57P03", 9), ("40001", 9), ("53100", 1)])
def test_patience_ends_with_a_sentence_and_a_full_disk_is_said_at_once(sqlstate, tried):
    clock, work = Clock(), failing(1000, caused(sqlstate))
    with pytest.raises(CannotRun, match="casework store") as refused:
        again(work, 10, sleep=clock.sleep, clock=clock)
    assert "value" not in str(refused.value)
    assert work.tried <= tried
    assert clock.now <= 10


@pytest.mark.django_db(transaction=True)
def test_what_no_waiting_mends_is_raised_as_it_is():
    work = failing(1, caused("42P01"))
    with pytest.raises(OperationalError):
        again(work)
    assert work.tried == 1


@pytest.mark.django_db
def test_inside_a_transaction_nothing_is_done_twice():
    work = failing(1, caused("40P01"))
    with pytest.raises(OperationalError):
        again(work)
    assert work.tried == 1


def at_once(*works):
    """Do all of it at the same moment, each in a thread with a connection of its own; return what went wrong."""
    wrong, begin = [], threading.Barrier(len(works))

    def run(work):
        try:
            begin.wait(10)
            work()
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return wrong


@pytest.mark.django_db(transaction=True)
def test_deciding_the_same_eight_times_at_once_decides_it_once():
    who = factories.person()
    entry = factories.exposure(who)
    works = [
        lambda: people_actions.choose_sharing(level="out", by=who.id),
        lambda: actions.dispute_entry(entry_id=entry.id, kind="not_there", by=who.id),
        lambda: actions.report_missing(category="suicide", on=factories.TODAY, by=who.id),
    ]
    assert at_once(*(works * 3)) == []
    assert SharingChoice.objects.count() == 1
    assert Dispute.objects.filter(kind="not_there", taken_back_at=None).count() == 1
    assert Dispute.objects.filter(kind="missing").count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_writers_that_get_into_each_others_way_lose_nothing():
    one, other = factories.run(counts={"n": 0}), factories.run(counts={"n": 0})

    def add(first, second):
        def once():
            with transaction.atomic():
                for run_id in (first, second):
                    row = Run.objects.select_for_update().get(id=run_id)
                    row.counts = {"n": row.counts["n"] + 1}
                    row.save()

        for _ in range(3):
            again(once, 60)

    pairs = [(one.id, other.id), (other.id, one.id)] * 4  # in both orders: a deadlock where writers work side by side
    assert at_once(*(lambda pair=pair: add(*pair) for pair in pairs)) == []
    assert list(Run.objects.order_by("id").values_list("counts__n", flat=True)) == [24, 24]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_ended_in_a_transaction_is_replaced_and_the_work_done_once(only_postgresql):
    who, ended = factories.person(), []

    @on_disk()
    def decide():
        turn("person", who.id)
        SharingChoice.objects.create(person=who, level="out")
        if not ended:
            ended.append(connection.connection.info.backend_pid)
            end(ended[0])
        return SharingChoice.objects.count()

    assert decide() == 1
    assert SharingChoice.objects.count() == 1
    assert connection.connection.info.backend_pid != ended[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("happened", [True, False])
def test_a_commit_whose_answer_is_lost_happens_once(happened, only_postgresql, monkeypatch):
    who, real = factories.person(), connection._commit

    def lost():
        monkeypatch.undo()
        if happened:
            real()
        end(connection.connection.info.backend_pid)
        raise caused(None)

    monkeypatch.setattr(connection, "_commit", lost)
    assert retry.once(lambda: SharingChoice.objects.create(person=who, level="out").level) == "out"
    assert SharingChoice.objects.count() == 1


def end(pid):
    import psycopg

    with psycopg.connect(postgres.shared(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.django_db(transaction=True)
def test_only_one_at_a_time_also_after_a_lost_connection(only_postgresql, tmp_path):
    def elsewhere():  # another machine: the same database, not the same folder
        with alone((tmp_path / "other").with_name("refresh.lock"), "busy {}".format):
            pass

    (tmp_path / "here").mkdir()
    with alone(tmp_path / "here" / "refresh.lock", "busy {}".format):
        assert "another machine" in str(at_once(elsewhere)[0])
        end(connection.connection.info.backend_pid)
        again(lambda: Run.objects.count())
        assert "another machine" in str(at_once(elsewhere)[0])
    assert at_once(elsewhere) == []


PAGES = ["/", "/sign-in/", "/about/", "/me/", "/team/", "/me/sharing/"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_plainly_that_the_store_is_away(page, as_person, monkeypatch):
    client = as_person(factories.person())
    client.raise_request_exception = False
    monkeypatch.setattr(retry, "PAGE_PATIENCE", 0.1)

    def away(*_, **__):
        raise caused("57P03")

    with connection.execute_wrapper(away):
        answer = client.get(page)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert answer["Cache-Control"] == "no-store"
    assert b"Read this page again in a moment" in answer.content
    assert client.get(page).status_code in (200, 302, 404)


@pytest.mark.django_db(transaction=True)
def test_a_page_waits_a_moment_for_a_store_that_comes_back(as_person):
    client, asked = as_person(factories.person()), []

    def full_for_a_moment(run, sql, *rest):
        asked.append(sql)
        if len(asked) < 3:
            raise caused("53300")
        return run(sql, *rest)

    with connection.execute_wrapper(full_for_a_moment):
        assert client.get("/me/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_ours_is_still_called_one(as_person, monkeypatch):
    client = as_person(factories.person())
    client.raise_request_exception = False
    monkeypatch.setattr(gatekeeper, "own_record", lambda *_: 1 / 0)
    assert client.get("/me/").status_code == 500


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "cookie"), [("/sign-in/?name=a%00b", ""), ("/sign-in/?team=%00", ""), ("/sign-in/", '"abcdefgh\\000"')]
)
def test_a_character_that_no_text_may_hold_is_refused(address, cookie):
    client = Client()
    if cookie:
        client.cookies["sessionid"] = cookie
        client.cookies["sessionid"].set("sessionid", "x", cookie)
    assert client.get(address).status_code == 400


@pytest.mark.django_db
def test_nor_in_a_form():
    assert Client().post("/sign-in/", {"person": "a\0b"}).status_code == 400
