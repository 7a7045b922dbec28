"""When a source is late, and when a batch is not like the others: worked out without a store or a clock."""

from datetime import UTC, datetime, time, timedelta

import pytest

from traumatracker.errors import BadProfile
from traumatracker.sources.health import Health, read_health
from traumatracker.web.desk.lateness import Expected, late_since, newest_slot, sudden

LONDON = "Europe/London"
NIGHTLY = Expected(by=time(6))
OFTEN = Expected(every_minutes=15)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "now", "since"),
    [
        ("2026-11-30T05:00", "2026-11-30T05:59", None),  # not due yet, and yesterday's came
        ("2026-11-30T05:00", "2026-11-30T12:00", None),
        ("2026-11-29T23:30", "2026-11-30T06:00", None),  # exported before midnight
        ("2026-11-29T05:00", "2026-11-30T05:59", None),
        ("2026-11-29T05:00", "2026-11-30T06:00", "2026-11-30T06:00"),
        ("2026-11-29T06:30", "2026-11-30T06:01", "2026-11-30T06:00"),  # yesterday's, late, is not today's
        ("2026-11-25T05:00", "2026-11-30T04:00", "2026-11-29T06:00"),
        (None, "2026-11-30T07:00", "2026-11-30T06:00"),
    ],
)
def test_nightly_files_are_late_from_their_time_on(last, now, since):
    found = late_since(NIGHTLY, last and utc(last), utc(now), LONDON)
    assert found == (since and utc(since))


@pytest.mark.parametrize("minutes", [0, 14, 15, 16, 600])
def test_a_feed_is_late_on_silence_whatever_it_said_before(minutes):
    last = utc("2026-11-30T05:00")
    late = late_since(OFTEN, last, last + timedelta(minutes=minutes), LONDON)
    assert late == (last + timedelta(minutes=15) if minutes >= 15 else None)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24", "2028-02-28", "2026-12-30"])
@pytest.mark.parametrize("by", [time(1, 30), time(6), time(0)])
def test_each_day_has_its_time_once_over_clock_changes_leap_days_and_new_year(day, by):
    start = utc(f"{day}T00:00")
    slots = {newest_slot(by, start + timedelta(minutes=minute), LONDON) for minute in range(2 * 1440, 4 * 1440 + 60)}
    assert len(slots) in (3, 4)
    gaps = [later - earlier for earlier, later in zip(sorted(slots), sorted(slots)[1:], strict=False)]
    assert all(timedelta(hours=23) <= gap <= timedelta(hours=25) for gap in gaps)


def test_on_the_night_the_clocks_go_back_a_feed_is_not_late_an_hour_early_or_late():
    before, after = utc("2026-10-25T00:50"), utc("2026-10-25T01:04")  # 01:50 summer time, then 01:04 winter time
    assert late_since(OFTEN, before, after, LONDON) is None
    assert late_since(OFTEN, before, after + timedelta(minutes=1), LONDON) == utc("2026-10-25T01:05")


def test_of_what_nothing_is_expected_nothing_is_late():
    assert late_since(Expected(), utc("2020-01-01T00:00"), utc("2026-01-01T00:00"), LONDON) is None


USUAL = [{"logs": rows, "codes": 30} for rows in (980, 1_020, 1_000, 990, 1_010)]


@pytest.mark.parametrize(
    ("rows", "kind"), [(1_000, ""), (101, ""), (100, "fall"), (0, "fall"), (9_999, ""), (10_000, "rise")]
)
def test_a_fall_by_nine_tenths_or_a_tenfold_rise_is_sudden(rows, kind):
    found = sudden({"logs": rows, "codes": 30}, USUAL)
    assert [(one.table, one.rows, one.usual, one.kind) for one in found] == (
        [("logs", rows, 1_000, kind)] if kind else []
    )


def test_without_enough_history_nothing_is_usual():
    assert sudden({"logs": 1}, USUAL[:4]) == []
    assert sudden({"new": 100_000}, USUAL) == []


def test_a_small_table_that_falls_says_nothing():
    assert sudden({"crimes": 0}, [{"crimes": 5}] * 9) == []


@pytest.mark.parametrize(
    "told",
    [{"files_by": "six"}, {"files_by": 6}, {"live_every_minutes": 0}, {"live_every_minutes": True}, {"often": 1}],
)
def test_what_cannot_be_meant_is_refused_with_its_place(told):
    with pytest.raises(BadProfile, match=r"tiny: \[health\]"):
        read_health(told, "tiny")


def test_what_is_expected_is_read():
    assert read_health({"files_by": "06:30", "live_every_minutes": 5}, "tiny") == Health(time(6, 30), 5)
    assert read_health(None, "tiny") == Health()
