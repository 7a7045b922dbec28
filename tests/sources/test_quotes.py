"""Lines with quotes are read at once by Arrow or one by one by the csv module: both give the same cells."""

import csv

from hypothesis import given
from hypothesis import strategies as st

from traumatracker.sources.formats.delimited import _at_once

CELLS = st.text('a"", ', max_size=8)
LINES = st.lists(st.tuples(CELLS, st.sampled_from(["\n", "\r\n"])).map("".join), min_size=1, max_size=3)


def one_by_one(lines, width):
    """The rows as the csv module has them; None where a line is not one row of this width."""
    rows = list(csv.reader(lines))
    whole = len(rows) == len(lines) and {len(row) for row in rows} == {width}
    return rows if whole and not any("\n" in cell or "\r" in cell for row in rows for cell in row) else None


@given(LINES, st.integers(1, 4))
def test_what_is_read_at_once_is_what_the_csv_module_reads(lines, width):
    columns = _at_once("".join(lines), ",", width, has_quotes=True)
    if columns and len(columns[0]) == len(lines):
        assert [list(row) for row in zip(*(c.to_pylist() for c in columns), strict=True)] == one_by_one(lines, width)


def test_quoted_cells_are_read_at_once():
    columns = _at_once('"a, b","say ""hi"""\n1,2\r\n', ",", 2, has_quotes=True)
    assert [column.to_pylist() for column in columns] == [["a, b", "1"], ['say "hi"', "2"]]
    assert _at_once('"a,b\n1,2\n', ",", 2, has_quotes=True) == [], "a quote that is never closed"
