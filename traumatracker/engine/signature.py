"""Incidents become events, and events become signatures: the set of codes the pack knows, as a list of numbers.

Set-based, in DuckDB. A force-year has hundreds of thousands of incidents and only thousands of signatures,
so everything that needs judgement is asked of signatures. Tables made here, all temporary:

    code_key    code_system, code, code_id           distinct codes a rule mentions
    counted     incident_id, code_id                 codes that count (an opening code may be forgotten)
    live        incident_id, opened_on, known_on     incidents neither cancelled nor taken out
    event_of    incident_id, event_id                the smallest incident id of everything linked
    possible_incident  incident_id, event_id, …      the incidents of events whose codes could count for somebody
    event       event_id, signature_id, known_on, source_records     those events
"""

import duckdb
import pyarrow as pa

from traumatracker.engine import codes as code_keys
from traumatracker.engine.classify import Classifier
from traumatracker.engine.pack import Pack

Signatures = dict[int, frozenset[str]]


def build(connection: duckdb.DuckDBPyConnection, pack: Pack) -> tuple[Classifier, Signatures]:
    """Make the tables above and return the classifier with the signatures that could count, by number."""
    classifier, mentioned = _code_keys(connection, pack)
    _counted_codes(connection, pack)
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


def keep(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Make a temporary table of an Arrow table."""
    connection.register("arriving", table)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arriving")
    connection.unregister("arriving")


def _counted_codes(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """An opening code is what the caller said; once the incident is closed with a code, that one stands."""
    forgetting = (
        "SELECT incident_id FROM incident_code SEMI JOIN (SELECT incident_id FROM incident WHERE is_closed) closed"
        " USING (incident_id) WHERE code_role = 'closing'"
    )
    opening = "true" if pack.opening_counts == "always" else f"c.incident_id NOT IN ({forgetting})"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE counted AS
        SELECT c.incident_id, k.code_id, k.excludes, k.reviews, k.begins
        FROM incident_code c JOIN code_key k USING (code_system, code)
        WHERE c.code_role <> 'opening' OR {opening}
        """
    )


def _live_incidents(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE live AS
        SELECT incident_id, opened_on, known_on FROM incident
        ANTI JOIN (SELECT incident_id FROM counted WHERE excludes) gone USING (incident_id)
        WHERE NOT is_cancelled
        """
    )


def _events(connection: duckdb.DuckDBPyConnection) -> None:
    """Carry the smallest id along the links until nothing changes; only linked incidents take part."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE edge AS
        WITH ends AS (
            SELECT from_incident_id AS a, to_incident_id AS b FROM incident_link
            SEMI JOIN live f ON f.incident_id = from_incident_id
            SEMI JOIN live t ON t.incident_id = to_incident_id
            WHERE from_incident_id <> to_incident_id)
        SELECT DISTINCT a, b FROM (SELECT a, b FROM ends UNION ALL SELECT b, a FROM ends);
        CREATE OR REPLACE TEMP TABLE label AS SELECT DISTINCT a AS node, a AS smallest FROM edge;
        """
    )
    while True:
        connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE carried AS
            SELECT l.node, least(l.smallest, min(n.smallest)) AS smallest, l.smallest AS before
            FROM label l JOIN edge ON a = l.node JOIN label n ON n.node = b GROUP BY l.node, l.smallest
            """
        )
        changed = connection.execute("SELECT count(*) FROM carried WHERE smallest <> before").fetchall()[0][0]
        connection.execute("CREATE OR REPLACE TEMP TABLE label AS SELECT node, smallest FROM carried")
        if not changed:
            break
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE event_of AS
        SELECT incident_id, coalesce(smallest, incident_id) AS event_id
        FROM live LEFT JOIN label ON node = incident_id
        """
    )


def _signatures(connection: duckdb.DuckDBPyConnection, keys: list[str]) -> Signatures:
    """Only events with a code that begins a counting rule get a signature; the others can come to nothing."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE event_signature AS
        SELECT event_id, list_sort(list(DISTINCT code_id)) AS code_ids
        FROM counted JOIN event_of USING (incident_id) GROUP BY event_id HAVING bool_or(begins);
        CREATE OR REPLACE TEMP TABLE signature AS
        SELECT row_number() OVER (ORDER BY code_ids) AS signature_id, code_ids
        FROM (SELECT DISTINCT code_ids FROM event_signature);
        CREATE OR REPLACE TEMP TABLE possible_incident AS
        SELECT incident_id, event_id, signature_id, opened_on, known_on
        FROM event_signature JOIN signature USING (code_ids)
        JOIN event_of USING (event_id) JOIN live USING (incident_id);
        CREATE OR REPLACE TEMP TABLE event AS
        SELECT event_id, any_value(signature_id) AS signature_id, max(known_on) AS known_on,
               list_sort(list(incident_id)) AS source_records
        FROM possible_incident GROUP BY event_id;
        """
    )
    found = connection.execute("SELECT signature_id, code_ids FROM signature ORDER BY signature_id").fetchall()
    connection.execute("DROP TABLE event_signature; DROP TABLE signature")
    return {number: frozenset(keys[code_id] for code_id in code_ids) for number, code_ids in found}
