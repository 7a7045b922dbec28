"""Lines with quotes are read at once by Arrow or one by one by the csv module: both give the same cells."""

import csv
import io
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st

from traumatracker.sources.draft.sample import EMPTY
from traumatracker.sources.formats import delimited
from traumatracker.sources.formats.delimited import _at_once
from traumatracker.sources.profile import Column

CELLS = st.text('a"", ', max_size=8)
LINES = st.lists(st.tuples(CELLS, st.sampled_from(["\n", "\r\n"])).map("".join), min_size=1, max_size=3)

TABLE = replace(EMPTY, columns={name: Column(name, "text") for name in "ab"})


def one_by_one(lines, width):
    """The rows as the csv module has them; None where a line is not one row of this width."""
    rows = list(csv.reader(lines))
    whole = len(rows) == len(lines) and {len(row) for row in rows} == {width}
    return rows if whole and not any("\n" in cell or "\r" in cell for row in rows for cell in row) else None


@example(['"""""\n'], 1)
@example(["a\n", '"b\r\n'], 1)
@given(LINES, st.integers(1, 4))
def test_what_is_read_at_once_is_what_the_csv_module_reads(lines, width):
    columns = _at_once("".join(lines).encode(), ",", width)
    if columns and len(columns[0]) == len(lines):
        assert [list(row) for row in zip(*(c.to_pylist() for c in columns), strict=True)] == one_by_one(lines, width)


def test_quoted_cells_are_read_at_once():
    columns = _at_once(b'"a, b","say ""hi"""\n1,2\r\n', ",", 2)
    assert [column.to_pylist() for column in columns] == [["a, b", "1"], ['say "hi"', "2"]]
    assert _at_once(b'"a,b\n1,2\n', ",", 2) == [], "a quote that is never closed"


@given(st.text('a",\n\r', max_size=30), st.integers(1, 9))
def test_files_are_read_alike_in_blocks_of_any_size_and_by_either_reader(written, size):
    """The quick reader of one block, of small ones, and no quick reader at all: the same rows, numbered alike."""
    told = "a,b\n" + written
    with patch.object(delimited, "_plain", lambda *_: 0):
        plainly = rows_of(told)
    assert rows_of(told) == plainly
    with patch.object(delimited, "AT_ONCE", size):
        assert rows_of(told) == plainly
    assert rows_of(told, "utf-16") == plainly


def rows_of(written, encoding="utf-8"):
    source = SimpleNamespace(name="x.csv", open=lambda: io.BytesIO(written.encode(encoding)))
    _, chunks = delimited.read(source, TABLE, delimited.survey(source, TABLE, len_of), len_of)
    rows, bad = [], []
    for chunk in chunks:
        columns = [column.to_pylist() for column in chunk.columns]
        rows += zip(chunk.numbers, *columns, strict=True) if columns else ()
        bad += chunk.bad
    return rows, bad


def len_of(_):
    """Told of every number of bytes read."""
