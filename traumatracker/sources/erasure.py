"""Erasure of a person: every row of the record that names them is written again without the name, or not at all.

A row is theirs by the HR file's key, or by an identifier on a day on which it was theirs. A row that says nothing but
something about people goes; of a row that says more (a log, a resource with its crew) only the cells that name the
person are emptied, in every version of it. Rows kept aside for a conflict are treated alike; the quarantine never held
a value. What is withheld is known by the hash of its key only, and those of the person go too.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import duckdb
import pyarrow as pa

from traumatracker.record.rewrite import Rewriting, schema_of
from traumatracker.record.sql import quoted, scan, text
from traumatracker.record.store import ProfileRecord, Record
from traumatracker.sources.gives import Give
from traumatracker.sources.naming import (
    BY_IDENTIFIER,
    BY_KEY,
    day_sql,
    gives,
    of_a_person_alone,
    spread,
    value_sql,
)
from traumatracker.sources.profile import Profile, Table

Progress = Callable[[int, int, str], Any]  # tables done, tables, the table at hand


def erase(profile: Profile, record: Record, hr_ref: str, progress: Progress | None = None) -> dict[str, Any]:
    """Erase the person with this key of the HR file from the record of a profile.

    Returns counts: `identifiers` that were theirs, `rows_removed` and `rows_emptied` (table → rows, all versions, rows
    kept aside included), `withheld_removed`. Old files are deleted when this returns. Raises CannotRun while a batch
    is taken. Their system of origin must forget them too: a later export that names them brings them back.
    """
    told: dict[str, Any] = {"rows_removed": {}, "rows_emptied": {}, "withheld_removed": 0}
    with record.taking(profile.id) as held, Rewriting(held) as work:
        told["identifiers"] = _theirs(profile, held, work.connection, hr_ref)
        work.connection.execute(_TABLES)
        for number, table in enumerate(profile.tables):
            if progress:
                progress(number, len(profile.tables), table.name)
            _name(held, work, table, hr_ref)
            _table(held, work, table, told)
        for table in profile.tables:
            told["withheld_removed"] += _withheld(held, work, table, hr_ref)
        work.publish()
    return told


_TABLES = """
CREATE TABLE named (source VARCHAR, _batch VARCHAR, _seq BIGINT, cell VARCHAR, said VARCHAR);
CREATE TABLE gone (key_sha256 VARCHAR);
"""


def names_of(profile: Profile, record: Record, hr_ref: str) -> set[str]:
    """Return every text that names the person in the record: their HR key, and identifiers that were ever theirs."""
    with record.reading(profile.id) as held, duckdb.connect() as connection:
        _theirs(profile, held, connection, hr_ref)
        found = connection.execute("SELECT DISTINCT identifier FROM theirs WHERE identifier IS NOT NULL").fetchall()
    return {hr_ref, *(identifier for (identifier,) in found)}


def _files(held: ProfileRecord, table: Table) -> list[Any]:
    return held.parts(table.name) + held.parts(table.name, "conflicts")


def _theirs(profile: Profile, held: ProfileRecord, connection: duckdb.DuckDBPyConnection, hr_ref: str) -> int:
    """Make `theirs`: the identifiers that were ever said to be the person's, with their days; return how many."""
    connection.execute("CREATE TABLE theirs (kind VARCHAR, identifier VARCHAR, valid_from DATE, valid_to DATE)")
    for table, give in gives(profile, ("identifier",)):
        if files := _files(held, table):
            rows = spread(table, give, files, set(schema_of(files).names))
            said = [_kind(table, give), value_sql(table, give.values["identifier"])]
            days = [_day(table, give, name) for name in ("valid_from", "valid_to")]
            person = value_sql(table, give.values["person_id"])
            connection.execute(
                f"INSERT INTO theirs SELECT {', '.join(map(str, said + days))} FROM {rows} s WHERE {person} = ?",
                [hr_ref],
            )
    count = "SELECT count(*) FROM (SELECT DISTINCT kind, identifier FROM theirs WHERE identifier IS NOT NULL)"
    return int(connection.execute(count).fetchall()[0][0])


def _kind(table: Table, give: Give) -> str:
    return value_sql(table, give.values["identifier_type"]) or "NULL"


def _day(table: Table, give: Give, name: str) -> str:
    return value_sql(table, give.values.get(name), pa.date32()) or "NULL::DATE"


def _name(held: ProfileRecord, work: Rewriting, table: Table, hr_ref: str) -> None:
    """Add to `named` every row of a table that names the person: which cell, and what it says.

    No cell: the row as a whole. Nothing said: whatever the cell says is about the person.
    """
    files = _files(held, table)
    if not files:
        return
    known, theirs = set(schema_of(files).names), _about_people(table)
    into = "INSERT INTO named SELECT DISTINCT"
    for give in (give for give in table.gives if give.entity in BY_KEY):
        person, rows = value_sql(table, give.values["person_id"]), spread(table, give, files, known)
        for cell in theirs:
            work.connection.execute(
                f"{into} '{table.name}', s._batch, s._seq, {text(cell)}, NULL FROM {rows} s WHERE {person} = ?",
                [hr_ref],
            )
    for give in (give for give in table.gives if give.entity in BY_IDENTIFIER):
        identifier, rows = value_sql(table, give.values["identifier"]), spread(table, give, files, known)
        day = f"coalesce({day_sql(table, give)}, s._known_on)"
        for cell in give.values["identifier"].columns:
            work.connection.execute(
                f"{into} '{table.name}', s._batch, s._seq, {text(cell)}, s.{quoted(cell)}::VARCHAR FROM {rows} s "
                f"JOIN theirs t ON t.kind = {_kind(table, give)} AND t.identifier = {identifier} "
                f"AND (t.valid_from IS NULL OR t.valid_from <= {day}) AND (t.valid_to IS NULL OR {day} < t.valid_to)"
            )


def _about_people(table: Table) -> list[str]:
    """The cells to empty where a row has the person's HR key: what only describes people. "" alone: the row goes."""
    if of_a_person_alone(table):
        return [""]
    by_key, others = _used(table, BY_KEY), _used(table, None)
    times = {name for name, column in table.columns.items() if column.kind == "time"}
    keys = {name for give in table.gives if give.entity in BY_KEY for name in give.values["person_id"].columns}
    return sorted((by_key - others - times) | keys)


def _used(table: Table, entities: tuple[str, ...] | None) -> set[str]:
    """The columns that gives of these entities use; None: of all that are not about people."""
    wanted = [
        give
        for give in table.gives
        if (give.entity in entities if entities else give.entity not in (*BY_KEY, *BY_IDENTIFIER))
    ]
    return {name for give in wanted for value in give.values.values() for name in value.columns}


def _table(held: ProfileRecord, work: Rewriting, table: Table, told: dict[str, Any]) -> None:
    """Stage the files of a table without the person, and add to the counts."""
    mine = f"SELECT * FROM named WHERE source = '{table.name}'"
    if not work.connection.execute(f"SELECT count(*) FROM ({mine})").fetchall()[0][0]:
        return
    work.connection.execute(f"CREATE OR REPLACE TABLE whole AS {_whole_sql(held, work, table, mine)}")
    removed = emptied = 0
    for kind in ("parts", "conflicts"):
        files = held.parts(table.name, kind)
        theirs = f"FROM {scan(files)} SEMI JOIN ({mine}) USING (_batch, _seq)"
        if not files or not (named := _count(work, theirs)):
            continue
        gone = f"FROM {scan(files)} SEMI JOIN whole USING (_batch, _seq)"
        work.connection.execute(f"INSERT INTO gone SELECT DISTINCT sha256(_key) {gone}")
        work.replace(table.name, kind, files, _without(work, table, files, mine))
        removed += (went := _count(work, gone))
        emptied += named - went
    told["rows_removed"] |= {table.name: removed} if removed else {}
    told["rows_emptied"] |= {table.name: emptied} if emptied else {}


def _whole_sql(held: ProfileRecord, work: Rewriting, table: Table, mine: str) -> str:
    """SQL of the rows (_batch, _seq) that go as a whole.

    Those named by HR key or in a cell of their own key; and of tables about people alone, those that name nobody else.
    """
    keys = ", ".join(["''", *map(text, table.key)])
    sql = f"SELECT DISTINCT _batch, _seq FROM ({mine}) WHERE cell IN ({keys})"
    if not of_a_person_alone(table):
        return sql
    files = _files(held, table)
    known = set(schema_of(files).names)
    others = " UNION ALL ".join(
        f"SELECT _batch, _seq, {text(cell)} AS cell, s.{quoted(cell)}::VARCHAR AS said "
        f"FROM {spread(table, give, files, known)} s WHERE said IS NOT NULL"
        for give in table.gives
        if give.entity in BY_IDENTIFIER
        for cell in give.values["identifier"].columns
    )
    if not others:
        return sql
    others = f"SELECT DISTINCT _batch, _seq FROM ({others}) ANTI JOIN ({mine}) USING (_batch, _seq, cell, said)"
    return f"{sql} UNION SELECT DISTINCT _batch, _seq FROM ({mine}) ANTI JOIN ({others}) USING (_batch, _seq)"


def _without(work: Rewriting, table: Table, files: list[Any], mine: str) -> str:
    """SQL of every row of these files without the person: not at all, or with the cells that name them emptied."""
    found = work.connection.execute(f"SELECT DISTINCT cell FROM ({mine}) WHERE cell <> '' ORDER BY cell").fetchall()
    known = set(schema_of(files).names)
    cells = [cell for (cell,) in found if cell in known]
    gone = ", ".join(
        f"list(coalesce(said, '')) FILTER (cell = {text(cell)}) AS gone_{at}" for at, cell in enumerate(cells)
    )
    replaced = ", ".join(_emptied(table, cell, f"gone_{at}") for at, cell in enumerate(cells))
    columns = f"r.* REPLACE ({replaced})" if cells else "r.*"
    join = f"LEFT JOIN (SELECT _batch, _seq, {gone} FROM ({mine}) GROUP BY ALL) USING (_batch, _seq)" if cells else ""
    return f"SELECT {columns} FROM {scan(files)} r ANTI JOIN whole USING (_batch, _seq) {join} ORDER BY _batch, _seq"


def _emptied(table: Table, cell: str, gone: str) -> str:
    """A cell without what names the person: of several values only theirs, unless all of it is about them."""
    name = f"r.{quoted(cell)}"
    left = "NULL"
    if table.columns[cell].split:
        left = f"nullif(list_filter({name}, lambda x: NOT list_contains({gone} || [''], x)), [])"
        left = f"CASE WHEN NOT list_contains({gone}, '') THEN {left} END"
    return f"CASE WHEN {gone} IS NULL THEN {name} ELSE {left} END AS {quoted(cell)}"


def _withheld(held: ProfileRecord, work: Rewriting, table: Table, hr_ref: str) -> int:
    """Stage what is withheld of a table without the keys that are the person's; return how many went."""
    files = held.parts(table.name, "withheld")
    if not files:
        return 0
    mine = f"_key_sha256 IN (FROM gone) OR _key_sha256 = '{sha256(hr_ref.encode()).hexdigest()}'"
    count = _count(work, f"FROM {scan(files)} WHERE {mine}")
    if count:
        work.replace(table.name, "withheld", files, f"SELECT * FROM {scan(files)} WHERE NOT ({mine}) ORDER BY ALL")
    return count


def _count(work: Rewriting, rows: str) -> int:
    return int(work.connection.execute(f"SELECT count(*) {rows}").fetchall()[0][0])
