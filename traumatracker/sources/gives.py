"""What a table gives: the small declarative language of `[[table.gives]]`, read and checked.

A value is a `Template` ("cad:{Urn}"), a `Constant`, a `First` of several, a `Condition` or a `Lookup`.
`canonical.py` turns them into SQL; the words for people are in docs/reference/profiles.md.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from traumatracker.engine.tables import DAY, ENTITIES, FLAG, TEXT
from traumatracker.errors import BadProfile

_BRACES = re.compile(r"\{([^{}]+)\}")
_SHORTHANDS = {"entity", "when", "each", "flags", "observed_at"}
_TESTS = {"any", "none", "present"}

# Columns without which a row says nothing. Source: judgement; the engine joins on them.
NEEDED: dict[str, tuple[str, ...]] = {
    "incident": ("incident_id",),
    "incident_code": ("incident_id", "code_role", "code_system", "code"),
    "incident_link": ("from_incident_id", "to_incident_id"),
    "deployment": ("deployment_id", "incident_id"),
    "involvement": ("incident_id", "identifier_type", "identifier"),
    "crew": ("callsign", "identifier_type", "identifier", "booked_on_at"),
    "person": ("person_id",),
    "identifier": ("person_id", "identifier_type", "identifier"),
    "correction": ("person_id", "incident_id"),
    "unit": ("unit_id",),
    "posting": ("person_id",),
    "skill": ("person_id", "skill_code"),
    "characteristic": ("person_id", "characteristic", "code"),
}


@dataclass(frozen=True)
class Template:
    """Text with columns in braces: alternating literal text and column names, starting with text."""

    pieces: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.pieces[1::2]

    @property
    def alone(self) -> str:
        """The column, when the template is nothing else; it then keeps its type."""
        return self.pieces[1] if len(self.pieces) == 3 and not self.pieces[0] and not self.pieces[2] else ""


@dataclass(frozen=True)
class Constant:
    """True, false or a date."""

    value: bool | date

    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class First:
    """The first template that is not empty."""

    options: tuple[Template, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for option in self.options for name in option.columns)


@dataclass(frozen=True)
class Condition:
    """Any of several tables, each a conjunction of (column, test, values)."""

    either: tuple[tuple[tuple[str, str, tuple[Any, ...]], ...], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for tests in self.either for column, _, _ in tests)


@dataclass(frozen=True)
class Lookup:
    """A column of the row of another table that fits; `match`: that table's column → template of this row."""

    table: str
    column: str
    match: tuple[tuple[str, Template], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for _, template in self.match for name in template.columns)


Value = Template | Constant | First | Condition | Lookup


@dataclass(frozen=True)
class Give:
    """Rows of one canonical table, made from each row of a source table that fits `when`."""

    entity: str
    values: dict[str, Value]
    when: Condition | None = None
    observed_at: str = ""

    def check(self, columns: set[str], tables: dict[str, set[str]], where: str) -> None:
        """Raise BadProfile when this names a column or a table that the profile does not keep."""
        where = f"{where}, gives {self.entity}"
        values: list[Value] = list(self.values.values()) + ([self.when] if self.when else [])
        for value in values:
            if lost := set(value.columns) - columns:
                raise BadProfile(f"{where} uses {sorted(lost)[0]!r}, which is not a kept column of this table.")
            if isinstance(value, Lookup):
                wanted = {value.column} | {name for name, _ in value.match}
                if value.table not in tables or wanted - tables[value.table]:
                    raise BadProfile(f"{where} looks up {value.table}.{value.column}, which the profile does not keep.")
        if self.observed_at and self.observed_at not in columns:
            raise BadProfile(f"{where}: observed_at uses {self.observed_at!r}, which is not a kept column.")


def read_gives(entries: list[dict[str, Any]], where: str) -> tuple[Give, ...]:
    """Return what a table gives, shorthands spelled out. Raises BadProfile naming the entry to mend."""
    return tuple(give for entry in entries for give in _spelled_out(entry, f"{where}, gives {entry.get('entity')}"))


def _spelled_out(entry: dict[str, Any], where: str) -> list[Give]:
    if entry["entity"] not in ENTITIES:
        raise BadProfile(f"{where}: there is no such canonical table. Use one of {', '.join(ENTITIES)}.")
    if "each" in entry:
        rest = {name: value for name, value in entry.items() if name != "each"}
        return [give for name in entry["each"] for give in _spelled_out(_put(rest, name), where)]
    if "flags" in entry:
        return [_give(flag, where) for flag in _flags(entry)]
    return [_give(entry, where)]


def _put(value: Any, column: str) -> Any:
    """Return `value` with "{each}", and a condition on "each", standing for `column`."""
    if isinstance(value, str):
        return value.replace("{each}", "{" + column + "}")
    if isinstance(value, list):
        return [_put(item, column) for item in value]
    if isinstance(value, dict):
        return {column if name == "each" else name: _put(item, column) for name, item in value.items()}
    return value


def _flags(entry: dict[str, Any]) -> list[dict[str, Any]]:
    rest = {name: value for name, value in entry.items() if name != "flags"} | {
        "code_role": "flag",
        "code_system": "FLAG",
    }
    made = []
    for column, codes in entry["flags"].items():
        for code, answer in zip(codes, (True, False), strict=False):
            made.append(rest | {"code": code, "when": entry.get("when", {}) | {column: answer}})
    return made


def _give(entry: dict[str, Any], where: str) -> Give:
    entity = entry["entity"]
    if unknown := set(entry) - set(ENTITIES[entity]) - _SHORTHANDS:
        raise BadProfile(f"{where} has {', '.join(sorted(unknown))}, which {entity} does not.")
    observed = entry.get("observed_at", "")
    needed = NEEDED[entity] if entity != "posting" or observed else (*NEEDED[entity], "valid_from")
    if missing := [name for name in needed if name not in entry]:
        raise BadProfile(f"{where} lacks {', '.join(missing)}; a row says nothing without.")
    if observed and (entity != "posting" or "valid_from" in entry or "valid_to" in entry):
        raise BadProfile(f"{where}: observed_at stands in a posting, instead of valid_from and valid_to.")
    values = {name: _value(entity, name, entry[name], where) for name in ENTITIES[entity] if name in entry}
    when = _condition(entry["when"], where) if entry.get("when") else None
    return Give(entity, values, when, _braced(observed, where) if observed else "")


def _braced(text: str, where: str) -> str:
    alone = _template(text, where).alone
    if not alone:
        raise BadProfile(f"{where}: observed_at is one column in braces.")
    return alone


def _value(entity: str, name: str, told: Any, where: str) -> Value:
    kind, where = ENTITIES[entity][name], f"{where}: {name}"
    if isinstance(told, bool) and kind == FLAG:
        return Constant(told)
    if isinstance(told, date) and kind == DAY:
        return Constant(told)
    if isinstance(told, str) and (kind == TEXT or "{" in told):
        return _template(told, where)
    if isinstance(told, dict) and "table" in told:
        return _lookup(told, where)
    if isinstance(told, dict | list) and kind == FLAG:
        return _condition(told, where)
    if isinstance(told, list):
        return First(tuple(_template(option, where) for option in told))
    raise BadProfile(f"{where} has a value of a kind that fits no {kind}.")


def _template(text: str, where: str) -> Template:
    pieces = tuple(_BRACES.split(text))
    if any("{" in literal or "}" in literal for literal in pieces[::2]):
        raise BadProfile(f"{where} has a brace that is not closed: {text!r}.")
    return Template(pieces)


def _lookup(told: dict[str, Any], where: str) -> Lookup:
    if set(told) != {"table", "column", "match"} or not told["match"]:
        raise BadProfile(f"{where}: a lookup needs table, column and match.")
    match = tuple((name, _template(text, where)) for name, text in told["match"].items())
    return Lookup(told["table"], told["column"], match)


def _condition(told: Any, where: str) -> Condition:
    tables = told if isinstance(told, list) else [told]
    if not tables or not all(isinstance(table, dict) and table for table in tables):
        raise BadProfile(f"{where}: a condition is a table of columns, or a list of such tables.")
    return Condition(
        tuple(tuple(test for column, need in table.items() for test in _tests(column, need, where)) for table in tables)
    )


def _tests(column: str, need: Any, where: str) -> list[tuple[str, str, tuple[Any, ...]]]:
    if isinstance(need, str | bool):
        return [(column, "any", (need,))]
    if not isinstance(need, dict) or not need or set(need) - _TESTS:
        raise BadProfile(f"{where}: column {column} is tested by a text, true, false, any, none or present.")
    return [(column, test, tuple(v) if isinstance(v, list) else (v,)) for test, v in need.items()]
