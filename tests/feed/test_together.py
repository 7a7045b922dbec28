"""Two requests at once: each message is kept once, and nobody gets an error for it."""

import json
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier, Event

import pytest
from django.db import connection

from tests.feed.messages import RECEIVED_AT, lines, message
from traumatracker.web.feed import actions
from traumatracker.web.feed.models import FeedRefusal
from traumatracker.web.intake.models import InboxMessage

THREADS, MESSAGES = 8, 12


@pytest.mark.django_db(transaction=True)
def test_the_same_messages_from_eight_threads_are_accepted_once(post):
    told = [message(f"R{number}", units=[]) for number in range(MESSAGES)]
    together = Barrier(THREADS)

    def send(thread):
        # Half of them send in the other order, the way in which two writers could wait for each other for ever.
        body = lines(*(told if thread % 2 else reversed(told)))
        try:
            together.wait()
            return post.raw(body, "application/x-ndjson")
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(send, range(THREADS)))
    assert [answer.status_code for answer in answers] == [200] * THREADS
    counts = [answer.json()["counts"] for answer in answers]
    assert sum(count.get("accepted", 0) for count in counts) == MESSAGES
    assert sum(count.get("duplicate", 0) for count in counts) == MESSAGES * (THREADS - 1)
    assert InboxMessage.objects.count() == MESSAGES


@pytest.mark.django_db(transaction=True)
def test_of_different_contents_of_one_version_one_is_accepted_and_the_rest_conflict(post):
    together = Barrier(THREADS)

    def send(thread):
        try:
            together.wait()
            return post.raw(json.dumps(message(area=f"N{thread}")))
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        verdicts = [answer.json()["verdicts"][0]["verdict"] for answer in pool.map(send, range(THREADS))]
    assert sorted(verdicts) == ["accepted"] + ["conflict"] * (THREADS - 1)
    areas = {InboxMessage.objects.get().rows["live_incidents"][0][6]}
    areas |= {rows["live_incidents"][0][6] for rows in FeedRefusal.objects.values_list("rows", flat=True)}
    assert areas == {f"N{thread}" for thread in range(THREADS)}


@pytest.mark.django_db(transaction=True)
def test_messages_become_visible_in_the_order_of_their_ids(post):
    """Who began first ends first; else a reader that goes on from the last id it saw would miss the lower one."""
    ready, begun, go_on = Event(), Event(), Event()

    def slow():
        try:
            ready.wait(5)
            with actions.adding_to_inbox("synthetic"):
                InboxMessage.objects.create(
                    profile="synthetic", channel="people", source="steward", key="D", version=1, known_at=RECEIVED_AT
                )
                begun.set()
                go_on.wait(5)
        finally:
            connection.close()

    def quick():
        try:
            post.raw(b"{}")  # so that what it then waits for is its turn alone
            ready.set()
            begun.wait(5)
            return post.raw(json.dumps(message())).json()["counts"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(slow), pool.submit(quick)
        waits = not wait([second], timeout=0.3).done
        go_on.set()
        first.result()
        assert second.result() == {"accepted": 1}
    assert waits
    assert list(InboxMessage.objects.order_by("id").values_list("channel", flat=True)) == ["people", "live"]


def blind(monkeypatch, times):
    """The first `times` looks see nothing of what is held, as when another writer commits in between."""
    look, left = actions._Request._look, list(range(times))

    def sees(self, messages):
        if left:
            left.pop()
        else:
            look(self, messages)

    monkeypatch.setattr(actions._Request, "_look", sees)


@pytest.mark.django_db(transaction=True)
def test_who_came_second_looks_again(post, monkeypatch):
    assert post(message()) == ["accepted"]
    blind(monkeypatch, 3)
    assert post(message("B"), message(), message(status="closed")) == ["accepted", "duplicate", "conflict"]
    assert InboxMessage.objects.count() == 2
    assert FeedRefusal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_always_comes_second_is_told_to_come_back(post, monkeypatch):
    assert post(message()) == ["accepted"]
    blind(monkeypatch, actions.ATTEMPTS)
    answer = post.raw(json.dumps(message()))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert post(message()) == ["duplicate"]
