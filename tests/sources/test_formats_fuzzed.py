"""Valid files of every format, damaged at random: no crash, no row unaccounted for, no hang.

TRAUMATRACKER_TEST_EXAMPLES says how many damaged files of each format are tried.
"""

import os
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources import written
from tests.sources.made_up import COLUMNS, Force, line, lines, text
from traumatracker.errors import CannotRun
from traumatracker.sources import formats
from traumatracker.sources.reasons import meaning

EXAMPLES = int(os.environ.get("TRAUMATRACKER_TEST_EXAMPLES", "25"))
ROWS = [each.split(",") for each in [*lines(30), line(Urn="B", Officer="-"), line(Urn="C", Code="4.1;004/10")]]
FILES = {
    "logs.csv": text(*(",".join(row) for row in ROWS)).encode(),
    "logs.parquet": written.parquet(COLUMNS, ROWS),
    "logs.qvd": written.qvd(COLUMNS, ROWS),
    "logs.xlsx": written.xlsx(COLUMNS, ROWS),
    "logs.xml": written.xml(COLUMNS, ROWS),
}
FILES["csv.zip"] = written.zipped(logs__csv=FILES["logs.csv"])
FILES["xlsx.zip"] = written.zipped(logs__xlsx=FILES["logs.xlsx"])
USING = written.profile_of("logs.csv", "logs.parquet", "logs.qvd", "logs.xlsx", "logs.xml", more='row = "Log"')
ODD = [b"\0", b"\xff" * 4, b'"', b"<", b"&", b"]]>", b"\r\n", b",,", b"<Log>", b"99999999999", b"PK\x03\x04", b"PAR1"]

damage = st.lists(
    st.tuples(
        st.sampled_from(["flip", "put", "cut", "drop", "twice"]),
        st.integers(0, 10**6),
        st.one_of(st.binary(min_size=1, max_size=8), st.sampled_from(ODD)),
    ),
    min_size=1,
    max_size=4,
)


def damaged(content, steps):
    """Return the file with each step of damage done to it."""
    for how, at, what in steps:
        at %= max(1, len(content))
        end = at + len(what)
        if how == "flip":
            content = content[:at] + bytes([content[at] ^ (what[0] or 1)]) + content[at + 1 :] if content else content
        elif how == "put":
            content = content[:at] + what + content[at:]
        elif how == "cut":
            content = content[:at]
        elif how == "drop":
            content = content[:at] + content[end:]
        else:
            content = content[:end] + content[at:]
    return content


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_is_refused_or_every_row_of_it_accounted_for(name):
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(damage)
    def try_one(steps):
        with tempfile.TemporaryDirectory() as folder:
            force = Force(Path(folder))
            force.write(name, damaged(FILES[name], steps))
            try:
                taken = force.take(using=USING)  # checks rows_read = rows_accepted + rows_quarantined, file by file
            except CannotRun as nothing:  # the damage renamed the only file in the zip
                assert name.endswith(".zip") and "No file in" in str(nothing)
                return
            assert all(meaning(each["reason"]) for each in taken.refused)
            assert len(taken.files) + len(taken.refused) + len(taken.files_ignored) == 1
            assert taken.rows_read <= 40 or name == "logs.csv"

    try_one()


def parts_of(content):
    """Return name -> bytes of the parts of a workbook."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in sorted(archive.namelist())}


PARTS = parts_of(FILES["logs.xlsx"])
READ = sorted(name for name in PARTS if name.startswith("xl/") and "theme" not in name)


@settings(max_examples=2 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.sampled_from(READ), damage)
def test_a_workbook_with_a_damaged_part_is_refused_or_every_row_of_it_accounted_for(part, steps):
    parts = PARTS | {part: damaged(PARTS[part], steps)}
    with tempfile.TemporaryDirectory() as folder:
        force = Force(Path(folder))
        force.write("logs.xlsx", written.zipped(**{name.replace(".", "__"): each for name, each in parts.items()}))
        taken = force.take(using=USING)
        assert len(taken.files) + len(taken.refused) == 1


WHOLE = text(*lines(40), line(Urn="Q", Marker='"two\r\nlines, and a ""quote"""')).encode()


def rows_of(folder, content):
    """Return the good rows of a text table by their number, and the numbers and reasons of the others."""
    path = folder / "logs.csv"
    path.write_bytes(content)
    table = USING.table("logs")
    source = formats.Found("logs", path.name, path, "", len(content))
    _, chunks = formats.read(source, table, formats.survey(source, table, lambda _: None), lambda _: None)
    good, bad = {}, []
    for chunk in chunks:
        for at, number in enumerate(chunk.numbers):
            good[number] = tuple(column[at].as_py() for column in chunk.columns)
        bad += [(number, reason) for number, _, reason in chunk.bad]
    return good, bad


def test_a_text_table_cut_at_500_places_gives_whole_rows_and_says_of_the_last_that_it_is_cut(tmp_path):
    whole, _ = rows_of(tmp_path, WHOLE)
    header = WHOLE.index(b"\r\n") + 2
    for cut in range(500):
        content = WHOLE[: header + cut * (len(WHOLE) - header) // 500]
        good, bad = rows_of(tmp_path, content)
        kept = len(COLUMNS) - 1  # the last column is dropped, so it may be cut
        assert all(row[:kept] == whole[number][:kept] for number, row in good.items()), cut
        begun = content.count(b"\r\n") + (not content.endswith(b"\n"))
        second_line = {43}  # of the row of two lines
        assert {*good, *(number for number, _ in bad)} | second_line == set(range(2, begun + 1)) | second_line, cut
        assert {reason for _, reason in bad} <= {"incomplete_last_line", "ragged_row"} and len(bad) <= 2, cut
