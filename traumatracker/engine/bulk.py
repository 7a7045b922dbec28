"""The fast evaluator: the same rows as `reference`, set-based, in DuckDB in the process.

DuckDB joins and groups; the meaning of every distinct (signature, roles) pair is asked of the classifier in
plain Python and joined back. `build` leaves temporary tables `exposure` and `question`; `evaluate` reads them.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from traumatracker.engine import presences, signature
from traumatracker.engine.classify import (
    NOTHING,
    Classifier,
    points,
    role_weight,
    strongest_first,
)
from traumatracker.engine.pack import Pack
from traumatracker.engine.points import Load
from traumatracker.engine.result import (
    Coverage,
    Exposure,
    Question,
    Result,
    UnmappedCode,
)
from traumatracker.engine.signature import Signatures, keep
from traumatracker.engine.windows import first_day, five_years_start

EXPOSURE_COLUMNS = tuple(Exposure.__dataclass_fields__)
QUESTION_COLUMNS = tuple(Question.__dataclass_fields__)


def evaluate(connection: duckdb.DuckDBPyConnection, pack: Pack, as_of: date) -> Result:
    """Return everything known up to and including `as_of`, in the rows and order of `reference.evaluate`.

    The connection holds a table or view for each name in `tables.ENTITIES`; temporary tables are added to it.
    Raises BadPack for a role that the sources state and the pack does not define.
    """
    build(connection, pack, as_of)
    return Result(
        exposures=list(exposures(connection)),
        questions=[Question(*row) for row in _rows(connection, "question", QUESTION_COLUMNS)],
        unmapped=unmapped(connection),
        coverage=coverage(connection),
    )


def build(connection: duckdb.DuckDBPyConnection, pack: Pack, as_of: date) -> Classifier:
    """Make the temporary tables `exposure` and `question` (columns of `result`), and return the classifier."""
    classifier, signatures = signature.build(connection, pack)
    presences.build(connection, pack, as_of)
    _parts(connection)
    _verdicts(connection, classifier, signatures)
    _entries(connection, pack)
    return classifier


def exposures(connection: duckdb.DuckDBPyConnection) -> Iterator[Exposure]:
    """Yield the rows of the `exposure` table made by `build`, sorted by key, in bounded memory."""
    for row in _rows(connection, "exposure", EXPOSURE_COLUMNS):
        yield Exposure(*row)


def _parts(connection: duckdb.DuckDBPyConnection) -> None:
    """One row for each person, event and occasion, with the roles as bits of one number."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE part AS
        SELECT person_id, event_id, counting = 'session' AS is_session,
               CASE counting WHEN 'event' THEN 'event'
                             WHEN 'session' THEN 'session:' || happened_on
                             ELSE role || ':' || happened_on END AS occasion,
               bit_or(1::BIGINT << role_index) AS roles_mask, min(happened_on) AS exposed_on,
               max(known_on) AS known_on, list_sort(list(DISTINCT evidence)) AS evidence
        FROM presence GROUP BY person_id, event_id, is_session, occasion
        """
    )


def _verdicts(
    connection: duckdb.DuckDBPyConnection,
    classifier: Classifier,
    signatures: Signatures,
) -> None:
    """Ask the classifier about each distinct pair of signature and roles, and keep the answers as a table."""
    pairs = connection.execute(
        "SELECT DISTINCT signature_id, roles_mask FROM part JOIN event USING (event_id) ORDER BY ALL"
    ).fetchall()
    answers = [_answer(classifier, signatures[number], number, mask) for number, mask in pairs]
    rows = [answer for answer in answers if answer is not None]
    keep(connection, "verdict", pa.Table.from_pylist(rows, _VERDICT))


_VERDICT = pa.schema(
    [
        ("signature_id", pa.int64()), ("roles_mask", pa.int64()), ("kind", pa.string()),
        ("category", pa.string()), ("category_weight", pa.int64()), ("rule", pa.string()),
        ("role", pa.string()), ("roles", pa.list_(pa.string())), ("role_weight", pa.int64()),
        ("points", pa.int64()), ("tags", pa.list_(pa.string())), ("codes", pa.list_(pa.string())),
    ]
)  # fmt: skip


def _answer(classifier: Classifier, codes: frozenset[str], number: int, mask: int) -> dict[str, Any] | None:
    pack = classifier.pack
    parts = [role for index, role in enumerate(pack.roles) if mask >> index & 1]
    verdict = classifier.resolve(codes, frozenset(parts))
    if verdict.kind == NOTHING:
        return None
    roles = strongest_first(parts, pack)
    return {
        "signature_id": number, "roles_mask": mask, "kind": verdict.kind,
        "category": verdict.category, "category_weight": pack.categories[verdict.category].weight,
        "rule": verdict.rule, "role": roles[0], "roles": roles,
        "role_weight": role_weight(verdict.category, roles, pack),
        "points": points(verdict, roles, pack), "tags": verdict.tags, "codes": verdict.codes,
    }  # fmt: skip


def _entries(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """Join the answers back; a day of viewing material becomes one entry; add the team of the day."""
    connection.execute(_ANSWERED)
    connection.execute(_ENTRIES)
    for kind, columns in (
        ("exposure", EXPOSURE_COLUMNS),
        ("question", QUESTION_COLUMNS),
    ):
        connection.execute(_PLACED.format(kind=kind, columns=", ".join(columns)), [pack.label])


_ANSWERED = """
    CREATE OR REPLACE TEMP TABLE answered AS
    SELECT p.* EXCLUDE (known_on), greatest(p.known_on, e.known_on) AS known_on,
           e.source_records, v.* EXCLUDE (signature_id, roles_mask)
    FROM part p JOIN event e USING (event_id) JOIN verdict v USING (signature_id, roles_mask)
"""

# "exposure" sorts before "question", so a day with any exposure keeps only what was viewed of those events.
_ENTRIES = """
    CREATE OR REPLACE TEMP TABLE entry AS
    SELECT * EXCLUDE (is_session) FROM answered WHERE NOT is_session
    UNION ALL BY NAME
    SELECT 'material' AS event_id, * EXCLUDE (event_id, is_session, place, latest, all_evidence, all_records)
           REPLACE (latest AS known_on, list_sort(list_distinct(flatten(all_evidence))) AS evidence,
                    list_sort(list_distinct(flatten(all_records))) AS source_records)
    FROM (
        SELECT *, row_number() OVER (of_that_day ORDER BY category_weight DESC, points DESC,
                                     category, rule, event_id) AS place,
               max(known_on) OVER of_that_day AS latest,
               list(evidence) OVER of_that_day AS all_evidence,
               list(source_records) OVER of_that_day AS all_records
        FROM (SELECT *, min(kind) OVER (PARTITION BY person_id, occasion) AS best FROM answered WHERE is_session)
        WHERE kind = best
        WINDOW of_that_day AS (PARTITION BY person_id, occasion))
    WHERE place = 1
"""

# The unit of the posting valid that day; of two, the later one.
_PLACED = """
    CREATE OR REPLACE TEMP TABLE {kind} AS
    WITH placed AS (
        SELECT e.* REPLACE (coalesce(e.known_on, e.exposed_on) AS known_on), p.unit_id AS team, ? AS pack
        FROM entry e
        LEFT JOIN posting p ON p.person_id = e.person_id AND p.valid_from <= e.exposed_on
             AND (p.valid_to IS NULL OR e.exposed_on < p.valid_to)
        WHERE e.kind = '{kind}'
        QUALIFY row_number() OVER (PARTITION BY e.person_id, e.event_id, e.occasion
                                   ORDER BY p.valid_from DESC NULLS LAST, p.unit_id) = 1)
    SELECT {columns} FROM placed
"""


def _rows(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    lists = {index for index, name in enumerate(columns) if name in _LISTS}
    order = "ORDER BY person_id || '|' || event_id || '|' || occasion"
    reader = connection.execute(f"SELECT {', '.join(columns)} FROM {table} {order}")
    while batch := reader.fetchmany(50_000):
        for row in batch:
            yield tuple(tuple(value) if index in lists else value for index, value in enumerate(row))


_LISTS = {"roles", "tags", "codes", "source_records", "evidence"}


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


def coverage(connection: duckdb.DuckDBPyConnection) -> Coverage:
    """Return the counts of what could not be linked, from the tables left by `build`."""
    row = connection.execute(
        """
        WITH identified AS (SELECT deployment_id, people FROM claim JOIN who
                            USING (identifier_type, identifier, happened_on)),
             found AS (SELECT deployment_id FROM identified WHERE people = 1)
        SELECT (SELECT count(*) FROM incident),
               (SELECT count(*) FROM incident) - (SELECT count(*) FROM live),
               (SELECT count(*) FROM attended),
               (SELECT count(*) FROM attended ANTI JOIN found USING (deployment_id)),
               (SELECT count(*) FROM identified WHERE people = 0),
               (SELECT count(*) FROM identified WHERE people > 1),
               (SELECT count(DISTINCT incident_id) FROM counted SEMI JOIN live USING (incident_id) WHERE reviews)
        """
    ).fetchall()[0]
    return Coverage(*row)


def loads(connection: duckdb.DuckDBPyConnection, as_of: date, windows_days: Iterable[int]) -> dict[str, list[Load]]:
    """Return each person's load in each window, and then in five years, from the `exposure` table made by `build`.

    People without exposures in five years are absent. The meaning is `windows.load`, for everybody at once.
    """
    firsts = [*(first_day(as_of, days) for days in windows_days), five_years_start(as_of)]
    columns = "".join(
        f", count(*) FILTER (exposed_on >= DATE '{first}'), coalesce(sum(points) FILTER (exposed_on >= DATE '{first}'), 0)"
        for first in firsts
    )
    rows = connection.execute(
        f"SELECT person_id{columns} FROM exposure WHERE exposed_on BETWEEN ? AND ? GROUP BY person_id ORDER BY person_id",
        [min(firsts), as_of],
    ).fetchall()
    return {row[0]: [Load(int(row[i]), int(row[i + 1])) for i in range(1, len(row), 2)] for row in rows}
