"""Incidents become events, and events become signatures: the set of codes the pack knows, as a list of numbers.

Set-based, in DuckDB. A force-year has hundreds of thousands of incidents and only thousands of signatures,
so everything that needs judgement is asked of signatures. Tables made here, all temporary:

    code_key    code_system, code, code_id           distinct codes a rule mentions
    numbered    number, incident_id, …               every incident, with the number it goes by
    counted     number, code_id, …                   codes that count (an opening code may be forgotten)
    live        number, incident_id, …               incidents neither cancelled nor taken out
    event_of    number, event                        the number of the event that a live incident belongs to
    possible_incident  number, incident_id, event, … the incidents of events whose codes could count for somebody
    event       event, event_id, signature_id, known_on     those events; `event_id` is the smallest incident id
"""

import duckdb
import pyarrow as pa

from traumatracker.engine import codes as code_keys
from traumatracker.engine import links
from traumatracker.engine.classify import Classifier
from traumatracker.engine.link_kinds import DUPLICATE_OF
from traumatracker.engine.links import keep
from traumatracker.engine.pack import Pack

Signatures = dict[int, frozenset[str]]


def build(connection: duckdb.DuckDBPyConnection, pack: Pack) -> tuple[Classifier, Signatures]:
    """Make the tables above and return the classifier with the signatures that could count, by number."""
    classifier, mentioned = _code_keys(connection, pack)
    _number_incidents(connection)
    _counted_codes(connection, pack)
    links.judge(connection)
    _live_incidents(connection)
    _events(connection)
    return classifier, _signatures(connection, mentioned)


def _code_keys(connection: duckdb.DuckDBPyConnection, pack: Pack) -> tuple[Classifier, list[str]]:
    pairs = connection.execute(
        "SELECT DISTINCT code_system, code FROM incident_code ORDER BY code_system, code"
    ).fetchall()
    keys = [code_keys.key(*pair) for pair in pairs]
    classifier = Classifier(pack, keys)
    rows = [(*pair, key) for pair, key in zip(pairs, keys, strict=True) if classifier.mentions(key)]
    table = pa.table(
        {
            "code_system": pa.array([row[0] for row in rows], pa.string()),
            "code": pa.array([row[1] for row in rows], pa.string()),
            "code_id": pa.array(range(len(rows)), pa.int32()),
            "excludes": pa.array([classifier.excludes_incident(row[2]) for row in rows], pa.bool_()),
            "reviews": pa.array([classifier.asks_review(row[2]) for row in rows], pa.bool_()),
            "begins": pa.array([classifier.may_count([row[2]]) for row in rows], pa.bool_()),
        }
    )
    keep(connection, "code_key", table)
    return classifier, [row[2] for row in rows]


def _number_incidents(connection: duckdb.DuckDBPyConnection) -> None:
    """Every incident gets a number once: joining by numbers is several times cheaper than by references."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT row_number() OVER () AS number, incident_id, opened_at, opened_on, known_on, is_closed,
               coalesce(is_cancelled, false) AS is_cancelled
        FROM incident
        """
    )


def _counted_codes(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """An opening code is what the caller said; once the incident is closed with a code, that one stands."""
    settled = """
        ANTI JOIN (SELECT number AS settled FROM coded WHERE is_closed AND code_role = 'closing')
        ON settled = number AND code_role = 'opening'"""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE counted AS
        WITH coded AS (
            SELECT number, is_closed, code_role, code_id, excludes, reviews, begins
            FROM incident_code JOIN numbered USING (incident_id) LEFT JOIN code_key USING (code_system, code))
        SELECT number, code_id, excludes, reviews, begins, code_role = 'opening' AS is_opening
        FROM coded{"" if pack.opening_counts == "always" else settled}
        WHERE code_id IS NOT NULL
        """
    )


def _live_incidents(connection: duckdb.DuckDBPyConnection) -> None:
    """Neither cancelled nor taken out. A code such as "duplicate" takes an incident out, but not one whose link says
    what it repeats: its people count there, while what was said of it when it opened is forgotten."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE live AS
        SELECT number, incident_id, opened_at, opened_on, known_on FROM numbered
        ANTI JOIN (SELECT number FROM counted WHERE excludes) gone USING (number)
        WHERE NOT is_cancelled;
        CREATE OR REPLACE TEMP TABLE duplicate AS
        WITH RECURSIVE repeats AS MATERIALIZED (
            SELECT f, t FROM link JOIN numbered ON number = f
            WHERE link_kind = '{DUPLICATE_OF}' AND doubt = '' AND NOT is_cancelled),
        found AS (
            SELECT f AS number FROM repeats SEMI JOIN live ON number = t
            UNION SELECT f FROM found JOIN repeats ON t = found.number)
        SELECT number FROM found;
        INSERT INTO live SELECT number, incident_id, opened_at, opened_on, known_on FROM numbered
        SEMI JOIN duplicate USING (number) ANTI JOIN live USING (number);
        """
    )
    connection.execute("DELETE FROM counted WHERE is_opening AND number IN (SELECT number FROM duplicate)")


def _events(connection: duckdb.DuckDBPyConnection) -> None:
    """What links join is one event, called by the smallest of its incidents' ids."""
    links.join(connection)
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE event_of AS
        SELECT number, coalesce(up, number) AS event FROM live LEFT JOIN joined ON node = number
        """
    )


def _signatures(connection: duckdb.DuckDBPyConnection, keys: list[str]) -> Signatures:
    """Only events with a code that begins a counting rule get a signature; the others can come to nothing."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE event_signature AS
        SELECT event, list_sort(list(DISTINCT code_id)) AS code_ids
        FROM counted JOIN event_of USING (number)
        SEMI JOIN (SELECT event FROM event_of SEMI JOIN (SELECT number FROM counted WHERE begins) USING (number))
            USING (event)
        GROUP BY event;
        CREATE OR REPLACE TEMP TABLE signature AS
        SELECT row_number() OVER (ORDER BY code_ids) AS signature_id, code_ids
        FROM (SELECT DISTINCT code_ids FROM event_signature);
        CREATE OR REPLACE TEMP TABLE possible_incident AS
        SELECT number, incident_id, event, opened_on, known_on
        FROM event_of SEMI JOIN event_signature USING (event) JOIN live USING (number);
        CREATE OR REPLACE TEMP TABLE event AS
        SELECT event, signature_id, known_on, event_id
        FROM event_signature JOIN signature USING (code_ids)
        JOIN (SELECT event, max(known_on) AS known_on, min(incident_id) AS event_id
              FROM possible_incident GROUP BY event) USING (event);
        """
    )
    found = connection.execute("SELECT signature_id, code_ids FROM signature ORDER BY signature_id").fetchall()
    connection.execute("DROP TABLE event_signature; DROP TABLE signature")
    return {number: frozenset(keys[code_id] for code_id in code_ids) for number, code_ids in found}
