"""The header of a file held against the profile: every column known, none needed missing."""

import csv

from traumatracker.errors import RefusedFile
from traumatracker.sources.profile import DELIMITERS, Table


def check_header(header: list[str], line: str, table: Table, name: str) -> None:
    """Raise RefusedFile unless the header of a text table is what the profile declares."""
    missing = [column for column in table.header if table.header[column] and column not in header]
    if missing and (other := _fits_better(line, table, len(missing))):
        told = f"{name} is separated by {other!r}, not by {table.delimiter!r}."
        raise RefusedFile("wrong_delimiter", f"{told} Correct `delimiter` in the profile, or export it again.")
    check_columns(header, table, name)


def check_columns(header: list[str], table: Table, name: str) -> None:
    """Raise RefusedFile unless every column is declared, none that is needed is missing, and none comes twice."""
    declared = table.header
    missing = [column for column, needed in declared.items() if needed and column not in header]
    unknown = [column for column in header if column not in declared]
    if missing:
        # A file without its header shows a row instead: name what it has only where most of the header is there.
        strange = unknown if 2 * len(missing) <= len(declared) else []
        also = f" It has {_listed(strange)}, which the profile does not know: was it renamed?" if strange else ""
        raise RefusedFile("missing_column", f"{name} lacks the column {_listed(missing)}.{also} {_MEND}")
    if unknown:
        raise RefusedFile(
            "undeclared_column", f"{name} has the column {_listed(unknown)}, which nobody declared. {_MEND}"
        )
    if twice := sorted({column for column in header if header.count(column) > 1}):
        raise RefusedFile("repeated_column", f"{name} has the column {_listed(twice)} twice. Rename one in the export.")


_MEND = "Correct the export, or declare the column `keep` or `drop` in the profile."


def _listed(columns: list[str]) -> str:
    shown = ", ".join(f"'{column[:40]}'" for column in columns[:5])
    return shown + (f" and {len(columns) - 5} more" if len(columns) > 5 else "")


def _fits_better(line: str, table: Table, missing: int) -> str:
    for other in DELIMITERS:
        cells = {name.strip() for name in cells_of(line, other)}
        if (
            other != table.delimiter
            and len([n for n, needed in table.header.items() if needed and n not in cells]) < missing
        ):
            return other
    return ""


def cells_of(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line; none where it is no line of such a table."""
    try:
        return next(csv.reader([line.lstrip("\ufeff")], delimiter=delimiter), [])
    except csv.Error:
        return []
