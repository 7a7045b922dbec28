"""The page about the made-up force says what is in it."""

from pathlib import Path

import pytest

from traumatracker.sources.synthetic.dirt import REPEATED, SPOILED
from traumatracker.sources.synthetic.files import COLUMNS
from traumatracker.sources.synthetic.truth import COLUMNS as TRUTH

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "synthetic-force.md"


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text("utf-8")


@pytest.mark.parametrize("name", [*COLUMNS, "truth/truth_exposures.csv"])
def test_every_file_is_described(page, name):
    assert f"`{name}`" in page


@pytest.mark.parametrize("column", TRUTH)
def test_every_column_of_the_truth_is_described(page, column):
    assert f"| `{column}` |" in page


def test_the_published_figures_are_told_with_their_sources(page, force):
    for figure in force.summary.figures:
        assert f"| {figure.name}, % | {figure.published} [{figure.source.split(',')[0]}]" in page
        for source in figure.source.split(", "):
            assert f"- [{source}]" in page


def test_dirt_is_only_put_into_columns_that_exist(page):
    assert all(column in COLUMNS[file] for file, column, _, _ in SPOILED)
    assert {file for file, _ in REPEATED} <= set(COLUMNS)
    assert "`14:61`" in page
