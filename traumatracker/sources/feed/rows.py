"""The rows of the live tables (`packs/channels/live.toml`) that one message becomes.

What has no order in a message is put in one, and what it says twice is kept once, so that two messages that say the
same have the same rows.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from traumatracker.engine.codes import NOTATIONS
from traumatracker.sources import values
from traumatracker.sources.feed.shape import Fault
from traumatracker.sources.moments import Moment, Times
from traumatracker.sources.profile import Column, Profile
from traumatracker.sources.rows import bounds_of
from traumatracker.sources.values import Bad, Bounds

# A unit with one of these statuses is or was at the scene, though the message may not say since when.
_THERE = ("at_scene", "left")


class SetAside(Exception):
    """A value of the message that cannot be kept; `fault` says why and where."""

    def __init__(self, fault: Fault):
        super().__init__(fault.reason)
        self.fault = fault


class Row(NamedTuple):
    """One row on its way: its kept values as (column, text) for order and hash, its cells, and for a unit its crew."""

    kept: tuple[tuple[str, str], ...]
    cells: dict[str, str]
    crew: tuple["Row", ...] = ()


class Kept(NamedTuple):
    """What is kept of one incident. `content`: what its hash covers. `known_at`: microseconds since 1970."""

    key: str
    version: int
    known_at: int
    rows: dict[str, list[list[str]]]
    content: list[Any]


class Reading:
    """Turns messages of one profile that came at one moment into rows. Raises ValueError without a feed."""

    def __init__(self, profile: Profile, received_at: datetime):
        if profile.feed is None:
            raise ValueError(f"the profile {profile.id} has no [feed]")
        self._feed = profile.feed
        bounds = bounds_of(profile, received_at)
        self._columns = {
            table.name: {name: _reader(column, bounds) for name, column in table.columns.items()}
            for table in profile.channel("live")
        }

    def incident(self, told: dict[str, Any]) -> Kept:
        """Return the rows of an incident whose shape is as published. Raises SetAside at the first bad value."""
        withdrawn = told["status"] == "retracted"
        head = {
            "Ref": told["ref"].strip(),
            "Version": str(int(told["version"])),
            "Updated_At": _utc(told["updated_at"], "/incident/updated_at"),
        }
        opened = told["updated_at"] if withdrawn else told["opened_at"]
        own = self._row(
            "live_incidents",
            head | {"Opened_At": _utc(opened, "/incident/opened_at"), "Status": told["status"],
                    "Area": "" if withdrawn else told.get("area", "")},
            "/incident",
            {"Ref": "ref", "Version": "version", "Updated_At": "updated_at", "Opened_At": "opened_at", "Area": "area"},
        )  # fmt: skip
        lists = {} if withdrawn else self._lists(told)
        known_at = self._columns["live_incidents"]["Updated_At"](head["Updated_At"])
        return Kept(
            key=self._columns["live_incidents"]["Ref"](head["Ref"]),
            version=int(told["version"]),
            known_at=known_at.instant,
            rows=self._numbered(head, own, lists),
            content=[own.kept, {name: [_content(row) for row in rows] for name, rows in lists.items() if rows}],
        )

    def _lists(self, told: dict[str, Any]) -> dict[str, list[Row]]:
        makers: dict[str, tuple[str, Callable[[dict[str, Any], str], Row]]] = {
            "codes": ("live_codes", self._code),
            "links": ("live_links", self._link),
            "units": ("live_units", self._unit),
            "people": ("live_people", self._person),
        }
        return {
            table: _in_order(make(entry, f"/incident/{name}/{at}") for at, entry in enumerate(told.get(name, ())))
            for name, (table, make) in makers.items()
        }

    def _code(self, told: dict[str, Any], at: str) -> Row:
        system = told["system"].strip()
        notation = NOTATIONS[self._feed.notations.get(system, "text")]
        code = notation(told["code"]) if told["code"].strip() else ""
        cells = {"Role": told["role"], "System": system, "Code": code}
        return self._row("live_codes", cells, at, {"System": "system", "Code": "code"})

    def _link(self, told: dict[str, Any], at: str) -> Row:
        cells = {"Kind": told["kind"], "To": told["ref"].strip()}
        return self._row("live_links", cells, at, {"To": "ref"})

    def _unit(self, told: dict[str, Any], at: str) -> Row:
        since = "at_scene_at" if "at_scene_at" in told else "status_at" if told["status"] in _THERE else ""
        there = _utc(told[since], f"{at}/{since}") if since else ""
        cells = {"Callsign": told["callsign"].strip(), "Status": told["status"], "At_Scene_At": there,
                 "Role": told.get("role", "")}  # fmt: skip
        unit = self._row("live_units", cells, at, {"Callsign": "callsign", "At_Scene_At": since, "Role": "role"})
        if not there:
            return unit  # who was aboard a unit that never came is of no use here, so it is not kept
        crew = (
            self._row(
                "live_crew",
                self._who(one, f"{at}/crew/{seat}") | {"Happened_At": there},
                f"{at}/crew/{seat}",
                {"Identifier": "identifier", "Identifier_Type": "identifier_type"},
            )
            for seat, one in enumerate(told.get("crew", ()))
        )
        return unit._replace(crew=tuple(_in_order(crew)))

    def _person(self, told: dict[str, Any], at: str) -> Row:
        when = _utc(told["at"], f"{at}/at") if "at" in told else ""
        cells = self._who(told, at) | {"Role": told["role"], "Happened_At": when}
        places = {"Identifier": "identifier", "Identifier_Type": "identifier_type", "Role": "role", "Happened_At": "at"}
        return self._row("live_people", cells, at, places)

    def _who(self, told: dict[str, Any], at: str) -> dict[str, str]:
        kind = told.get("identifier_type", self._feed.identifier_types[0]).strip()
        if kind not in self._feed.identifier_types:
            raise SetAside(Fault("unknown_identifier_type", f"{at}/identifier_type"))
        return {"Identifier_Type": kind, "Identifier": told["identifier"].strip()}

    def _row(self, table: str, cells: dict[str, str], at: str, places: dict[str, str]) -> Row:
        """Return a row whose every cell can be kept; `places`: column → the field of the message it comes from."""
        kept: list[tuple[str, str]] = []
        for name, read in self._columns[table].items():
            if name in cells:
                value = read(cells[name])
                if value.__class__ is Bad:
                    raise SetAside(Fault(value.reason, f"{at}/{places[name]}"))
                if value is not None:
                    kept.append((name, _as_text(value)))
        return Row(tuple(sorted(kept)), cells)

    def _numbered(self, head: dict[str, str], own: Row, lists: dict[str, list[Row]]) -> dict[str, list[list[str]]]:
        rows = {"live_incidents": [self._cells("live_incidents", own.cells)]}
        for table, found in lists.items():
            for number, row in enumerate(found, start=1):
                marked = head | {"Row": str(number)}
                rows.setdefault(table, []).append(self._cells(table, marked | row.cells))
                for seat, one in enumerate(row.crew, start=1):
                    cells = self._cells("live_crew", marked | {"Seat": str(seat)} | one.cells)
                    rows.setdefault("live_crew", []).append(cells)
        return rows

    def _cells(self, table: str, cells: dict[str, str]) -> list[str]:
        return [cells.get(name, "") for name in self._columns[table]]


def _reader(column: Column, bounds: Bounds) -> Callable[[str], Any]:
    """Return what reads one cell: its value, None where it is empty, or Bad."""
    if column.kind == "time":
        return values.Reader(column, Times(column, bounds)).__getitem__
    return values.reader(column, bounds).__getitem__


def _in_order(rows: Any) -> list[Row]:
    """Return the rows by what they keep, each once."""
    return list({(row.kept, _crew(row)): row for row in sorted(rows, key=_order)}.values())


def _order(row: Row) -> tuple[Any, ...]:
    return row.kept, _crew(row), list(row.cells.values())


def _crew(row: Row) -> tuple[Any, ...]:
    return tuple(one.kept for one in row.crew)


def _content(row: Row) -> list[Any]:
    return [row.kept, [one.kept for one in row.crew]]


def _as_text(value: Any) -> str:
    """Return a kept value as the text that a hash covers: the instant of a time."""
    return str(value.instant if value.__class__ is Moment else value)


def _utc(text: str, place: str) -> str:
    """Return a time in UTC, written in one way. Raises SetAside where no such time exists."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except ValueError:
        raise SetAside(Fault("bad_time", place)) from None
    except OverflowError:  # the first or last day of the calendar
        raise SetAside(Fault("time_out_of_range", place)) from None
