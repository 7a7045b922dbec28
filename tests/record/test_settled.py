"""What becomes of staged rows: the quick answer for a first load is the one that comparing every row gives."""

from dataclasses import replace
from hashlib import sha256
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traumatracker.record import settle as settling
from traumatracker.record.stage import Stage
from traumatracker.record.store import Record

ROWS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 2), st.sampled_from("xy")), max_size=6)


def staged(held, rows):
    stage = Stage(held, "logs", "000001", {"said": pa.string()})
    if rows:
        keys, versions, said = zip(*rows, strict=True)
        count = len(rows)
        columns = {
            "said": pa.array(said), "_key": pa.array(keys), "_version": pa.array(versions, pa.int64()),
            "_hash": pa.array([sha256(text.encode()).digest() for text in said], pa.binary(32)),
            "_known_at": pa.nulls(count, pa.timestamp("us")), "_known_on": pa.nulls(count, pa.date32()),
            "_file": pa.repeat(pa.scalar("logs.csv"), count), "_row": pa.array(range(count), pa.int64()),
        }  # fmt: skip
        stage.write(count, lambda: columns)
    stage.close()
    return stage


@pytest.mark.parametrize("versioned", [False, True])
@settings(max_examples=8)
@given(rows=ROWS)
def test_the_quick_answer_is_what_comparing_each_row_says(tmp_path_factory, versioned, rows):
    with Record(tmp_path_factory.mktemp("home")).taking("tiny") as held:
        stage = staged(held, rows)
        quick = settling.settle(stage, versioned)
        with patch.object(settling, "_all_new", lambda *_: False):
            slow = settling.settle(stage, versioned)
        assert replace(quick, mask=slow.mask) == slow
        if quick.mask is None and rows:
            assert len({key for key, _, _ in rows}) == len(rows) == slow.kept
        elif len({key for key, _, _ in rows}) == len(rows):
            assert not rows, "all rows are new: nothing need be compared"
