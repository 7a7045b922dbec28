"""A little of what is wrong in real exports, declared here, so that a refresh shows the quarantine at work."""

from collections.abc import Iterator
from random import Random

from traumatracker.sources.synthetic.files import COLUMNS

# file, column, what is put there, one row in so many. Source: judgement; small on purpose.
SPOILED = (
    ("logs.csv", "Call_Date", "31/02/2024 10:15:00", 18_000),
    ("logs.csv", "Call_Date", "01/01/1900 00:00:00", 25_000),
    ("logs.csv", "Closed_Date", "{gap} 01:30:00", 30_000),
    ("log_resources.csv", "Arrived_Date", "14:61", 30_000),
    ("log_resources.csv", "Officer1", "-", 400),
    ("crime_officers.csv", "Collar", "-", 1_500),
    ("crime_officers.csv", "Role_Type", "LIAISON", 5_000),
    ("duty_resources.csv", "Collar", "-", 20_000),
    ("material_bookings.csv", "Material", "MIXED", 2_000),
)
REPEATED = (("log_results.csv", 8_000), ("duty_resources.csv", 12_000), ("hr_postings.csv", 250))


def spoil(name: str, rows: Iterator[list[str]], rng: Random, gap: str) -> Iterator[list[str]]:
    """Yield the rows of one file with its share of dirt: cells spoiled, whole rows said twice.

    `gap`: a day (dd/mm/yyyy) on which the hour from 01:00 does not exist.
    """
    faults = [
        (COLUMNS[name].index(column), text.format(gap=gap), each)
        for file, column, text, each in SPOILED
        if file == name
    ]
    repeats = [each for file, each in REPEATED if file == name]
    due = [rng.randint(1, min(each, 150)) for _, _, each in faults]
    again = rng.randint(1, min(repeats[0], 150)) if repeats else 0
    for count, row in enumerate(rows, 1):
        for place, (column, text, each) in enumerate(faults):
            if count >= due[place] and row[column] and not row[column].startswith("VICTIM"):
                row[column] = text
                due[place] = count + rng.randint(each // 2, each * 3 // 2)
        yield row
        if repeats and count == again:
            yield row
            again = count + rng.randint(repeats[0] // 2, repeats[0] * 3 // 2)
