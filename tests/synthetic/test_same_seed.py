"""The same arguments give the same bytes, in any process; another seed gives another force."""

import hashlib
import os
import subprocess
import sys
from datetime import date

import pytest

from tests.synthetic.conftest import AS_OF
from traumatracker.errors import CannotRun
from traumatracker.sources.synthetic import write

ALONE = """
import sys
from datetime import date
from pathlib import Path
from traumatracker.sources.synthetic import write
write(Path(sys.argv[1]), 40, 1, 3, date(2026, 3, 31))
"""


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(small, tmp_path):
    again = write(tmp_path, 40, 1, 3, AS_OF)
    assert digests(tmp_path) == digests(small.folder)
    assert again == small.summary


def test_the_order_of_sets_does_not_matter(small, tmp_path):
    """A process with another hash seed iterates sets in another order."""
    subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path)], check=True, env=os.environ | {"PYTHONHASHSEED": "1234"}
    )
    assert digests(tmp_path) == digests(small.folder)


def test_another_seed_gives_another_force(small, tmp_path):
    write(tmp_path, 40, 1, 4, AS_OF)
    same = {name for name, digest in digests(tmp_path).items() if digests(small.folder)[name] == digest}
    assert same == {"codes.csv", "hr_units.csv"}


def test_progress_counts_to_the_end(tmp_path):
    seen = []
    write(tmp_path, 20, 1, 1, AS_OF, lambda done, total, what: seen.append((done, total, what)))
    assert seen[-1] == (365, 365, "days")
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)


def test_a_force_may_begin_on_a_leap_day(tmp_path):
    summary = write(tmp_path, 20, 1, 1, date(2024, 2, 29))
    assert summary.rows["logs.csv"] > 200


@pytest.mark.parametrize(("people", "years"), [(19, 1), (7_001, 1), (300, 0), (300, 31)])
def test_sizes_it_was_not_made_for_are_refused(tmp_path, people, years):
    with pytest.raises(CannotRun, match="20 to 7000 people and 1 to 30 years"):
        write(tmp_path, people, years, 1, AS_OF)
    assert list(tmp_path.iterdir()) == []
