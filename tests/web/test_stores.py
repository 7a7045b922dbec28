"""Which database is opened, and how: what DATABASE_URL says, and what it must never be."""

from pathlib import Path

import pytest
from django.conf import settings as live
from django.db import connection

from traumatracker.errors import CannotRun
from traumatracker.web.stores import POSTGRESQL, SQLITE, casework

HOME = Path("home")


def test_without_a_word_it_is_a_file_in_the_home():
    store = casework("", HOME)
    assert (store["ENGINE"], store["NAME"]) == (SQLITE, HOME / "casework.sqlite3")


def test_a_file_of_ones_own_is_opened_as_carefully():
    store = casework("sqlite:///elsewhere/casework.sqlite3", HOME)
    assert store["NAME"] == Path("elsewhere/casework.sqlite3")
    assert store["OPTIONS"] == casework("", HOME)["OPTIONS"]


def test_postgresql_waits_for_nothing_without_end():
    store = casework(
        "postgresql://someone:word@server/casework?sslmode=verify-full&options=-c%20lock_timeout%3D3s", HOME
    )
    assert (store["ENGINE"], store["HOST"], store["NAME"]) == (POSTGRESQL, "server", "casework")
    assert store["OPTIONS"]["connect_timeout"] == 5
    assert store["OPTIONS"]["sslmode"] == "verify-full"
    assert store["OPTIONS"]["options"].endswith("-c lock_timeout=3s")  # the last one wins
    assert store["CONN_HEALTH_CHECKS"]


@pytest.mark.parametrize(
    "url",
    ["mysql://someone:word@server/casework", "postgresql://someone:word@server/", "nonsense", "oracle://a:word@b/c"],
)
def test_any_other_is_refused_without_repeating_it(url):
    with pytest.raises(CannotRun, match="DATABASE_URL") as refused:
        casework(url, HOME)
    assert "word" not in str(refused.value)


def test_the_store_is_opened_as_the_decision_records_say(db):
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode" if sqlite else "SHOW lock_timeout")
        assert cursor.fetchone() == ("wal" if sqlite else "10s",)
    assert not sqlite or live.DATABASES["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
