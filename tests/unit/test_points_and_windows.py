"""Points and windows on worked examples."""

from dataclasses import dataclass
from datetime import date

import pytest

from traumatracker.engine import windows
from traumatracker.engine.points import Load, combined_role_weight, displayed, ten_thousandths


@dataclass(frozen=True)
class Entry:
    exposed_on: date
    points: int


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([], 0),
        ([10_000], 10_000),
        ([8_000, 5_000], 9_250),
        ([10_000, 5_000], 11_250),
        ([10_000, 10_000, 9_000], 12_500),  # 1.475 is capped at 1.25
        ([3_000, 2_500], 3_625),
        ([1, 2], 2),  # a quarter of 0.0001 rounds half up to nothing
        ([2, 2], 3),  # and of 0.0002 to 0.0001
    ],
)
def test_several_parts_add_a_quarter_each_up_to_the_cap(weights, expected):
    assert combined_role_weight(weights) == expected


@pytest.mark.parametrize(
    ("points", "text"), [(0, "0.0"), (66_250, "6.6"), (66_499, "6.6"), (66_500, "6.7"), (105_000, "10.5")]
)
def test_points_are_rounded_half_up_and_only_when_shown(points, text):
    assert displayed(points) == text


def test_weights_are_read_without_binary_fractions():
    assert [ten_thousandths(text) for text in ("0.75", "1", "0.30", "1.25")] == [7500, 10_000, 3000, 12_500]


def test_points_cannot_be_built_without_their_count():
    with pytest.raises(TypeError):
        Load(points=5)
    with pytest.raises(ValueError):
        Load(0, 5)


def test_loads_have_no_order():
    with pytest.raises(TypeError):
        assert Load(1, 5) < Load(2, 5)


def test_a_window_includes_its_last_day_and_its_first():
    entries = [Entry(date(2024, 3, day), 10_000) for day in (1, 2, 28, 29)]
    assert windows.load(entries, date(2024, 3, 29), 28) == Load(3, 30_000)
    assert windows.load(entries, date(2024, 3, 29), 29) == Load(4, 40_000)
    assert windows.load(entries, date(2024, 3, 1), 1) == Load(1, 10_000)


@pytest.mark.parametrize(
    ("as_of", "start"),
    [
        (date(2026, 11, 22), date(2021, 11, 22)),
        (date(2024, 2, 29), date(2019, 3, 1)),
        (date(2029, 3, 1), date(2024, 3, 1)),
    ],
)
def test_five_years_start_on_the_same_date(as_of, start):
    assert windows.five_years_start(as_of) == start


def test_a_window_of_no_days_is_refused():
    with pytest.raises(ValueError):
        windows.load([], date(2024, 1, 1), 0)
