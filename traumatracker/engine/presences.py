"""Who was there: named on a deployment, named in a stated part, or booked on under the callsign at arrival.

Set-based, in DuckDB. `build` makes the temporary table

    presence    person_id, event_id, occasion, role, role_index, happened_on, how, incident_id, callsign, known_on

with one row for each way one person is linked to one event that could count. Nobody is guessed: an
identifier held that day by nobody, or by two people, gives no row and one more in the coverage counts.
"""

from datetime import date

import duckdb
import pyarrow as pa

from traumatracker.engine.pack import Pack
from traumatracker.engine.signature import keep
from traumatracker.errors import BadPack, unknown_role


def build(connection: duckdb.DuckDBPyConnection, pack: Pack, as_of: date) -> None:
    """Make the `presence` table from the signature tables and the canonical tables, up to `as_of`."""
    _roles(connection, pack)
    _attended(connection, pack)
    _named(connection)
    _crews(connection)
    _identified(connection)
    _check_roles(connection, pack)
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE presence AS
        SELECT person_id, event_id, role, role_index, happened_on, how, incident_id, callsign, known_on,
               CASE counting WHEN 'event' THEN 'event'
                             WHEN 'session' THEN 'session:' || happened_on
                             ELSE role || ':' || happened_on END AS occasion
        FROM claim JOIN who USING (identifier_type, identifier, happened_on) JOIN role_key USING (role)
        WHERE people = 1 AND happened_on <= ? AND weight > 0
        """,
        [as_of],
    )


def _roles(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    roles = list(pack.roles.values())
    table = {
        "role": pa.array([role.id for role in roles], pa.string()),
        "role_index": pa.array(range(len(roles)), pa.int64()),
        "counting": pa.array([role.counting for role in roles], pa.string()),
        "weight": pa.array([role.weight for role in roles], pa.int64()),
    }
    keep(connection, "role_key", pa.table(table))


def _attended(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """Deployments that attended, with their part: stated, first, during or later than the first arrival."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE attended AS
        WITH arrived AS (
            SELECT deployment_id, incident_id, event_id, callsign, at_scene_at, at_scene_on, role_code,
                   deployment.known_on, min(at_scene_at) OVER (PARTITION BY event_id) AS first_at
            FROM deployment JOIN event_of USING (incident_id) SEMI JOIN event USING (event_id)
            WHERE attended)
        SELECT deployment_id, incident_id, event_id, callsign, at_scene_at, at_scene_on, known_on,
               CASE WHEN coalesce(role_code, '') <> '' THEN role_code
                    WHEN at_scene_at IS NULL THEN 'attended_during'
                    WHEN at_scene_at = first_at THEN 'first_at_scene'
                    WHEN at_scene_at > first_at + to_minutes(?) THEN 'attended_later'
                    ELSE 'attended_during' END AS role
        FROM arrived
        """,
        [pack.later_after_minutes],
    )


def _named(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE claim AS
        SELECT i.identifier_type, i.identifier, coalesce(d.at_scene_on, i.happened_on, l.opened_on) AS happened_on,
               i.incident_id, e.event_id, coalesce(d.role, i.role_code) AS role, i.evidence AS how,
               d.callsign, greatest(i.known_on, d.known_on) AS known_on, d.deployment_id
        FROM involvement i
        JOIN event_of e USING (incident_id) SEMI JOIN event ON event.event_id = e.event_id
        JOIN live l USING (incident_id)
        LEFT JOIN attended d ON d.deployment_id = i.deployment_id
        WHERE coalesce(i.deployment_id, '') = '' OR d.deployment_id IS NOT NULL
        """
    )


def _crews(connection: duckdb.DuckDBPyConnection) -> None:
    """Join by callsign and day before comparing times: a callsign is used by hundreds of crews over five years."""
    connection.execute(
        """
        INSERT INTO claim
        WITH shift AS (
            SELECT callsign, identifier_type, identifier, booked_on_at, booked_off_at, known_on,
                   booked_on_at::DATE + unnest(range(booked_off_at::DATE - booked_on_at::DATE + 1))::INT AS shift_day
            FROM crew SEMI JOIN attended USING (callsign)
            WHERE booked_on_at IS NOT NULL AND booked_off_at IS NOT NULL)
        SELECT c.identifier_type, c.identifier, d.at_scene_on, d.incident_id, d.event_id, d.role,
               'crew_from_duty', d.callsign, greatest(c.known_on, d.known_on), d.deployment_id
        FROM attended d JOIN shift c ON c.callsign = d.callsign AND c.shift_day = d.at_scene_at::DATE
             AND c.booked_on_at <= d.at_scene_at AND d.at_scene_at < c.booked_off_at
        WHERE d.callsign <> ''
        """
    )


def _identified(connection: duckdb.DuckDBPyConnection) -> None:
    """Who held each identifier on each day it was used: half-open intervals, exactly one person or nobody."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE who AS
        SELECT u.identifier_type, u.identifier, u.happened_on, any_value(i.person_id) AS person_id,
               count(DISTINCT i.person_id) AS people
        FROM (SELECT DISTINCT identifier_type, identifier, happened_on FROM claim) u
        LEFT JOIN identifier i ON i.identifier_type = u.identifier_type AND i.identifier = u.identifier
             AND i.valid_from <= u.happened_on AND (i.valid_to IS NULL OR u.happened_on < i.valid_to)
        GROUP BY ALL
        """
    )


def _check_roles(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    unknown = connection.execute(
        "SELECT DISTINCT role FROM claim ANTI JOIN role_key USING (role) ORDER BY role"
    ).fetchall()
    if unknown:
        raise BadPack(unknown_role(unknown[0][0], pack.id))
