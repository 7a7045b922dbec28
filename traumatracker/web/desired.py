"""What the store should hold after a refresh, read person by person from the engine's tables in DuckDB.

Nothing is written here. The engine has finished before the first row is read, so what is applied is whole.
"""

import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from traumatracker.record.ahead import ahead

EXPOSURE, QUESTION = "exposure", "question"
# Columns of the store after `key`, in the order of Finding.values; `team` is a unit's reference until it is written.
SHARED_COLUMNS = ("exposed_on", "known_on", "category", "role", "rule", "team", "pack", "reasons")
WEIGHTS = ("category_weight", "role_weight", "points")
COLUMNS = {EXPOSURE: (*SHARED_COLUMNS, *WEIGHTS), QUESTION: SHARED_COLUMNS}
TEAM = SHARED_COLUMNS.index("team")
DAY_OF_VIEWING = "material"  # where an entry's event stands, when it is a day of viewing and made of many events
AT_A_TIME = 10_000  # rows fetched from DuckDB at once


class PersonRow(NamedTuple):
    """One person as the HR file has them."""

    display_name: str
    worker_type: str
    started_on: date | None
    left_on: date | None


class PostingRow(NamedTuple):
    """One posting, half-open; `unit` is the unit's reference."""

    unit: str
    rank_code: str
    role_title: str
    is_supervisor: bool
    valid_from: date
    valid_to: date | None


class UnitRow(NamedTuple):
    """One unit; `parent` is the parent's reference, or None."""

    ref: str
    name: str
    kind: str
    parent: str | None


class Finding(NamedTuple):
    """One exposure or question. `content`: hash of everything it says; `values`: as COLUMNS[kind] has them."""

    kind: str
    key: str
    content: str
    values: tuple[Any, ...]
    event: str


@dataclass(frozen=True)
class Desired:
    """Everything the store should hold about one person. None: the run does not say, so what is there stays."""

    ref: str
    row: PersonRow | None = None
    postings: frozenset[PostingRow] | None = None
    findings: list[Finding] = field(default_factory=list)


def everyone(connection: duckdb.DuckDBPyConnection) -> Iterator[Desired]:
    """Yield what the store should hold, one person after the other by reference.

    The connection holds the canonical tables and the tables `exposure` and `question` of `engine.bulk.build`.
    Memory: the HR file and one person's findings at a time.
    """
    people, postings = _people(connection), _postings(connection)
    both = heapq.merge(((ref, None) for ref in sorted({*people, *postings})), _findings(connection), key=itemgetter(0))
    for ref, rows in groupby(both, itemgetter(0)):
        findings = [finding for _, finding in rows if finding is not None]
        empty = frozenset() if ref in people else None
        yield Desired(ref, people.get(ref), postings.get(ref, empty), findings)


def of_events(connection: duckdb.DuckDBPyConnection, entries: Iterable[dict[str, Any]]) -> list[Desired]:
    """Return what the store should hold of a few events, by person; days of viewing material are not among it.

    `entries`: of these events, as `engine.small.entries` gives them. The connection holds the table of people; nothing
    is said of anybody's postings.
    """
    people = _people(connection)
    findings = ((row["person_id"], finding_of(row)) for row in entries if row["event_id"] != "material")
    rows = groupby(findings, itemgetter(0))
    return [Desired(ref, people.get(ref), None, [finding for _, finding in group]) for ref, group in rows]


def units(connection: duckdb.DuckDBPyConnection) -> list[UnitRow]:
    """Return every unit of the HR file, and those that only a posting names (as teams without a parent)."""
    rows = connection.sql(
        """
        SELECT DISTINCT ON (unit_id) unit_id, coalesce(name, unit_id), coalesce(kind, 'team'), parent_unit_id
        FROM unit ORDER BY ALL
        """
    ).fetchall()
    known = {row[0] for row in rows}
    named = {row[0] for row in connection.sql("SELECT DISTINCT unit_id FROM posting").fetchall()}
    named |= {row[3] for row in rows if row[3]}
    return [UnitRow(*row) for row in rows] + [UnitRow(ref, ref, "team", None) for ref in sorted(named - known)]


def content_of(key: str, values: tuple[Any, ...]) -> str:
    """Return the SHA-256 of the key and everything the finding says, in one fixed spelling."""
    return sha256(json.dumps([key, *values], default=str, ensure_ascii=False).encode()).hexdigest()


def finding_of(row: dict[str, Any]) -> Finding:
    """Return an exposure or question of the engine, given as its columns by name and its `kind`."""
    kind, key = row["kind"], f"{row['person_id']}|{row['event_id']}|{row['occasion']}"
    reasons = {
        "event_id": row["event_id"],
        "occasion": row["occasion"],
        "roles": row["roles"] or [row["role"]],
        "tags": row["tags"] or [],
        "codes": row["codes"],
        "source_records": row["source_records"],
        "evidence": row["evidence"] or [],
        "links": row["links"] or [],
    }
    said = row | {"reasons": json.dumps(reasons, ensure_ascii=False, separators=(",", ":"))}
    values = tuple(said[name] for name in COLUMNS[kind])
    return Finding(kind, key, content_of(key, values), values, row["event_id"])


# One query for both, because a second one on the same connection would end the first. Python and DuckDB order
# text alike: by code point, which is also the order of UTF-8 bytes.
#
# What a finding says is written out here as `finding_of` writes it (tests/web/test_desired.py holds them equal), for
# millions of them are spelled out at every refresh and Python takes ten times as long. `is_plain`: not where a text
# holds a control character, which the two spell differently; those are left to Python.
_FINDINGS = """
    WITH both_kinds AS (
        SELECT 'exposure' AS kind, * FROM exposure UNION ALL BY NAME SELECT 'question' AS kind, * FROM question),
    reasoned AS (
        SELECT *, concat_ws('|', person_id, event_id, occasion) AS key,
               to_json({{'event_id': event_id, 'occasion': occasion,
                        'roles': CASE WHEN len(roles) > 0 THEN roles ELSE [role] END, 'tags': coalesce(tags, []),
                        'codes': codes, 'source_records': source_records, 'evidence': coalesce(evidence, []),
                        'links': coalesce(links, [])}})::VARCHAR AS reasons
        FROM both_kinds),
    spelled AS (
        SELECT *, concat('[', concat_ws(', ', to_json(key), {texts}), CASE kind WHEN 'exposure' THEN
                         concat(', ', concat_ws(', ', {weights})) ELSE '' END, ']') AS spelling
        FROM reasoned)
    SELECT person_id, kind, key, sha256(spelling) AS content, event_id, occasion, {values},
           NOT contains(spelling, '\\u00') AS is_plain, {lists}
    FROM spelled ORDER BY person_id, kind, event_id, occasion
"""
_LISTS = ("roles", "tags", "codes", "source_records", "evidence", "links")
_VALUES = (*SHARED_COLUMNS, *WEIGHTS)


def _findings(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, Finding]]:
    spelled = [f"coalesce(to_json({name}::VARCHAR)::VARCHAR, 'null')" for name in SHARED_COLUMNS]
    query = _FINDINGS.format(
        texts=", ".join(spelled),
        weights=", ".join(WEIGHTS),
        values=", ".join(_VALUES),
        lists=", ".join(f"CASE WHEN contains(spelling, '\\u00') THEN {name} END AS {name}" for name in _LISTS),
    )
    for rows in ahead(map(list, map(_read, connection.sql(query).to_arrow_reader(AT_A_TIME)))):
        yield from rows


def _read(batch: pa.RecordBatch) -> Iterator[tuple[str, Finding]]:
    columns = {name: batch.column(name).to_pylist() for name in batch.schema.names if name not in _LISTS}
    shared = zip(*(columns[name] for name in SHARED_COLUMNS), strict=True)
    whole = zip(*(columns[name] for name in _VALUES), strict=True)
    named = zip(*(columns[name] for name in ("person_id", "kind", "key", "content", "event_id")), strict=True)
    rows = zip(named, shared, whole, columns["is_plain"], strict=True)
    for at, ((person, kind, key, content, event), few, all_values, is_plain) in enumerate(rows):
        if is_plain:
            yield person, Finding(kind, key, content, all_values if kind == EXPOSURE else few, event)
        else:
            yield person, finding_of(batch.slice(at, 1).to_pylist()[0])


def _people(connection: duckdb.DuckDBPyConnection) -> dict[str, PersonRow]:
    """Where two HR rows describe one person, the first in the order of their columns is taken, every time."""
    rows = connection.sql(
        """
        SELECT DISTINCT ON (person_id) person_id, coalesce(display_name, person_id), coalesce(worker_type, ''),
               started_on, left_on
        FROM person ORDER BY ALL
        """
    ).fetchall()
    return {ref: PersonRow(*row) for ref, *row in rows}


def _postings(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[PostingRow]]:
    rows = connection.sql(
        """
        SELECT person_id, unit_id, coalesce(rank_code, ''), coalesce(role_title, ''), coalesce(is_supervisor, false),
               valid_from, valid_to
        FROM posting ORDER BY person_id
        """
    ).fetchall()
    return {ref: frozenset(PostingRow(*row[1:]) for row in group) for ref, group in groupby(rows, itemgetter(0))}
