"""Reading ahead and writing behind keep the order and lose no error."""

import pytest

from traumatracker.record.ahead import Behind, ahead


def broken_after(count):
    yield from range(count)
    raise OSError("gone")


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_items_come_in_their_order(count):
    assert list(ahead(range(count))) == list(range(count))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_an_error_comes_where_the_item_would_have(count):
    seen = []
    with pytest.raises(OSError, match="gone"):
        for item in ahead(broken_after(count)):
            seen.append(item)
    assert seen == list(range(count))


def test_whoever_stops_early_waits_for_nothing_more():
    made = []
    for item in ahead(made.append(n) or n for n in range(1_000)):
        if item == 3:
            break
    assert len(made) < 10


def test_calls_are_made_in_their_order_and_an_error_is_not_lost():
    done, behind = [], Behind()
    for number in range(20):
        behind.do(done.append, number)
    behind.end()
    assert done == list(range(20))
    failing = Behind()
    failing.do(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failing.end()
