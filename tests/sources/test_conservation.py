"""Whatever is in a file: no crash, and every row is accepted or set aside."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.sources.made_up import HEADER, Force, line, text
from traumatracker.sources.formats import delimited

# Small blocks, so that rows of several lines cross from one into the next.
BLOCK = 300

few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

CELLS = st.one_of(
    st.sampled_from(["", "-", "A", "0123", "4.10", "Y", "N", "ATTENDED", "01/03/2024 10:00:00", "31/03/2024 01:30:00"]),
    st.text(max_size=8),
    st.text('",\r\n\0 ;', max_size=4),
)
PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b'"', b",", b"\r\n", b"\n", b"\r", b"\x00", b"\xff", b"\xef\xbb\xbf", line().encode(), b"\n" + line().encode()]
    ),
)


def take(content):
    """Take one file of these bytes in a force of its own."""
    with tempfile.TemporaryDirectory() as folder:
        force = Force(Path(folder))
        force.write("logs.csv", content)
        return force.take()


@few
@given(st.lists(PIECES, max_size=25).map(b"".join))
@example(b'"')
@example(b"\r")
@example(b'"\n\n')
def test_any_bytes_under_a_good_header(body):
    take(HEADER.encode() + b"\n" + body)


@few
@given(st.lists(PIECES, max_size=12).map(b"".join))
def test_any_bytes_at_all(content):
    take(content)


@few
@given(st.lists(st.lists(CELLS, min_size=10, max_size=10), max_size=20))
def test_every_row_a_csv_writer_writes_is_counted(rows):
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    with small_blocks():
        taken = take((HEADER + "\r\n" + written.getvalue()).encode("utf-8", "replace"))
    assert taken.rows_read == len(rows)
    assert not set(taken.quarantine_reasons) & {"ragged_row", "incomplete_last_line"}


@few
@given(st.lists(st.sampled_from(["good", "ragged", "quote", "two lines", "empty"]), max_size=30))
def test_good_rows_survive_bad_neighbours(kinds):
    rows = {
        "ragged": "a,b",
        "empty": "",
        "quote": line(Urn="Q", Marker='"never closed'),
    }
    written = []
    for at, kind in enumerate(kinds):
        marker = '"two\nlines"' if kind == "two lines" else ""
        written.append(rows[kind] if kind in rows else line(Urn=f"G{at}", Marker=marker))
    with small_blocks():
        taken = take(text(*written, end="\n"))
    if "quote" not in kinds or "two lines" not in kinds:  # together they may pair up as one proper cell
        assert taken.rows_accepted == sum(kind in ("good", "two lines") for kind in kinds)
        assert taken.rows_quarantined == sum(kind in ("ragged", "quote") for kind in kinds)


@few
@given(
    st.lists(
        st.lists(st.text("ab \t'\\\\\u00e9\u2028\0#;\x1c", max_size=4), min_size=1, max_size=4), min_size=1, max_size=6
    )
)
def test_the_fast_reader_reads_what_the_csv_module_reads(rows):
    lines = [",".join(row) + "\n" for row in rows]
    fast = delimited._at_once("".join(lines).encode(), ",", len(rows[0]))
    if fast and len(fast[0]) == len(lines):
        assert [column.to_pylist() for column in fast] == [
            list(cells) for cells in zip(*csv.reader(lines), strict=True)
        ]


class small_blocks:
    """Read a few lines at a time, and close a quote after a few."""

    def __enter__(self):
        self.was = delimited.AT_ONCE, delimited.MOST_LINES_OF_A_ROW
        delimited.AT_ONCE, delimited.MOST_LINES_OF_A_ROW = BLOCK, 40

    def __exit__(self, *_):
        delimited.AT_ONCE, delimited.MOST_LINES_OF_A_ROW = self.was
