"""Files as rows of text, whatever their format: found in a folder, surveyed once, then read in chunks.

The format is the profile's `format`, else what the file's name ends in, else a text table.
"""

from collections.abc import Callable, Iterator

from traumatracker.sources.formats import delimited, parquet, qvd, spreadsheet, whole, xml
from traumatracker.sources.formats.base import Chunk, Seen, Survey
from traumatracker.sources.formats.folder import Found, Listing, find_files
from traumatracker.sources.profile import Table

__all__ = ["Chunk", "Found", "Listing", "Survey", "find_files", "format_of", "read", "survey"]

_WHOLE: dict[str, Callable[[Found, Table, Seen], tuple[list[str], Iterator[Chunk]]]] = {
    "parquet": parquet.read,
    "xlsx": spreadsheet.read,
    "xml": xml.read,
    "qvd": qvd.read,
}
_ENDINGS = {"parquet": "parquet", "xlsx": "xlsx", "xlsm": "xlsx", "xml": "xml", "qvd": "qvd"}


def format_of(name: str, table: Table) -> str:
    """Return the format of a file: "csv", "parquet", "xlsx", "xml" or "qvd"."""
    return table.format or _ENDINGS.get(name.rpartition(".")[2].casefold(), "csv")


def survey(source: Found, table: Table, seen: Seen) -> Survey:
    """Return what one pass over the file tells; `seen` is told of every number of bytes read. Raises RefusedFile."""
    if source.in_place:
        return source.in_place.survey(seen)
    if format_of(source.name, table) == "csv":
        return delimited.survey(source, table, seen)
    return whole.survey(source, seen)


def read(source: Found, table: Table, told: Survey, seen: Seen) -> tuple[list[str], Iterator[Chunk]]:
    """Return the names of the columns, checked against the profile, and the rows in chunks. Raises RefusedFile."""
    if source.in_place:
        return source.in_place.read()
    how = format_of(source.name, table)
    return delimited.read(source, table, told, seen) if how == "csv" else _WHOLE[how](source, table, seen)
