"""What became of the rows of a batch, in counts and places: never what a row says."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from traumatracker.sources.reasons import meaning

PLACES_SHOWN = 3  # of each reason in each file; whoever wants all of them opens the quarantine


@dataclass
class FileTaken:
    """What became of the rows of one file: rows_read = rows_accepted + rows_quarantined.

    `places`: for each reason the first few rows set aside, as [row, column]; all of them are in the quarantine.
    """

    name: str
    table: str
    sha256: str = ""
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    duplicates: int = 0
    quarantine_reasons: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[list[Any]]] = field(default_factory=dict)

    def set_aside(self, found: list[tuple[int, str, str]]) -> None:
        """Count rows set aside, each (row, column, reason), and remember where the first ones are."""
        for row, column, reason in found:
            self.quarantine_reasons[reason] = self.quarantine_reasons.get(reason, 0) + 1
            if len(shown := self.places.setdefault(reason, [])) < PLACES_SHOWN:
                shown.append([row, column])
        self.rows_quarantined += len(found)


@dataclass
class Taken:
    """What a batch took, in total and file by file. `refused`: {file, reason, message}; such a file gives 0 rows.

    `batch`: its number, "" when there was nothing new to store. `rows_stored`: accepted rows that were not duplicates.
    """

    batch: str = ""
    rows_stored: int = 0
    files: list[FileTaken] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    files_ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        return sum(file.rows_read for file in self.files)

    @property
    def rows_accepted(self) -> int:
        return sum(file.rows_accepted for file in self.files)

    @property
    def rows_quarantined(self) -> int:
        return sum(file.rows_quarantined for file in self.files)

    @property
    def duplicates(self) -> int:
        return sum(file.duplicates for file in self.files)

    @property
    def quarantined(self) -> list[dict[str, Any]]:
        """Return, for each file and reason: file, reason, rows, what it means, and the first places (row, column)."""
        return [
            {"file": file.name, "reason": reason, "rows": count, "meaning": meaning(reason),
             "first": [{"row": row, "column": column} for row, column in file.places.get(reason, [])]}
            for file in self.files
            for reason, count in sorted(file.quarantine_reasons.items())
        ]  # fmt: skip

    @property
    def quarantine_reasons(self) -> dict[str, int]:
        total: Counter[str] = Counter()
        for file in self.files:
            total.update(file.quarantine_reasons)
        return dict(sorted(total.items()))
