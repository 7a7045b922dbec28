"""Charts: whole markup, the right figures, the words a screen reader gets, and nothing the policy would block."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traumatracker.engine.points import ONE, Load
from traumatracker.web import charts
from traumatracker.web.exposure import presenters
from traumatracker.web.gatekeeper import Day

FIRST, LAST = date(2021, 11, 22), date(2026, 11, 22)
DAYS = st.dates(FIRST, LAST)
EXPOSURES = st.lists(st.builds(Day, DAYS, st.integers(0, 125_000)), max_size=40)


def parsed(chart):
    root = ElementTree.fromstring(chart)
    assert root.get("role") == "img"
    assert [child.tag for child in root[:2]] == ["title", "desc"]
    assert not re.search(r"style=|<script|on\w+=", chart)
    return root


def by_day(days):
    loads = {}
    for day in days:
        loads[day.exposed_on] = loads.get(day.exposed_on, Load(0, 0)) + Load(1, day.points)
    return loads


@given(EXPOSURES)
def test_the_calendar_has_a_cell_for_every_week_and_a_title_for_every_week_with_something(days):
    root = parsed(charts.weeks(by_day(days), FIRST, LAST))
    cells = root.findall("rect")
    assert len(cells) == 4 * 53 + 7 + 47
    titles = [cell.find("title").text for cell in cells if cell.find("title") is not None]
    assert sum(int(re.search(r": (\d+) exposure", title)[1]) for title in titles) == len(days)
    assert all("points" in title for title in titles)


@given(EXPOSURES)
def test_months_add_up_to_everything_and_run_to_the_end(days):
    rows = presenters.month_rows(days, FIRST, LAST)
    assert len(rows) == 61
    assert sum((row.load for row in rows), Load(0, 0)) == Load(len(days), sum(day.points for day in days))
    assert rows[-1].running == Load(len(days), sum(day.points for day in days))


@given(EXPOSURES)
def test_the_lines_rise_from_nothing_to_the_totals(days):
    loads, so_far, line = by_day(days), Load(0, 0), []
    for day in sorted(loads):
        so_far += loads[day]
        line.append(charts.Point(day, so_far.count, so_far.points))
    for frame in (charts.WIDE, charts.NARROW):
        root = parsed(charts.running(line, FIRST, LAST, frame))
        shown = [text.text for text in root.findall("text") if "tt-strong" in text.get("class")]
        assert shown == [f"{so_far.count:,}", so_far.points_text]
        for path in root.findall("path"):
            heights = [float(y) for y in re.findall(r"V([\d.]+)", path.get("d"))]
            assert heights == sorted(heights, reverse=True)
            assert all(0 <= float(x) <= frame.width for x in re.findall(r"H([\d.]+)", path.get("d")))


@pytest.mark.parametrize(
    ("value", "ceiling"), [(0, 2), (1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 20), (95, 100), (101, 200)]
)
def test_the_scale_ends_on_a_round_number_above(value, ceiling):
    assert charts._ceiling(value) == ceiling


@pytest.mark.parametrize(("amount", "shade"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (50, 4)])
def test_more_is_darker(amount, shade):
    assert charts.heat(amount) == shade


def test_one_exposure_does_not_fill_a_bar_and_words_have_the_figures():
    root = parsed(charts.bars([1] + [0] * 11, "Asha <b>", "Nov 2026"))
    assert int(root.findall("rect")[0].get("height")) < 10
    assert root[0].text == "Asha <b>: month by month"
    assert "1, 0, 0" in root[1].text


def test_one_exposure_is_called_one_exposure():
    one, other = Load(1, ONE), Load(2, 2 * ONE)
    for load, said in ((one, "1 exposure"), (other, "2 exposures")):
        charted = (
            charts.weeks({FIRST: load}, FIRST, LAST),
            charts.months([charts.Month(2021, 11, load)], FIRST, LAST),
            charts.running([charts.Point(FIRST, load.count, load.points)], FIRST, LAST, charts.WIDE),
        )
        for chart in charted:
            assert re.search(rf"\b{said}\b", parsed(chart)[1].text)


def test_two_charts_on_a_page_have_names_of_their_own():
    loads = {FIRST + timedelta(1): Load(1, ONE)}
    one, other = charts.weeks(loads, FIRST, LAST), charts.weeks(loads, FIRST, LAST)
    assert parsed(one)[0].get("id") != parsed(other)[0].get("id")
