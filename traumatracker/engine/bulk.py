"""The fast evaluator: the same rows as `reference`, set-based, in DuckDB in the process.

DuckDB joins and groups; the meaning of every distinct (signature, roles) pair is asked of the classifier in
plain Python and joined back. `build` leaves a temporary table `exposure` and a view `question`; `evaluate` reads them.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from traumatracker.engine import links, presences, signature
from traumatracker.engine.classify import NOTHING, Classifier, Verdict, points, role_weight, strongest_first
from traumatracker.engine.links import keep
from traumatracker.engine.pack import Pack
from traumatracker.engine.points import Load
from traumatracker.engine.presences import IS_SESSION, OCCASION, ROLE_STEP
from traumatracker.engine.result import (
    Coverage,
    Exposure,
    Question,
    Result,
    UnclearIdentifier,
    UnmappedCode,
)
from traumatracker.engine.signature import Signatures
from traumatracker.engine.windows import first_day, five_years_start

EXPOSURE_COLUMNS = tuple(Exposure.__dataclass_fields__)
QUESTION_COLUMNS = tuple(Question.__dataclass_fields__)


def connect(spill: Path, threads: int | None = None, memory_mib: int = 800) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection in the process that stays inside `memory_mib` and spills to the folder `spill`.

    `threads`: None for one on each core.

    Rows keep no order unless a query asks for one, which every reader here does: keeping it made the last tables of a
    force-year six times slower to write. Source of the memory: judgement; a force-year then peaks under 1 GiB,
    Python and Arrow included (bench/force_year.py).
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mib}MiB",
        "temp_directory": str(spill),
        "preserve_insertion_order": False,
    }
    if threads is not None:
        settings["threads"] = threads
    return duckdb.connect(config=settings)


def evaluate(connection: duckdb.DuckDBPyConnection, pack: Pack, as_of: date) -> Result:
    """Return everything that happened up to and including `as_of`, in the rows and order of `reference.evaluate`.

    The connection holds a table or view for each name in `tables.ENTITIES`; temporary tables are added to it.
    Raises BadPack for a role that the sources state and the pack does not define.
    """
    build(connection, pack, as_of)
    return Result(
        exposures=list(exposures(connection)),
        questions=[Question(*row) for row in _rows(connection, "question", QUESTION_COLUMNS)],
        unmapped=unmapped(connection),
        coverage=coverage(connection),
        doubtful_links=links.doubtful(connection),
        unmatched=unmatched(connection),
        ambiguous=ambiguous(connection),
    )


def build(connection: duckdb.DuckDBPyConnection, pack: Pack, as_of: date) -> None:
    """Make the temporary table `exposure` and view `question`, with the columns of `result`."""
    classifier, signatures = signature.build(connection, pack)
    presences.build(connection, pack, as_of)
    _parts(connection)
    _verdicts(connection, classifier, signatures)
    _entries(connection, pack)


def exposures(connection: duckdb.DuckDBPyConnection) -> Iterator[Exposure]:
    """Yield the rows of the `exposure` table made by `build`, sorted by key, in bounded memory."""
    for row in _rows(connection, "exposure", EXPOSURE_COLUMNS):
        yield Exposure(*row)


def _parts(connection: duckdb.DuckDBPyConnection) -> None:
    """One row for each person, event and occasion, with the roles as bits of one number."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE part AS
        SELECT person, event, occasion, bit_or(1::BIGINT << role_index) AS roles_mask,
               min(happened_on) AS exposed_on, max(known_on) AS known_on
        FROM presence GROUP BY person, event, occasion
        """
    )


def _verdicts(connection: duckdb.DuckDBPyConnection, classifier: Classifier, signatures: Signatures) -> None:
    """Ask the classifier about each distinct pair of signature and roles, and keep the answers as a table."""
    pairs = connection.execute(
        "SELECT DISTINCT signature_id, roles_mask FROM part JOIN event USING (event) ORDER BY ALL"
    ).fetchall()
    pack = classifier.pack
    names = list(pack.roles)
    parts = {mask: [role for bit, role in enumerate(names) if mask >> bit & 1] for _, mask in pairs}
    roles = {mask: strongest_first(said, pack) for mask, said in parts.items()}
    sets = {mask: frozenset(said) for mask, said in parts.items()}
    answers = []
    for number, mask in pairs:
        verdict = classifier.resolve(signatures[number], sets[mask])
        if verdict.kind != NOTHING:
            answers.append((number, mask, verdict, roles[mask]))
    keep(connection, "verdict", _verdict_table(answers, pack))


_Answer = tuple[int, int, Verdict, tuple[str, ...]]


def _verdict_table(answers: list[_Answer], pack: Pack) -> pa.Table:
    """The answers as columns; what follows from a category and roles alone is worked out once for each of them."""
    weights = {(v.category, roles): role_weight(v.category, roles, pack) for _, _, v, roles in answers}
    gained = {(v.kind, v.category, roles): points(v, roles, pack) for _, _, v, roles in answers}
    verdicts = [verdict for _, _, verdict, _ in answers]
    texts, lists = pa.string(), pa.list_(pa.string())
    return pa.table(
        {
            "verdict_id": pa.array(range(len(answers)), pa.int64()),
            "signature_id": pa.array([number for number, _, _, _ in answers], pa.int64()),
            "roles_mask": pa.array([mask for _, mask, _, _ in answers], pa.int64()),
            "kind": pa.array([verdict.kind for verdict in verdicts], texts),
            "category": pa.array([verdict.category for verdict in verdicts], texts),
            "category_weight": pa.array([pack.categories[v.category].weight for v in verdicts], pa.int64()),
            "rule": pa.array([verdict.rule for verdict in verdicts], texts),
            "role": pa.array([roles[0] for _, _, _, roles in answers], texts),
            "roles": pa.array([roles for _, _, _, roles in answers], lists),
            "role_weight": pa.array([weights[v.category, roles] for _, _, v, roles in answers], pa.int64()),
            "points": pa.array([gained[v.kind, v.category, roles] for _, _, v, roles in answers], pa.int64()),
            "tags": pa.array([verdict.tags for verdict in verdicts], lists),
            "codes": pa.array([verdict.codes for verdict in verdicts], lists),
        }
    )


def _entries(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """Join the answers back, make one entry of a day of viewing material, and only then fetch what explains it."""
    connection.execute(_MEMBERS)
    connection.execute(_ENTRIES)
    connection.execute(_STORY)
    connection.execute(_POSTED)
    for kind, columns in (("exposure", EXPOSURE_COLUMNS), ("question", QUESTION_COLUMNS)):
        evidence = _EVIDENCE if kind == "exposure" else ""
        label = pack.label.replace("'", "''")
        query = _PLACED.format(kind=kind, columns=", ".join(columns), evidence=evidence, label=label)
        # Questions are read once, so they are a view; exposures are also counted and summed, so they are a table.
        connection.execute(f"CREATE OR REPLACE TEMP {'TABLE' if kind == 'exposure' else 'VIEW'} {kind} AS {query}")


# Each part that counts, and the entry it belongs to (no event for a day of viewing material). "exposure" sorts before
# "question", so a day of viewing with any exposure keeps only what was viewed of those events.
_MEMBERS = f"""
    CREATE OR REPLACE TEMP TABLE member AS
    WITH judged AS (
        SELECT person, event, occasion, exposed_on, verdict_id, kind, greatest(p.known_on, e.known_on) AS known_on
        FROM part p JOIN event e USING (event) JOIN verdict USING (signature_id, roles_mask))
    SELECT person, event AS part_event, event, occasion, exposed_on, verdict_id, kind, known_on
    FROM judged WHERE NOT {IS_SESSION}
    UNION ALL
    SELECT person, event, NULL, occasion, exposed_on, verdict_id, kind, known_on FROM judged WHERE {IS_SESSION}
    QUALIFY kind = min(kind) OVER (PARTITION BY person, occasion)
"""

# Only days of viewing have more than one member: the heaviest names the entry.
_ENTRIES = """
    CREATE OR REPLACE TEMP TABLE entry AS
    SELECT person, event, occasion, exposed_on, verdict_id, kind, known_on FROM member WHERE event IS NOT NULL
    UNION ALL
    SELECT person, NULL, occasion, exposed_on, verdict_id, kind, max(known_on) OVER (PARTITION BY person, occasion)
    FROM (SELECT m.*, category_weight, points, category, rule, event_id
          FROM member m JOIN verdict USING (verdict_id) JOIN event e ON e.event = part_event
          WHERE m.event IS NULL)
    QUALIFY row_number() OVER (PARTITION BY person, occasion
                               ORDER BY category_weight DESC, points DESC, category, rule, event_id) = 1
"""

# What explains an event, only for events that came to something: its records, its links, and how it is called.
_STORY = """
    CREATE OR REPLACE TEMP TABLE story AS
    WITH told AS (SELECT DISTINCT part_event AS event FROM member),
    record AS (
        SELECT event, list_sort(list(incident_id)) AS source_records
        FROM possible_incident SEMI JOIN told USING (event) GROUP BY event),
    ends AS (
        SELECT a.event AS a, b.event AS b, concat_ws('|', link_kind, from_incident_id, to_incident_id) AS line
        FROM link JOIN event_of a ON a.number = f JOIN event_of b ON b.number = t WHERE doubt = ''),
    linked AS (
        SELECT event, list_sort(list(DISTINCT line)) AS links
        FROM (SELECT a AS event, line FROM ends UNION ALL SELECT b, line FROM ends WHERE a <> b)
        SEMI JOIN told USING (event) GROUP BY event)
    SELECT event, event_id, source_records, coalesce(links, []) AS links
    FROM record JOIN event USING (event) LEFT JOIN linked USING (event)
"""

# The unit somebody was posted to, of two the later, as stretches of days that do not overlap: one look-up an entry.
_POSTED = """
    CREATE OR REPLACE TEMP TABLE posted AS
    WITH cut AS (
        SELECT person_id, valid_from AS day FROM posting
        UNION SELECT person_id, valid_to FROM posting WHERE valid_to IS NOT NULL),
    stretch AS (SELECT person_id, day, lead(day) OVER (PARTITION BY person_id ORDER BY day) AS next_day FROM cut)
    SELECT person, day AS posted_from, next_day AS posted_to, unit_id AS team
    FROM stretch s JOIN person_key USING (person_id)
    JOIN posting p ON p.person_id = s.person_id AND valid_from <= day AND (valid_to IS NULL OR day < valid_to)
    QUALIFY row_number() OVER (PARTITION BY s.person_id, day ORDER BY valid_from DESC, unit_id) = 1
"""

_PLACED = f"""
    WITH viewed AS (
        SELECT person, occasion, list_sort(list_distinct(flatten(list(source_records)))) AS all_records,
               list_sort(list_distinct(flatten(list(links)))) AS all_links
        FROM member JOIN story ON story.event = part_event
        WHERE member.event IS NULL AND kind = '{{kind}}' GROUP BY ALL),
    explained AS (
        SELECT own.* EXCLUDE (kind, occasion) REPLACE (coalesce(own.known_on, exposed_on) AS known_on),
               v.* EXCLUDE (verdict_id, kind), person_id, team, '{{label}}' AS pack, own.occasion AS occasion_number,
               {OCCASION.replace("occasion", "own.occasion")} AS occasion,
               coalesce(event_id, 'material') AS event_id,
               coalesce(all_records, source_records) AS source_records, coalesce(all_links, links) AS links
        FROM entry own JOIN verdict v USING (verdict_id) JOIN person_key USING (person)
        LEFT JOIN posted ON posted.person = own.person AND posted_from <= exposed_on
                         AND (posted_to IS NULL OR exposed_on < posted_to)
        LEFT JOIN role_key ON role_index = own.occasion // {ROLE_STEP} - 1
        LEFT JOIN story ON story.event = own.event
        LEFT JOIN viewed ON viewed.person = own.person AND viewed.occasion = own.occasion AND own.event IS NULL
        WHERE own.kind = '{{kind}}')
    SELECT {{columns}} FROM explained {{evidence}}
"""

_EVIDENCE = """
    JOIN (
        SELECT person, member.event, occasion AS occasion_number,
               list_sort(list(DISTINCT concat_ws('|', role, how, incident_id, coalesce(callsign, '')))) AS evidence
        FROM member JOIN presence USING (person, occasion)
        WHERE presence.event = part_event AND kind = 'exposure' GROUP BY ALL) said
    ON said.person = explained.person AND said.event IS NOT DISTINCT FROM explained.event
       AND said.occasion_number = explained.occasion_number
"""


def _rows(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    lists = {index for index, name in enumerate(columns) if name in _LISTS}
    order = "ORDER BY person_id || '|' || event_id || '|' || occasion"
    reader = connection.execute(f"SELECT {', '.join(columns)} FROM {table} {order}")
    while batch := reader.fetchmany(50_000):
        for row in batch:
            yield tuple(tuple(value) if index in lists else value for index, value in enumerate(row))


_LISTS = {"roles", "tags", "codes", "source_records", "evidence", "links"}


def unmapped(connection: duckdb.DuckDBPyConnection) -> list[UnmappedCode]:
    """Return the codes of the connection's incidents that no rule of the pack mentions."""
    rows = connection.execute(
        """
        SELECT code_system, code, coalesce(min(nullif(label, '')), ''), count(DISTINCT incident_id)
        FROM incident_code SEMI JOIN incident USING (incident_id) ANTI JOIN code_key USING (code_system, code)
        GROUP BY code_system, code ORDER BY code_system, code
        """
    ).fetchall()
    return [UnmappedCode(*row) for row in rows]


def unmatched(connection: duckdb.DuckDBPyConnection) -> list[UnclearIdentifier]:
    """Return the identifiers that nobody held when they were used, by type and identifier, from what `build` left."""
    return _unclear(connection, "people = 0")


def ambiguous(connection: duckdb.DuckDBPyConnection) -> list[UnclearIdentifier]:
    """Return the identifiers that several people held when they were used, from what `build` left."""
    return _unclear(connection, "people > 1")


def _unclear(connection: duckdb.DuckDBPyConnection, which: str) -> list[UnclearIdentifier]:
    rows = connection.execute(
        f"""
        SELECT identifier_type, identifier, max(people), count(*), min(happened_on), max(happened_on)
        FROM claim WHERE {which} GROUP BY identifier_type, identifier ORDER BY identifier_type, identifier
        """
    ).fetchall()
    return [UnclearIdentifier(*row) for row in rows]


def coverage(connection: duckdb.DuckDBPyConnection) -> Coverage:
    """Return the counts of what could not be linked, from the tables left by `build`."""
    row = connection.execute(
        """
        WITH found AS (SELECT deployment_id FROM claim WHERE people = 1)
        SELECT (SELECT count(*) FROM incident),
               (SELECT count(*) FROM incident) - (SELECT count(*) FROM live),
               (SELECT count(*) FROM attended),
               (SELECT count(*) FROM attended ANTI JOIN found USING (deployment_id)),
               (SELECT count(*) FROM claim WHERE people = 0),
               (SELECT count(*) FROM claim WHERE people > 1),
               (SELECT count(DISTINCT number) FROM counted SEMI JOIN live USING (number) WHERE reviews)
        """
    ).fetchall()[0]
    return Coverage(*row)


def loads(connection: duckdb.DuckDBPyConnection, as_of: date, windows_days: Iterable[int]) -> dict[str, list[Load]]:
    """Return each person's load in each window, and then in five years, from the `exposure` table made by `build`.

    People without exposures in five years are absent. The meaning is `windows.load`, for everybody at once.
    """
    firsts = [*(first_day(as_of, days) for days in windows_days), five_years_start(as_of)]
    columns = "".join(
        f", count(*) FILTER (in_{i}), coalesce(sum(points) FILTER (in_{i}), 0)" for i in range(len(firsts))
    )
    inside = "".join(f", exposed_on >= DATE '{first}' AS in_{i}" for i, first in enumerate(firsts))
    rows = connection.execute(
        f"""
        SELECT person_id{columns}
        FROM (SELECT person_id, points{inside} FROM exposure WHERE exposed_on BETWEEN ? AND ?)
        GROUP BY person_id ORDER BY person_id
        """,
        [min(firsts), as_of],
    ).fetchall()
    return {row[0]: [Load(int(row[i]), int(row[i + 1])) for i in range(1, len(row), 2)] for row in rows}
