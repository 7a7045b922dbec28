"""Codes are text from end to end."""

import pytest

from traumatracker.engine.codes import NOTATIONS, key


@pytest.mark.parametrize(
    ("notation", "raw", "expected"),
    [
        ("ho_class", "4.10", "4.10"),
        ("ho_class", "4/10", "4.10"),
        ("ho_class", "004/10", "4.10"),
        ("ho_class", "00410", "4.10"),
        ("ho_class", "00401", "4.1"),
        ("ho_class", "10600", "106"),
        ("ho_class", "4.1", "4.1"),
        ("ho_class", "019C", "19C"),
        ("ho_class", " 5d ", "5D"),
        ("ho_class", "1/4.1/4.2", "1/4.1/4.2"),
        ("ho_class", "106", "106"),
        ("ho_stat", "001/02", "001/02"),
        ("ho_stat", "1/2", "001/02"),
        ("ho_stat", "00102", "001/02"),
        ("nsir", "18", "018"),
        ("nsir", "018", "018"),
        ("nsir", "MISPER", "MISPER"),
        ("text", " sudden   death ", "SUDDEN DEATH"),
    ],
)
def test_each_spelling_has_one_canonical_text(notation, raw, expected):
    assert NOTATIONS[notation](raw) == expected


def test_the_same_number_in_two_systems_is_two_codes():
    assert key("HO_CLASS", "106") != key("HO_STAT", "106")


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("raw", ["4.10", "4/10", "0123", "19C", "1/2", "00102", "MISPER", "1/4.1/4.2/4.10", ""])
def test_normalising_twice_changes_nothing(notation, raw):
    once = NOTATIONS[notation](raw)
    assert NOTATIONS[notation](once) == once
