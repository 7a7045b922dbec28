"""Files as rows of text, whatever their format: found in a folder, surveyed once, then read in chunks."""

from collections.abc import Iterator

from traumatracker.sources.formats import delimited
from traumatracker.sources.formats.base import Chunk, Seen, Survey
from traumatracker.sources.formats.folder import Found, Listing, find_files
from traumatracker.sources.profile import Table

__all__ = ["Chunk", "Found", "Listing", "Survey", "find_files", "read", "survey"]


def survey(source: Found, table: Table, seen: Seen) -> Survey:
    """Return what one pass over the file tells; `seen` is told of every number of bytes read. Raises RefusedFile."""
    return delimited.survey(source, table, seen)


def read(source: Found, table: Table, told: Survey, seen: Seen) -> tuple[list[str], Iterator[Chunk]]:
    """Return the names of the columns, checked against the profile, and the rows in chunks. Raises RefusedFile."""
    return delimited.read(source, table, told, seen)
