"""The canonical tables of the engine, made from the record by SQL that the profile's `gives` spell out.

Set-based: nothing here looks at a row. Every canonical table exists afterwards, empty ones too, with the columns and
types of `engine.tables.ENTITIES`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from typing import Any

import duckdb
import pyarrow as pa

from traumatracker.engine.tables import DAY, ENTITIES, FLAG, INSTANT, TEXT
from traumatracker.record.store import Record, quoted, text
from traumatracker.sources.gives import NEEDED, Condition, Constant, First, Give, Lookup, Template, Value
from traumatracker.sources.profile import Column, Profile, Table
from traumatracker.sources.values import day_name, stored_as

_TYPES = {TEXT: "VARCHAR", INSTANT: "TIMESTAMP", DAY: "DATE", FLAG: "BOOLEAN"}

# Tables whose rows with one id become one row. Everything else is made distinct.
_ONE_PER_ID = {"incident": "incident_id", "deployment": "deployment_id", "person": "person_id", "unit": "unit_id"}
_ALL_MUST_SAY_YES = {"is_cancelled"}


def register(
    connection: duckdb.DuckDBPyConnection,
    profile: Profile,
    record: Record,
    waiting: Mapping[str, pa.Table] | None = None,
) -> None:
    """Make one DuckDB table for each canonical table from the newest version of every row of the record.

    `waiting`: channel table → rows that are to count as if the record held them already (`sources.rows.arrow_rows`).
    Temporary views named "source_<table>" are made on the way. Raises nothing of its own: the profile is checked.
    """
    views(connection, profile, record, waiting or {})
    held = record.of(profile.id)
    some = [table for table in profile.tables if table.name in (waiting or {}) or held.parts(table.name)]
    for entity in ENTITIES:
        connection.execute(f"CREATE OR REPLACE TABLE {entity} AS {entity_sql(some, entity)}")


def views(
    connection: duckdb.DuckDBPyConnection, profile: Profile, record: Record, waiting: Mapping[str, pa.Table]
) -> None:
    """Make a temporary view "source_<table>" of the newest rows of each table of the profile; see `register`."""
    held = record.of(profile.id)
    for table in profile.tables:
        rows = held.current_sql(table.name, kept_columns(table))
        if table.name in waiting:
            connection.register(f"waiting_{table.name}", waiting[table.name])
            rows = newest_sql(f"({rows}) UNION ALL BY NAME SELECT * FROM waiting_{table.name}")
        if table.whole:  # its parent stands before it in the profile
            rows = whole_sql(rows, table, profile.table(table.whole))
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {_view(table)} AS {rows}")


def kept_columns(table: Table) -> dict[str, str]:
    """Return what the record keeps of a row of the table: column → DuckDB type, without the record's own columns."""
    return {name: _duck(kind) for column in table.stored for name, kind in stored_as(column).items()}


def newest_sql(rows: str) -> str:
    """Return only the newest version of each key. Rows of one key and version say the same (see record/settle.py)."""
    return f"SELECT * FROM ({rows}) QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _version DESC) = 1"


def whole_sql(rows: str, table: Table, parent: Table) -> str:
    """Return only the rows that came with the version of their parent's row that is now the newest."""
    same = " AND ".join(f"c.{quoted(name)} = p.{quoted(name)}" for name in parent.key)
    return f"SELECT c.* FROM ({rows}) c SEMI JOIN {_view(parent)} p ON {same} AND c._version = p._version"


def entity_sql(tables: Sequence[Table], entity: str) -> str:
    """Return the SQL of one canonical table over the "source_<table>" views of these tables, which alone hold rows."""
    rows = raw_sql(tables, entity)
    if entity == "incident_code":
        return _codes_sql(tables)
    if entity in _ONE_PER_ID and _all_different(_parts(tables, entity), _ONE_PER_ID[entity]):
        return f"SELECT {', '.join(ENTITIES[entity])} FROM ({rows})"
    return merged_sql(entity, rows)


def _codes_sql(tables: Sequence[Table]) -> str:
    """The codes of incidents. A part that says one thing of each, under a heading of its own, needs no merging."""
    parts = _parts(tables, "incident_code")
    kinds = [tuple(give.values.get(name) for name in ("code_role", "code_system")) for _, give in parts]
    plain, others = [], []
    known = all(map(_stated, kinds))
    for part, kind in zip(parts, kinds, strict=True):
        alone = known and kinds.count(kind) == 1 and _names_a_row(*part, "incident_id")
        (plain if alone else others).append(part)
    names = ", ".join(ENTITIES["incident_code"])
    selects = [f"SELECT {names} FROM ({_part_sql(*part)})" for part in plain]
    if others or not plain:
        rows = "\nUNION ALL ".join(f"({_part_sql(*part)})" for part in others)
        merged = merged_sql("incident_code", rows or raw_sql([], "incident_code"))
        selects.append(f"SELECT {names} FROM ({merged})")
    return "\nUNION ALL ".join(selects)


def _stated(kind: tuple[Value | None, ...]) -> bool:
    """Whether these values are written in the profile, the same for every row."""
    return all(isinstance(value, Template) and not value.columns for value in kind)


def _part_sql(table: Table, give: Give) -> str:
    return _rows_sql(table, give, 0, with_scope=False)


def raw_sql(tables: Iterable[Table], entity: str, *, with_scope: bool = False) -> str:
    """Return SQL of what these tables give of one canonical table, before rows that describe one thing are merged.

    Columns: those of the entity; `order_key` where rows of one id may be merged, which says whose word comes first;
    `scope` if asked for (see `scope_sql`). Over the "source_<table>" views.
    """
    columns = {name: _TYPES[kind] for name, kind in ENTITIES[entity].items()}
    columns |= {"order_key": "VARCHAR"} if entity in _ONE_PER_ID else {}
    columns |= {"scope": "VARCHAR"} if with_scope else {}
    selects = [
        _observed_sql(table, give) if give.observed_at else _rows_sql(table, give, number, with_scope)
        for number, (table, give) in enumerate(_parts(tables, entity))
    ]
    if not selects:
        return "SELECT " + ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items()) + " WHERE false"
    return "\nUNION ALL ".join(f"({select})" for select in selects)


def merged_sql(entity: str, rows: str) -> str:
    """Return SQL of one canonical table from raw rows of it: each thing described once, each row there once.

    All raw rows of an id must be among them; the rows of other ids need not be.
    """
    names = ", ".join(ENTITIES[entity])
    if entity == "incident_code":
        others = ", ".join(name for name in ENTITIES[entity] if name != "label")
        return f"SELECT {others}, min(label) AS label FROM ({rows}) GROUP BY {others}"
    if entity not in _ONE_PER_ID:
        return f"SELECT DISTINCT {names} FROM ({rows})"
    return _merged(rows, entity)


def scope_sql(table: Table) -> str:
    """Return SQL of what a row of a channel's table belongs to: the message's incident, or the decision."""
    return f"{text((table.whole or table.name) + ':')} || s.{quoted(table.key[0])}::VARCHAR"


def _parts(tables: Iterable[Table], entity: str) -> list[tuple[Table, Give]]:
    return [(table, give) for table in tables for give in table.gives if give.entity == entity]


def _merged(rows: str, entity: str) -> str:
    """One row for each id: the earliest time, yes if any says yes, else the first value in the order of the keys."""
    said = []
    for name, kind in ENTITIES[entity].items():
        if name == _ONE_PER_ID[entity]:
            said.append(name)
        elif kind == FLAG:
            said.append(f"{'bool_and' if name in _ALL_MUST_SAY_YES else 'bool_or'}({name}) AS {name}")
        elif kind == TEXT:
            said.append(f"arg_min({name}, order_key) AS {name}")
        else:
            said.append(f"min({name}) AS {name}")
    return f"SELECT {', '.join(said)} FROM ({rows}) GROUP BY {_ONE_PER_ID[entity]}"


def _all_different(parts: list[tuple[Table, Give]], id_column: str) -> bool:
    """Whether no two rows of these parts can have one id, so that there is nothing to merge.

    So it is where each row of a table makes its own id, and the ids of no two parts begin alike ("cad:", "rms:").
    """
    if not parts or not all(_names_a_row(table, give, id_column) for table, give in parts):
        return False
    starts = [give.values[id_column].pieces[0] for _, give in parts if isinstance(give.values[id_column], Template)]
    return not any(one.startswith(other) for one, other in permutations(starts, 2))


def _names_a_row(table: Table, give: Give, id_column: str) -> bool:
    """Whether each row of the table makes its own id."""
    value = give.values[id_column]
    once = _source(table, give) == _view(table)
    return once and isinstance(value, Template) and set(table.key) <= set(value.columns)


def _rows_sql(table: Table, give: Give, number: int, with_scope: bool) -> str:
    """The rows one `gives` makes of its table, before merging; with `order_key` where rows may be merged."""
    columns = ENTITIES[give.entity]
    made = {name: _column_sql(table, give, name, kind) for name, kind in columns.items()}
    shown = [f"{sql}::{_TYPES[columns[name]]} AS {name}" for name, sql in made.items()]
    # Two `gives` of one row are told apart by their number, after a sign that sorts before any a key may hold.
    order = [f"{text(table.name)} || s._key || chr(1) || '{number}' AS order_key"] if give.entity in _ONE_PER_ID else []
    order += [f"{scope_sql(table)} AS scope"] if with_scope else []
    inner = f"SELECT {', '.join(shown + order)} FROM {_source(table, give)} s{_joins(table, give)}"
    if give.when:
        inner += f" WHERE {_condition(table, give.when)}"
    needed = " AND ".join(f"{name} IS NOT NULL" for name in NEEDED[give.entity])
    return f"SELECT * FROM ({inner}) WHERE {needed}"


def _observed_sql(table: Table, give: Give) -> str:
    """Postings from where a person was seen: the last observation of a day counts, equal neighbours are one posting."""
    columns = ENTITIES["posting"]
    kept = {name: kind for name, kind in columns.items() if name not in ("valid_from", "valid_to")}
    shown = [f"{_column_sql(table, give, name, kind)}::{_TYPES[kind]} AS {name}" for name, kind in kept.items()]
    at, day = f"s.{quoted(give.observed_at)}", _day(table, give.observed_at)
    where = f" WHERE {_condition(table, give.when)}" if give.when else ""
    same = ", ".join(name for name in kept if name != "person_id")
    return f"""
    WITH seen AS (
        SELECT {", ".join(shown)}, {day} AS day, {at} AS seen_at, s._key AS tie FROM {_view(table)} s{where}),
    daily AS (
        SELECT * FROM seen WHERE person_id IS NOT NULL AND day IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY person_id, day ORDER BY seen_at DESC, tie DESC) = 1),
    moves AS (
        SELECT * FROM daily
        QUALIFY ({same}) IS DISTINCT FROM lag(({same})) OVER (PARTITION BY person_id ORDER BY day)),
    runs AS (SELECT *, lead(day) OVER (PARTITION BY person_id ORDER BY day) AS until FROM moves)
    SELECT {", ".join(kept)}, day AS valid_from, until AS valid_to FROM runs WHERE unit_id IS NOT NULL"""


def _column_sql(table: Table, give: Give, name: str, kind: pa.DataType) -> str:
    value = give.values.get(name)
    if value is None and name == "known_on":
        return "s._known_on"
    if value is None:
        return "false" if kind == FLAG else "NULL"
    sql = f"l_{name}.found" if isinstance(value, Lookup) else _value(table, value, kind)
    return f"coalesce({sql}, false)" if kind == FLAG else sql


def _value(table: Table, value: Value, kind: pa.DataType) -> str:
    if isinstance(value, Constant):
        return str(value.value).lower() if isinstance(value.value, bool) else f"DATE '{value.value}'"
    if isinstance(value, First):
        return f"coalesce({', '.join(_value(table, option, kind) for option in value.options)})"
    if isinstance(value, Condition):
        return _condition(table, value)
    assert isinstance(value, Template)  # noqa: S101 - a Lookup is joined, see _column_sql
    if value.alone:
        return _day(table, value.alone) if kind == DAY else f"s.{quoted(value.alone)}"
    pieces = [text(p) if at % 2 == 0 else _as_text(table, p) for at, p in enumerate(value.pieces) if at % 2 or p]
    return f"({' || '.join(pieces)})"  # empty (NULL) as soon as one column in it is


def _as_text(table: Table, column: str) -> str:
    return f"s.{quoted(column)}::VARCHAR"


def _day(table: Table, column: str) -> str:
    return f"s.{quoted(day_name(column) if table.columns[column].kind == 'time' else column)}"


def _condition(table: Table, condition: Condition) -> str:
    return "(" + " OR ".join(f"({' AND '.join(_test(*test) for test in tests)})" for tests in condition.either) + ")"


def _test(column: str, test: str, values: tuple[Any, ...]) -> str:
    name = f"s.{quoted(column)}"
    if test == "present":
        return f"{name} IS {'NOT ' if values[0] else ''}NULL"
    listed = ", ".join(str(v).lower() if isinstance(v, bool) else text(v) for v in values)
    found = f"coalesce({name} IN ({listed}), false)"
    return found if test == "any" else f"NOT {found}"


def _source(table: Table, give: Give) -> str:
    """The view of the table, with a row for each value of the columns that hold several and are used here."""
    used = {column for value in _all_values(give) for column in value.columns}
    split = [column for column in table.columns.values() if column.split and column.name in used]
    if not split:
        return _view(table)
    spread = ", ".join(f"unnest({quoted(column.name)}) AS {quoted(column.name)}" for column in split)
    return f"(SELECT * REPLACE ({spread}) FROM {_view(table)})" if len(split) == 1 else _crossed(table, split)


def _crossed(table: Table, split: list[Column]) -> str:
    """Several such columns: every combination, one column after the other."""
    sql = _view(table)
    for column in split:
        sql = f"(SELECT * REPLACE (unnest({quoted(column.name)}) AS {quoted(column.name)}) FROM {sql})"
    return sql


def _all_values(give: Give) -> Iterable[Value]:
    return [*give.values.values(), *([give.when] if give.when else [])]


def _joins(table: Table, give: Give) -> str:
    """One left join for each looked-up column; where several rows fit, the first in the order of their text."""
    sql = ""
    for name, value in give.values.items():
        if isinstance(value, Lookup):
            alias, keys = f"l_{name}", [quoted(column) for column, _ in value.match]
            fits = " AND ".join(
                f"{alias}.{key}::VARCHAR = {_value(table, template, TEXT)}"
                for key, (_, template) in zip(keys, value.match, strict=True)
            )
            listed = (
                f"SELECT {', '.join(keys)}, min({quoted(value.column)}) AS found FROM source_{value.table} GROUP BY ALL"
            )
            sql += f" LEFT JOIN ({listed}) {alias} ON {fits}"
    return sql


def _view(table: Table) -> str:
    return f"source_{table.name}"


def _duck(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return _duck(kind.value_type) + "[]"
    return {**_TYPES, pa.int64(): "BIGINT"}[kind]
