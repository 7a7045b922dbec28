"""Columns of texts: whether each distinct text is read once or the column as a whole, the same comes out."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traumatracker.sources.profile import Column
from traumatracker.sources.values import LONGEST, Bounds, Reader, reader

BOUNDS = Bounds(1_717_243_200_000_000, "Europe/London")
TEXTS = st.one_of(
    st.sampled_from(["", "-", " - ", "SECRET", "secret ", "SUSPECT", "x" * LONGEST, "y" * (LONGEST + 1), "a\x1fb"]),
    st.text(max_size=4),
)


def column(kind):
    return Column(
        "c", kind, placeholders=frozenset({"", "-"}), restrict=frozenset({"secret"}), private=frozenset({"suspect"})
    )


def read(texts, kind, *, at_once):
    made: Reader = reader(column(kind), BOUNDS)
    made._mostly_distinct = at_once
    told = made.read(pa.array(texts, pa.string()))
    return told.arrays["c"].to_pylist(), told.bad.to_pylist() if told.bad else [None] * len(texts)


@pytest.mark.parametrize("kind", ["person", "ref", "text"])
@given(texts=st.lists(TEXTS, max_size=8))
def test_a_column_of_different_texts_is_read_as_its_distinct_texts_are(kind, texts):
    assert read(texts, kind, at_once=True) == read(texts, kind, at_once=False)


def test_only_a_long_column_of_mostly_different_texts_is_read_as_a_whole():
    for texts, whole in ((map(str, range(2_000)), True), (["A"] * 2_000, False), (["A", "B"], False)):
        made = reader(column("ref"), BOUNDS)
        made.read(pa.array(list(texts), pa.string()))
        assert made._mostly_distinct is whole
