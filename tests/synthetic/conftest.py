"""One made-up force for all the tests that only read it."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from traumatracker.sources.synthetic import Summary, write

AS_OF = date(2026, 3, 31)


@dataclass
class Written:
    """A made-up force on disk."""

    folder: Path
    summary: Summary

    def rows(self, name):
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def header(self, name):
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file))


@pytest.fixture(scope="session")
def force(tmp_path_factory):
    """130 people over three years: enough for every feature of the files to come up."""
    folder = tmp_path_factory.mktemp("force")
    return Written(folder, write(folder, 130, 3, 7, AS_OF))


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """40 people over one year."""
    folder = tmp_path_factory.mktemp("small")
    return Written(folder, write(folder, 40, 1, 3, AS_OF))
