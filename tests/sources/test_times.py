"""Local times become instants: the two nights when clocks change, and the two ways of reading a column."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sources.made_up import line, text
from traumatracker.sources.moments import Moment, TimeColumn, Times
from traumatracker.sources.profile import Column
from traumatracker.sources.times import Format, Offsets, day_of, instant_of
from traumatracker.sources.values import Bad, Bounds

LONDON, SEATTLE = "Europe/London", "America/Los_Angeles"
RECEIVED = Bounds(instant_of(datetime(2024, 6, 1, 12, 0, tzinfo=UTC)), LONDON)


def column(*formats, **others):
    return Column("t", "time", formats=formats, placeholders=frozenset({"", "-"}), earliest=date(1990, 1, 1), **others)


def meaning(written, *formats, bounds=RECEIVED, **others):
    return Times(column(*(formats or ("%d/%m/%Y %H:%M:%S",)), **others), bounds)(written)


def utc(*parts):
    return instant_of(datetime(*parts, tzinfo=UTC))


def test_summer_and_winter():
    assert meaning("01/07/2023 10:00:00") == Moment(utc(2023, 7, 1, 9), day_of(date(2023, 7, 1)))
    assert meaning("01/01/2024 10:00:00") == Moment(utc(2024, 1, 1, 10), day_of(date(2024, 1, 1)))


def test_the_local_date_is_not_the_date_in_utc():
    assert meaning("01/07/2023 00:30:00") == Moment(utc(2023, 6, 30, 23, 30), day_of(date(2023, 7, 1)))


def test_a_night_in_october_has_195_minutes_not_135(force, connection):
    force.write("logs.csv", text(line(Urn="A", Opened="28/10/2023 23:45:00", Left="29/10/2023 02:00:00")))
    force.take()
    held = force.held(connection)["A"]
    assert held["Left"] - held["Opened"] == timedelta(minutes=195)
    assert (held["Opened__local_date"], held["Left__local_date"]) == (date(2023, 10, 28), date(2023, 10, 29))


def test_an_hour_that_came_twice_is_the_first_unless_that_is_too_early(force, connection):
    force.write(
        "logs.csv",
        text(
            line(Urn="A", Opened="29/10/2023 00:30:00", Left="29/10/2023 01:15:00"),
            line(Urn="B", Opened="29/10/2023 01:45:00", Left="29/10/2023 01:15:00"),
        ),
    )
    force.take()
    held = force.held(connection)
    assert held["A"]["Left"] == datetime(2023, 10, 29, 0, 15)
    assert held["B"]["Opened"] == datetime(2023, 10, 29, 0, 45)
    assert held["B"]["Left"] == datetime(2023, 10, 29, 1, 15)


@pytest.mark.parametrize("clock", ["01:00:00", "01:30:00", "01:59:59"])
def test_the_hour_skipped_in_march_does_not_exist(clock):
    assert meaning(f"31/03/2024 {clock}") == Bad("nonexistent_time")
    assert meaning(f"31/03/2024 {clock}", zone="UTC").instant == utc(2024, 3, 31, 1, int(clock[3:5]), int(clock[6:]))


def test_another_zone_skips_another_hour():
    there = RECEIVED._replace(zone=SEATTLE)
    assert meaning("12/03/2023 02:30:00", bounds=there) == Bad("nonexistent_time")
    assert meaning("26/03/2023 01:30:00", bounds=there).instant == utc(2023, 3, 26, 8, 30)


def test_a_column_in_utc_still_gives_the_date_at_the_force():
    assert meaning("30/06/2023 23:30:00", zone="UTC").day == day_of(date(2023, 7, 1))


@pytest.mark.parametrize(
    "written", ["2023-07-01T10:00:00+01:00", "2023-07-01T09:00:00Z", "2023-07-01 10:00", "2023-07-01T02:00:00-07:00"]
)
def test_iso_times_with_and_without_an_offset(written):
    assert meaning(written, "iso") == Moment(utc(2023, 7, 1, 9), day_of(date(2023, 7, 1)))


def test_formats_are_tried_in_order():
    assert meaning("2023-07-01 10:00", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M").instant == utc(2023, 7, 1, 9)
    assert meaning("1 Jul 2023 10:00 PM", "%d %b %Y %I:%M %p").instant == utc(2023, 7, 1, 21)


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31 23:59"])
def test_the_ends_of_the_calendar_are_out_of_range(written):
    assert meaning(written, "iso") in (Bad("time_out_of_range"), Bad("bad_time"))


def test_a_time_just_after_the_batch_is_allowed():
    assert isinstance(meaning("01/06/2024 13:10:00"), Moment)
    assert meaning("01/06/2024 13:10:01") == Bad("time_out_of_range")
    assert meaning("31/12/1989 23:59:59") == Bad("time_out_of_range")


WRITTEN = st.one_of(
    st.datetimes(datetime(1985, 1, 1), datetime(2026, 1, 1)).map(lambda t: t.strftime("%d/%m/%Y %H:%M:%S")),
    st.datetimes(datetime(2023, 10, 28, 20), datetime(2023, 10, 29, 6)).map(lambda t: t.strftime("%d/%m/%Y %H:%M:%S")),
    st.datetimes(datetime(2024, 3, 30, 20), datetime(2024, 3, 31, 6)).map(lambda t: t.strftime("%d/%m/%Y %H:%M:%S")),
    st.sampled_from(
        ["", "-", " ", "01/01/0001 00:00:00", "31/12/9999 23:59:59", " 01/02/2024 10:00:00 ", "1/2/2024 1:2:3"]
    ),
    st.text(max_size=25),
    st.text("0123456789/: ", max_size=19),
)


@example(["01/02/2024 10:00:00", "", "31/03/2024 01:30:00", "29/10/2023 01:30:00", "x y"])
@example(["01/02/2024 10:00:00", "", "02/02/2024 11:00:00"])
@example(["\x1f", " "])
@example(["1/2/2024 1:2:3", "01/02/2024 10:00:00"])
@example(["01/02/2024 10:00:00", "\u0660\u0661/\u0660 10:00:00", " 01/02/2024", "x 01/02/2024 10:00:00"])
@given(st.lists(WRITTEN, max_size=12))
def test_a_column_is_read_as_its_texts_are(written):
    told = column("%d/%m/%Y %H:%M:%S")
    assert_equal(TimeColumn(told, RECEIVED).read([pa.array(written, pa.string())]), told, written)


@given(
    st.lists(
        st.tuples(st.sampled_from(["2023-10-29", "2024-03-31", "", "x"]), st.sampled_from(["01:30", "", "9:5", "x"]))
    )
)
def test_a_combined_column_is_read_as_its_texts_are(written):
    told = column("%Y-%m-%d", "%H:%M", parts=("d", "c"))
    cells = [pa.array([pair[at] for pair in written], pa.string()) for at in (0, 1)]
    assert_equal(TimeColumn(told, RECEIVED).read(cells), told, written)


def assert_equal(read, told, written):
    """Compare a column with what each of its texts means alone."""
    empty = [cell.strip() in ("", "-") if isinstance(cell, str) else "" in cell for cell in written]
    means = [None if blank else Times(told, RECEIVED)(cell) for blank, cell in zip(empty, written, strict=True)]
    moments = [each if isinstance(each, Moment) else None for each in means]
    assert read.instant.to_pylist() == [each and each.instant for each in moments]
    assert read.day.to_pylist() == [each and each.day for each in moments]
    assert read.second.to_pylist() == [each and each.second for each in moments]
    unreadable = [any(c in "".join(cell) for c in "\0\x1e\x1f\ufffd") for cell in written]  # blank or not
    wanted = [
        "unreadable_text" if bad else each.reason if isinstance(each, Bad) else None
        for bad, each in zip(unreadable, means, strict=True)
    ]
    assert read.bad.to_pylist() == wanted


@given(
    st.datetimes(datetime(1972, 1, 1), datetime(2037, 1, 1)),
    st.sampled_from([LONDON, SEATTLE, "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_offsets_are_those_of_the_zone(moment, zone):
    aware = moment.replace(tzinfo=UTC)
    assert Offsets(zone).day_at(instant_of(aware)) == day_of(aware.astimezone(ZoneInfo(zone)).date())
    wall = moment.replace(tzinfo=ZoneInfo(zone))
    hours = Offsets(zone)[instant_of(aware) // 900_000_000]
    assert hours == tuple(int(wall.replace(fold=f).utcoffset().total_seconds()) * 1_000_000 for f in (0, 1))


@given(
    st.text("0123456789/: TZ+-", max_size=24),
    st.sampled_from(["%d/%m/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d %b %Y %H:%M"]),
)
def test_reading_by_parts_is_reading_the_whole(written, how):
    try:
        whole = datetime.strptime(written, how).replace(tzinfo=UTC)
    except ValueError:
        whole = None
    read = Format(how)(written)
    assert (read and read.wall) == (whole and instant_of(whole))


@given(st.lists(st.none() | st.integers(-3_000, 3_000) | st.integers(-(10**7), 10**7), min_size=1))
@example([None])
def test_offsets_of_many_quarters_are_those_of_each(quarters):
    zone = Offsets(LONDON)
    for part in (quarters[: len(quarters) // 2], quarters, quarters[::-1]):  # the run grows, and is used again
        first, second = zone.of_quarters(pa.array(part, pa.int64()))
        assert first.to_pylist() == [None if quarter is None else zone[quarter][0] for quarter in part]
        assert second.to_pylist() == [None if quarter is None else zone[quarter][1] for quarter in part]


@given(st.lists(st.lists(st.integers(1_880_000, 1_905_000), max_size=4), max_size=4))
def test_the_run_of_offsets_grows_both_ways_and_stays_right(asked):
    kept = Offsets("Europe/London")
    for quarters in asked:
        first, second = kept.of_quarters(pa.array(quarters, pa.int64()))
        assert list(zip(first.to_pylist(), second.to_pylist(), strict=True)) == [kept[each] for each in quarters]
