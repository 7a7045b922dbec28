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
from traumatracker.engine.classify import NOTHING, Classifier, Verdict, strongest_first
from traumatracker.engine.links import keep
from traumatracker.engine.pack import Pack
from traumatracker.engine.points import ONE, Load, combined_role_weight
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
    """One row for each person, event and occasion, with the roles as bits of one number. `way` is what
    explains it, unless there are several ways."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE part AS
        SELECT person, event, occasion, bit_or(1::BIGINT << role_index) AS roles_mask,
               min(happened_on) AS exposed_on, max(known_on) AS known_on, CASE count(*) WHEN 1 THEN min(way) END AS way
        FROM presence GROUP BY person, event, occasion
        """
    )


def _verdicts(connection: duckdb.DuckDBPyConnection, classifier: Classifier, signatures: Signatures) -> None:
    """Ask the classifier about each distinct pair of signature and telling roles, and keep the answers as a table."""
    pack = classifier.pack
    names = list(pack.roles)
    telling = sum(1 << bit for bit, role in enumerate(names) if role in classifier.telling_roles)
    connection.execute(f"CREATE OR REPLACE TEMP MACRO telling(roles_mask) AS roles_mask & {telling}")
    pairs = connection.execute(
        "SELECT DISTINCT signature_id, telling(roles_mask) AS told_mask FROM part JOIN event USING (event) ORDER BY ALL"
    ).fetchall()
    sets = {mask: frozenset(_roles_of(mask, names)) for mask in {mask for _, mask in pairs}}
    answers = [(number, mask, classifier.resolve_parts(signatures[number], sets[mask])) for number, mask in pairs]
    keep(connection, "verdict", _verdict_table([one for one in answers if one[2].kind != NOTHING], pack))
    masks = connection.execute("SELECT DISTINCT roles_mask FROM part ORDER BY roles_mask").fetchall()
    keep(connection, "parts", _parts_table([mask for (mask,) in masks], pack))


def _roles_of(mask: int, names: list[str]) -> list[str]:
    return [role for bit, role in enumerate(names) if mask >> bit & 1]


_Answer = tuple[int, int, Verdict]


def _verdict_table(answers: list[_Answer], pack: Pack) -> pa.Table:
    """The answers as columns."""
    verdicts = [verdict for _, _, verdict in answers]
    categories = [pack.categories[verdict.category] for verdict in verdicts]
    texts, lists = pa.string(), pa.list_(pa.string())
    return pa.table(
        {
            "verdict_id": pa.array(range(len(answers)), pa.int64()),
            "signature_id": pa.array([number for number, _, _ in answers], pa.int64()),
            "told_mask": pa.array([mask for _, mask, _ in answers], pa.int64()),
            "kind": pa.array([verdict.kind for verdict in verdicts], texts),
            "category": pa.array([category.id for category in categories], texts),
            "category_weight": pa.array([category.weight for category in categories], pa.int64()),
            "is_session": pa.array([category.is_session for category in categories], pa.bool_()),
            "rule": pa.array([verdict.rule for verdict in verdicts], texts),
            "tags": pa.array([verdict.tags for verdict in verdicts], lists),
            "codes": pa.array([verdict.codes for verdict in verdicts], lists),
        }
    )


def _parts_table(masks: list[int], pack: Pack) -> pa.Table:
    """What follows from somebody's roles alone: which they are, strongest first, and what they weigh together."""
    names = list(pack.roles)
    roles = [strongest_first(_roles_of(mask, names), pack) for mask in masks]
    return pa.table(
        {
            "roles_mask": pa.array(masks, pa.int64()),
            "role": pa.array([each[0] for each in roles], pa.string()),
            "roles": pa.array(roles, pa.list_(pa.string())),
            "together": pa.array(
                [combined_role_weight(pack.roles[role].weight for role in each) for each in roles], pa.int64()
            ),
        }
    )


def _entries(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """Join the answers back, make one entry of a day of viewing material, and only then fetch what explains it."""
    for query in (_MEMBERS, _ENTRIES, _STORY, _POSTED, _VIEWED):
        connection.execute(query)
    for kind, columns in (("exposure", EXPOSURE_COLUMNS), ("question", QUESTION_COLUMNS)):
        label = pack.label.replace("'", "''")
        explained = _PLACED.format(kind=kind, label=label) + (_SAID if kind == "exposure" else "")
        query = f"{explained} SELECT {', '.join(columns)} FROM {'said' if kind == 'exposure' else 'explained'}"
        # Questions are read once, so they are a view; exposures are also counted and summed, so they are a table.
        connection.execute(f"CREATE OR REPLACE TEMP {'TABLE' if kind == 'exposure' else 'VIEW'} {kind} AS {query}")


# A day of viewing material always weighs the same, whatever the part; see `classify.role_weight`.
_WEIGHT = f"CASE WHEN is_session THEN {ONE} ELSE together END"

# Each part that counts, and the entry it belongs to (no event for a day of viewing material). "exposure" sorts before
# "question", so a day of viewing with any exposure keeps only what was viewed of those events.
_MEMBERS = f"""
    CREATE OR REPLACE TEMP TABLE member AS
    SELECT person, event AS part_event, CASE WHEN NOT {IS_SESSION} THEN event END AS event, occasion, exposed_on,
           verdict_id, roles_mask, kind, greatest(p.known_on, e.known_on) AS known_on, way
    FROM part p JOIN event e USING (event)
    JOIN verdict v ON v.signature_id = e.signature_id AND told_mask = telling(roles_mask);
    DELETE FROM member WHERE event IS NULL AND kind = 'question' AND (person, occasion) IN (
        SELECT (person, occasion) FROM member WHERE event IS NULL AND kind = 'exposure');
"""

# Only days of viewing have more than one member: the heaviest names the entry.
_ENTRIES = f"""
    CREATE OR REPLACE TEMP TABLE entry AS
    SELECT person, event, occasion, exposed_on, verdict_id, roles_mask, kind, known_on, way
    FROM member WHERE event IS NOT NULL
    UNION ALL
    SELECT person, NULL, occasion, exposed_on, verdict_id, roles_mask, kind,
           max(known_on) OVER (PARTITION BY person, occasion), NULL
    FROM (SELECT m.*, category_weight, category_weight * {_WEIGHT} AS weighs, category, rule, event_id
          FROM (SELECT * FROM member WHERE event IS NULL) m JOIN verdict USING (verdict_id)
          JOIN parts USING (roles_mask) JOIN event e ON e.event = part_event)
    QUALIFY row_number() OVER (PARTITION BY person, occasion
                               ORDER BY category_weight DESC, weighs DESC, category, rule, event_id) = 1
"""

# What explains an event, only for events that came to something: its records, its links, and how it is called.
_STORY = """
    CREATE OR REPLACE TEMP TABLE story AS
    WITH told AS (SELECT e.event, event_id FROM event e SEMI JOIN member ON part_event = e.event),
    record AS (
        SELECT event, list_sort(list(incident_id)) AS source_records
        FROM (SELECT p.event, incident_id FROM joined JOIN possible_incident p ON number = node
              SEMI JOIN told ON told.event = p.event) GROUP BY event),
    ends AS (
        SELECT a.event AS a, b.event AS b, link_kind, from_incident_id, to_incident_id
        FROM link JOIN event_of a ON a.number = f JOIN event_of b ON b.number = t WHERE doubt = ''),
    linked AS (
        SELECT event, list_sort(list(concat_ws('|', link_kind, from_incident_id, to_incident_id))) AS links
        FROM (SELECT a AS event, * FROM ends SEMI JOIN told ON told.event = a
              UNION ALL SELECT b, * FROM ends SEMI JOIN told ON told.event = b WHERE a <> b)
        GROUP BY event)
    SELECT event, event_id, coalesce(source_records, [event_id]) AS source_records, coalesce(links, []) AS links
    FROM told LEFT JOIN record USING (event) LEFT JOIN linked USING (event)
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

# What a day of viewing material is made of.
_VIEWED = """
    CREATE OR REPLACE TEMP TABLE seen AS
    SELECT person, occasion, source_records, links FROM member JOIN story ON story.event = part_event
    WHERE member.event IS NULL;
    CREATE OR REPLACE TEMP TABLE viewed AS
    SELECT person, occasion, list_sort(list_distinct(flatten(list(source_records)))) AS all_records,
           list_sort(list_distinct(flatten(list(links)))) AS all_links
    FROM seen GROUP BY person, occasion
"""

_PLACED = f"""
    WITH explained AS (
        SELECT own.person, own.event, own.occasion AS occasion_number, way, exposed_on,
               coalesce(own.known_on, exposed_on) AS known_on, v.category, category_weight, rule, v.tags, v.codes,
               parts.role, roles, {_WEIGHT} AS role_weight, category_weight * {_WEIGHT} AS points,
               person_id, team, '{{label}}' AS pack,
               {OCCASION.replace("occasion", "own.occasion")} AS occasion,
               coalesce(event_id, 'material') AS event_id,
               coalesce(all_records, source_records) AS source_records, coalesce(all_links, links) AS links
        FROM entry own JOIN verdict v USING (verdict_id) JOIN parts USING (roles_mask) JOIN person_key USING (person)
        LEFT JOIN posted ON posted.person = own.person AND posted_from <= exposed_on
                         AND (posted_to IS NULL OR exposed_on < posted_to)
        LEFT JOIN role_key ON role_index = own.occasion // {ROLE_STEP} - 1
        LEFT JOIN story ON story.event = own.event
        LEFT JOIN viewed ON viewed.person = own.person AND viewed.occasion = own.occasion AND own.event IS NULL
        WHERE own.kind = '{{kind}}')
"""

# Most entries have one way to explain them, which is looked up; only of several is a list made.
_SAID = """,
    several AS (
        SELECT person, event, occasion, list_sort(list(line)) AS lines
        FROM (SELECT DISTINCT person, m.event, occasion, {line} AS line
              FROM (SELECT * FROM member WHERE kind = 'exposure' AND (way IS NULL OR event IS NULL)) m
              JOIN presence c USING (person, occasion) WHERE c.event = part_event)
        GROUP BY person, event, occasion),
    said AS (
        SELECT e.*, coalesce(lines, [{line}]) AS evidence
        FROM explained e
        LEFT JOIN several s ON s.person = e.person AND s.event IS NOT DISTINCT FROM e.event
                            AND s.occasion = occasion_number
        LEFT JOIN claim c ON c.rowid = e.way)
""".format(line="concat_ws('|', c.role, coalesce(c.how, ''), c.incident_id, coalesce(c.callsign, ''))")


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
