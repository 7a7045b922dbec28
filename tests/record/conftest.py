"""A force of its own for each test."""

import duckdb
import pytest

from tests.sources.made_up import Force


@pytest.fixture
def force(tmp_path):
    return Force(tmp_path)


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        yield opened
