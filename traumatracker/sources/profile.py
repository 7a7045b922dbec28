"""The source profile: which files, which columns, what they mean. Data with an owner, read and checked here.

The format is described in docs/reference/profiles.md. What a table gives is checked in `gives.py`.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from traumatracker.engine.codes import NOTATIONS
from traumatracker.errors import BadProfile
from traumatracker.sources.channels import Feed, channel_tables, read_feed
from traumatracker.sources.gives import Give, read_gives
from traumatracker.sources.health import Health, read_health
from traumatracker.sources.layout import check_layout

KINDS = ("text", "ref", "person", "code", "time", "date", "flag", "choice", "number", "part")
NORMALISERS = ("upper", "no_spaces", "no_punctuation", "strip_leading_letters", "strip_leading_zeros")
FORMATS = ("", "csv", "parquet", "xlsx", "xml", "qvd")
COMPLETE = ("stable", "done", "manifest")  # what tells a watched folder that a file is whole
DELIMITERS = (",", ";", "\t", "|")

SHIPPED = Path(str(package_files("traumatracker"))) / "packs" / "profiles"
_WORD = re.compile(r"[a-z][a-z0-9_]*\Z")
_ANY = {"keep", "required", "optional", "placeholders", "restrict", "private"}
_OPTIONS: dict[str, set[str]] = {
    "text": {"before"},
    "ref": {"normalise", "before", "split", "whole_numbers"},
    "person": {"normalise", "whole_numbers"},
    "code": {"notation", "before", "split", "whole_numbers"},
    "time": {"format", "formats", "zone", "after", "earliest", "from"},
    "date": {"format", "formats", "future", "earliest"},
    "flag": {"yes", "no", "unknown"},
    "choice": {"map", "of"},
    "number": set(),
}
_HEAD = {"id", "title", "pack", "time_zone", "demonstration", "placeholders", "earliest", "feed", "health", "table"}
_TABLE = {
    "name", "files", "source_system", "key", "version", "known_at", "delimiter", "encoding", "strict_encoding",
    "last_line", "repeat", "columns", "combined", "gives", "format", "header", "sheet", "row",
    "database", "query_table", "overlap_hours", "complete",
}  # fmt: skip
_CHANNEL = {"channel", "whole"}  # what only the tables of `channels.py` may say


@dataclass(frozen=True)
class Column:
    """One kept column. Texts to compare with (`placeholders`, `restrict`, `choices`, `yes`, …) are casefolded.

    `parts`: for a combined time, the columns it is made of; `formats` then has one format for each part.
    """

    name: str
    kind: str
    required: bool = False
    optional: bool = False
    placeholders: frozenset[str] = frozenset()
    restrict: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    normalise: tuple[str, ...] = ()
    before: str = ""
    split: str = ""
    notation: str = "text"
    formats: tuple[str, ...] = ()
    zone: str = ""
    after: str = ""
    earliest: date = date(1900, 1, 2)
    future: bool = False
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    choices: Mapping[str, str] = field(default_factory=dict)
    of: str = ""
    parts: tuple[str, ...] = ()
    whole_numbers: bool = False


@dataclass(frozen=True)
class Table:
    """One kind of file. `columns`: what is kept (parts too, and combined ones last); `dropped`: what is not.

    `channel`: where the rows come from when not from files: "live" or "people". `whole`: the table whose row and
    version each row belongs to; it counts only while that version is the newest. `names`: of the columns of a text
    table without a header; `sheet`: of a workbook; `row`: the XML element that is one row; `database`,
    `query_table`, `overlap_hours`: of a table read in place (`databases.py`).
    """

    name: str
    files: tuple[str, ...]
    source_system: str
    key: tuple[str, ...]
    version: str
    known_at: tuple[str, ...]
    delimiter: str
    encoding: str
    strict_encoding: bool
    must_end: bool
    columns: dict[str, Column]
    dropped: frozenset[str]
    gives: tuple[Give, ...]
    channel: str = ""
    whole: str = ""
    format: str = ""
    names: tuple[str, ...] = ()
    sheet: str = ""
    row: str = ""
    database: str = ""
    query_table: str = ""
    overlap_hours: int | None = None
    complete: str = "stable"

    @property
    def stored(self) -> list[Column]:
        """The columns that the record keeps, in the order of their names, so that a hash has one meaning."""
        return sorted((column for column in self.columns.values() if column.kind != "part"), key=lambda c: c.name)

    @property
    def header(self) -> dict[str, bool]:
        """Every column the file may have, with whether it must have it."""
        kept = {name: not c.optional for name, c in self.columns.items() if not c.parts}
        return kept | dict.fromkeys(self.dropped, True)


@dataclass(frozen=True)
class Profile:
    """A whole profile. `fingerprint`: of its text, so that a file read by an earlier wording is read again."""

    id: str
    title: str
    pack: str
    time_zone: str
    demonstration: bool
    earliest: date
    tables: tuple[Table, ...]
    fingerprint: str
    feed: Feed | None = None
    health: Health = field(default_factory=Health)

    @property
    def files(self) -> tuple[Table, ...]:
        """The tables that files hold, without those of live messages and people's decisions."""
        return tuple(table for table in self.tables if not table.channel)

    def channel(self, name: str) -> tuple[Table, ...]:
        """The tables whose rows come by one channel: "live" or "people"."""
        return tuple(table for table in self.tables if table.channel == name)

    def channel_table(self, name: str) -> Table:
        """Return the table called `name` that no file holds. Raises KeyError where there is none."""
        return {table.name: table for table in self.tables if table.channel}[name]

    def table(self, name: str) -> Table:
        """Return the table called `name`."""
        return next(table for table in self.tables if table.name == name)


def find_profile(profile_id: str) -> Profile:
    """Return the profile shipped under `profile_id`, or kept under the home by `adopted.py`.

    Raises BadProfile, listing those there are.
    """
    known = {path.stem: path for folder in (kept_folder(), SHIPPED) for path in sorted(folder.glob("*.toml"))}
    if profile_id not in known:
        listed = ", ".join(sorted(known))
        raise BadProfile(
            f"There is no profile called {profile_id!r}. Use one of: {listed}; or the path of a .toml file."
        )
    return load_profile(known[profile_id])


def kept_folder() -> Path:
    """Return where profiles of the force's own are kept: `profiles` in the home."""
    return Path(os.environ.get("TRAUMATRACKER_HOME", "var")) / "profiles"


def load_profile(path: Path) -> Profile:
    """Return the profile in `path`. Raises BadProfile naming the file and the entry to mend."""
    try:
        return parse_profile(path.read_text("utf-8"), path.stem)
    except OSError as missing:
        raise BadProfile(f"The profile {path.name} cannot be opened. Check that it is there.") from missing
    except UnicodeDecodeError as other:
        raise BadProfile(
            f"The profile {path.name} is not text in UTF-8. Give the .toml file of the profile."
        ) from other


def parse_profile(text: str, expected_id: str) -> Profile:
    """Return the profile written in `text`. Raises BadProfile naming the entry to mend."""
    try:
        head = tomllib.loads(text)
        _only(head, _HEAD, expected_id)
        placeholders = _folded([*head.get("placeholders", []), ""])
        earliest = _day(head.get("earliest", "1990-01-01"))
        feed = read_feed(head.get("feed"), expected_id)
        for entry in head["table"]:
            _only(entry, _TABLE, f"table {entry.get('name')}")
        entries = [*head["table"], *channel_tables(feed)]
        tables = tuple(_table(entry, placeholders, earliest) for entry in entries)
        profile = Profile(
            id=head["id"],
            title=head["title"],
            pack=head["pack"],
            time_zone=head["time_zone"],
            demonstration=head.get("demonstration", False),
            earliest=earliest,
            tables=tables,
            fingerprint=sha256(text.encode()).hexdigest(),
            feed=feed,
            health=read_health(head.get("health"), expected_id),
        )
    except KeyError as missing:
        raise BadProfile(
            f"{expected_id}: an entry lacks {missing}. Add it; the format is in the reference."
        ) from missing
    except (ValueError, TypeError, AttributeError) as bad:
        raise BadProfile(f"{expected_id} cannot be read: {bad}. Mend that entry and try again.") from bad
    _check(profile, expected_id)
    return profile


def _check(profile: Profile, expected_id: str) -> None:
    if profile.id != expected_id:
        raise BadProfile(f"{expected_id}: its id says {profile.id!r}. Give the file and the id one name.")
    names = [table.name for table in profile.tables]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadProfile(f"{profile.id}: two tables are called {sorted(twice)[0]}. Give each its own name.")
    _zone(profile.time_zone, profile.id)
    by_name = {table.name: table for table in profile.tables}
    for table in profile.tables:
        where = f"{profile.id}, table {table.name}"
        _check_table(table, where)
        for give in table.gives:
            give.check(set(table.columns), {n: set(t.columns) for n, t in by_name.items()}, where)


def _check_table(table: Table, where: str) -> None:
    if not table.key or not (table.files or table.channel or table.query_table):
        raise BadProfile(f"{where} needs `files` (or `query_table`) and a `key`.")
    check_layout(table, where)
    for name in table.key:
        found = _named(table, name, tuple(kind for kind in KINDS if kind != "part"), f"{where}: key")
        if not found.required or found.split:
            raise BadProfile(f"{where}: key column {name} must be `required = true`, and not split.")
    if table.version and not _named(table, table.version, ("time", "date", "number"), f"{where}: version").required:
        raise BadProfile(f"{where}: the version column {table.version} must be `required = true`.")
    for name in table.known_at:
        _named(table, name, ("time",), f"{where}: known_at")
    for each in table.columns.values():
        for part in each.parts:
            _named(table, part, ("part",), f"{where}: combined column {each.name}")
        if each.after:
            _named(table, each.after, ("time",), f"{where}: `after` of column {each.name}")
        if each.zone:
            _zone(each.zone, where)


def _named(table: Table, name: str, kinds: tuple[str, ...], where: str) -> Column:
    found = table.columns.get(name)
    if found is None or found.kind not in kinds:
        raise BadProfile(f"{where} names {name!r}; it must be a kept column of kind {' or '.join(kinds)}.")
    return found


def _table(entry: dict[str, Any], placeholders: frozenset[str], earliest: date) -> Table:
    where = f"table {entry.get('name')}"
    if not _WORD.match(entry["name"]):
        raise BadProfile(f"{where}: a name has lower case letters, digits and _ only.")
    _only(entry, _TABLE | _CHANNEL, where)
    known_at = entry.get("known_at", [])
    declared = entry["columns"]
    kept = {n: _column(n, c, placeholders, earliest, where) for n, c in declared.items() if not _drops(n, c, where)}
    for name, told in entry.get("combined", {}).items():
        if name in declared:
            raise BadProfile(f"{where}: {name} is both a column and a combined one. Rename the combined one.")
        kept[name] = _column(name, told, placeholders, earliest, where)
    return Table(
        name=entry["name"],
        files=tuple(entry.get("files", ())) if {"channel", "query_table"} & set(entry) else tuple(entry["files"]),
        source_system=entry.get("source_system", entry["name"]),
        key=tuple(entry["key"]),
        version=entry.get("version", ""),
        known_at=(known_at,) if isinstance(known_at, str) else tuple(known_at),
        delimiter=_one_of(entry.get("delimiter", ","), DELIMITERS, f"{where}: delimiter"),
        encoding=_one_of(entry.get("encoding", "utf-8"), ("utf-8", "windows-1252"), f"{where}: encoding"),
        strict_encoding=entry.get("strict_encoding", False),
        must_end=_one_of(entry.get("last_line", "must_end"), ("must_end", "whole"), f"{where}: last_line")
        == "must_end",
        columns=kept,
        dropped=frozenset(set(declared) - set(kept)),
        gives=read_gives(entry.get("gives", []), where),
        channel=entry.get("channel", ""),
        whole=entry.get("whole", ""),
        format=_one_of(entry.get("format", ""), FORMATS, f"{where}: format"),
        names=tuple(entry.get("header", ())),
        sheet=entry.get("sheet", ""),
        row=entry.get("row", ""),
        database=entry.get("database", ""),
        query_table=entry.get("query_table", ""),
        overlap_hours=entry.get("overlap_hours"),
        complete=_one_of(entry.get("complete", "stable"), COMPLETE, f"{where}: complete"),
    )


def _drops(name: str, told: dict[str, Any], where: str) -> bool:
    if ("drop" in told) == ("keep" in told):
        raise BadProfile(f"{where}: column {name} must say either `keep` or `drop`.")
    if "drop" in told and (set(told) != {"drop"} or not told["drop"]):
        raise BadProfile(f'{where}: column {name} is dropped; say why, and nothing else: {{ drop = "the reason" }}.')
    return "drop" in told


def _column(name: str, told: dict[str, Any], placeholders: frozenset[str], earliest: date, where: str) -> Column:
    where = f"{where}: column {name}"
    kind = _one_of(told["keep"], KINDS, f"{where}: keep")
    _only(told, {"keep", "optional"} if kind == "part" else _ANY | _OPTIONS[kind], where)
    unknown = _folded(told.get("unknown", []))
    column = Column(
        name=name,
        kind=kind,
        required=told.get("required", False),
        optional=told.get("optional", False),
        placeholders=placeholders | _folded(told.get("placeholders", [])) | unknown,
        restrict=_folded(told.get("restrict", [])),
        private=_folded(told.get("private", [])),
        normalise=tuple(_one_of(step, NORMALISERS, f"{where}: normalise") for step in told.get("normalise", [])),
        before=told.get("before", ""),
        split=told.get("split", ""),
        notation=_one_of(told.get("notation", "text"), tuple(NOTATIONS), f"{where}: notation"),
        formats=tuple(told.get("formats") or ([told["format"]] if "format" in told else [])),
        zone=told.get("zone", ""),
        after=told.get("after", ""),
        earliest=_day(told["earliest"]) if "earliest" in told else earliest,
        future=told.get("future", False),
        yes=_folded(told.get("yes", [])),
        no=_folded(told.get("no", [])),
        choices={text.strip().casefold(): ours for text, ours in told.get("map", {}).items()},
        of=told.get("of", ""),
        parts=tuple(told.get("from", [])),
        whole_numbers=told.get("whole_numbers", False),
    )
    _check_column(column, where)
    return column


def _check_column(column: Column, where: str) -> None:
    if column.kind in ("time", "date") and not column.formats:
        raise BadProfile(f"{where} is a {column.kind} and needs a `format`.")
    for how in column.formats:
        _check_format(how, where)
    if column.parts and len(column.parts) != len(column.formats):
        raise BadProfile(f"{where} is combined: give it one format for each part.")
    if column.kind == "flag" and not (column.yes and column.no):
        raise BadProfile(f"{where} is a flag and needs `yes` and `no`.")
    if column.kind == "choice" and not column.choices:
        raise BadProfile(f"{where} is a choice and needs a `map`.")
    if column.required and column.optional:
        raise BadProfile(f"{where} cannot be both required and optional.")


def _check_format(how: str, where: str) -> None:
    try:
        if how != "iso":
            datetime.strptime(datetime(2024, 3, 1, tzinfo=UTC).strftime(how), how)  # noqa: DTZ007 - only whether it can
    except ValueError as bad:
        raise BadProfile(f"{where} has the format {how!r}, which no time is written in ({bad}).") from bad


def _only(entry: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(entry) - known):
        raise BadProfile(f"{where} has {', '.join(unknown)}, which no profile understands here.")


def _one_of(value: Any, allowed: tuple[str, ...], where: str) -> str:
    if value not in allowed:
        raise BadProfile(f"{where} is {value!r}; use one of {', '.join(map(repr, allowed))}.")
    return str(value)


def _folded(texts: list[str]) -> frozenset[str]:
    return frozenset(text.strip().casefold() for text in texts)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _zone(name: str, where: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise BadProfile(f"{where}: there is no time zone {name!r}. Use a name such as Europe/London.") from unknown
