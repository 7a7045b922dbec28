"""A small force whose truth is known: what happened is said once, and written as exports or as live messages.

Everybody and everything is made up. `World` holds the truth; `export` writes it as the files of profile `synthetic`,
`messages` as live messages, and `expected` says in plain Python which exposures it must come to.
"""

import csv
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from traumatracker.sources.synthetic.files import COLUMNS

AS_OF = date(2026, 3, 2)
DAY_ONE = datetime(2026, 2, 1, 9, 0)  # winter: local time is UTC, so that no case is about the clock by accident
RECEIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PEOPLE = {f"H{n}": f"{1000 + n}" for n in range(1, 9)}  # hr_ref -> collar; H8 is the sergeant
SERGEANT = "H8"
CALLSIGNS = {f"A{n}": (f"{1000 + 2 * n - 1}", f"{1000 + 2 * n}") for n in range(1, 5)}
# Closing code -> the category the criteria pack makes of it; "306" is one that it does not count, "9XX" one it
# does not know.
CODES = {"313": "sudden_death", "306": None, "9XX": None}
WRITTEN = "%d/%m/%Y %H:%M:%S"


@dataclass(frozen=True)
class Log:
    """One log as one version of it tells: `crews` are the callsigns that arrived, `called_off` those that did not."""

    number: int
    version: int = 1
    code: str = "313"
    crews: tuple[str, ...] = ("A1",)
    called_off: tuple[str, ...] = ()
    status: str = "closed"  # open, closed, cancelled, retracted
    duplicate_of: int | None = None
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)  # callsign -> collars, where not the usual crew

    @property
    def ref(self) -> str:
        return f"L{self.number:05d}"

    @property
    def opened_at(self) -> datetime:
        return DAY_ONE + timedelta(minutes=17 * self.number)

    @property
    def updated_at(self) -> datetime:
        return self.opened_at + timedelta(hours=2, minutes=self.version)

    @property
    def arrived_at(self) -> datetime:
        return self.opened_at + timedelta(minutes=10)

    def collars(self, callsign: str) -> tuple[str, ...]:
        return self.named.get(callsign, CALLSIGNS[callsign])

    def next(self, **changed) -> "Log":
        """The next version of this log."""
        return replace(self, version=self.version + 1, **changed)


def people_of(logs) -> set[tuple[str, str]]:
    """(hr_ref, event) of every exposure these logs must come to: the newest version of each, by the plain rules."""
    newest: dict[int, Log] = {}
    for log in logs:
        if log.number not in newest or log.version > newest[log.number].version:
            newest[log.number] = log
    by_collar = {collar: ref for ref, collar in PEOPLE.items()}
    found = set()
    for log in newest.values():
        if log.status in ("cancelled", "retracted") or CODES[log.code] is None:
            continue
        for callsign in log.crews:
            for collar in log.collars(callsign):
                if collar in by_collar:
                    found.add((by_collar[collar], f"cad:{log.ref}"))
    return found


def message(log: Log) -> dict:
    """The live message that says this version of the log."""
    units = [_unit(log, callsign, "at_scene") for callsign in log.crews]
    units += [_unit(log, callsign, "cancelled") for callsign in log.called_off]
    incident = {
        "ref": log.ref,
        "version": log.version,
        "updated_at": _utc(log.updated_at),
        "opened_at": _utc(log.opened_at),
        "status": log.status,
        "codes": [{"role": "closing", "system": "NSIR", "code": log.code}],
        "units": units,
    }
    if log.duplicate_of is not None:
        incident["links"] = [{"kind": "duplicate_of", "ref": f"cad:L{log.duplicate_of:05d}"}]
    return {"message": 1, "incident": incident}


def _unit(log: Log, callsign: str, status: str) -> dict:
    crew = [{"identifier": collar, "identifier_type": "collar"} for collar in log.collars(callsign)]
    at = _utc(log.arrived_at)
    arrived = {"at_scene_at": at} if status == "at_scene" else {}
    return {"callsign": callsign, "status": status, "status_at": at, "crew": crew} | arrived


def _utc(at: datetime) -> str:
    return at.replace(tzinfo=UTC).isoformat()


class Exports:
    """A folder of exports; each call adds or replaces files, a day's delivery in a file of its own where asked."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def hr(self, people=None, collars=None) -> None:
        """Write the HR files: everybody in one team, the sergeant supervising it."""
        people = PEOPLE if people is None else people
        self.write("hr_people.csv", [
            {"Hr_Ref": ref, "Forename": "Made", "Surname": f"Up{ref}", "Worker_Type": "officer",
             "Start_Date": "01/01/2015"}
            for ref in people
        ])  # fmt: skip
        held = [(ref, collar, "01/01/2015", "") for ref, collar in people.items()] if collars is None else collars
        self.write("hr_identifiers.csv", [
            {"Hr_Ref": ref, "Id_Type": "COLLAR", "Id_Value": collar, "From": start, "To": end}
            for ref, collar, start, end in held
        ])  # fmt: skip
        self.write("hr_units.csv", [{"Unit_Ref": "T1", "Name": "Response 1", "Kind": "team"}])
        self.write("hr_postings.csv", [
            {"Hr_Ref": ref, "Unit_Ref": "T1", "Rank": "PS" if ref == SERGEANT else "PC", "Role_Title": "Response",
             "Supervisor": "Y" if ref == SERGEANT else "N", "From": "01/01/2015"}
            for ref in people
        ])  # fmt: skip

    def logs(self, logs, name: str = "") -> None:
        """Write these versions of logs, and what hangs on them, as one delivery (the file names carry `name`)."""
        self.write(f"logs{name}.csv", [
            {"Urn": log.ref, "Call_Date": _local(log.opened_at), "Last_Updated": _local(log.updated_at),
             "Result_Date": _local(log.updated_at) if log.status == "closed" else ""}
            for log in logs
        ])  # fmt: skip
        self.write(f"log_results{name}.csv", [{"Urn": log.ref, "Seq": "1", "Result_Code": log.code} for log in logs])
        self.write(f"log_resources{name}.csv", [row for log in logs for row in _resources(log)])

    def write(self, name: str, rows) -> Path:
        """Write one file with the columns of its kind."""
        columns = next(columns for kind, columns in COLUMNS.items() if name.startswith(kind.removesuffix(".csv")))
        if name.startswith("log_"):
            columns = COLUMNS["log_results.csv" if name.startswith("log_results") else "log_resources.csv"]
        path = self.folder / name
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path


def _resources(log: Log):
    for number, callsign in enumerate((*log.crews, *log.called_off), 1):
        first, second, *_ = (*log.collars(callsign), "", "")
        arrived = callsign in log.crews
        yield {
            "Urn": log.ref, "Row": str(number), "CSign": callsign, "Officer1": first, "Officer2": second,
            "Informed_Date": _local(log.opened_at + timedelta(minutes=2)),
            "Arrived_Date": _local(log.arrived_at) if arrived else "",
            "Not_Proceed_Date": "" if arrived else _local(log.arrived_at),
            "Last_Updated": _local(log.updated_at),
        }  # fmt: skip


def _local(at: datetime) -> str:
    return at.strftime(WRITTEN)
