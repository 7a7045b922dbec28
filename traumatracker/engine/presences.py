"""Who was there: named on a deployment, named in a stated part, or booked on under the callsign at arrival.

Set-based, in DuckDB. `build` makes the temporary table

    claim      person_id, people, event_id, occasion, role, role_index, weight, happened_on, how, incident_id,
               callsign, deployment_id, known_on

with one row for each way somebody is said to be linked to an event that could count, and the view `presence` of
those that count. Nobody is guessed: an identifier held that day by nobody (`people` 0), or by two people (2),
is one more in the coverage counts and nothing else.
"""

from datetime import date

import duckdb
import pyarrow as pa

from traumatracker.engine.pack import Pack
from traumatracker.engine.signature import keep
from traumatracker.errors import BadPack, unknown_role


def build(connection: duckdb.DuckDBPyConnection, pack: Pack, as_of: date) -> None:
    """Make `claim` and `presence` from the signature tables and the canonical tables, up to `as_of`."""
    _roles(connection, pack)
    connection.execute(_HELD)
    connection.execute(_ATTENDED, [pack.later_after_minutes])
    connection.execute(_CLAIM)
    _check_roles(connection, pack)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW presence AS
        SELECT * FROM claim WHERE people = 1 AND weight > 0 AND happened_on <= DATE '{as_of}'
        """
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


def _check_roles(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    unknown = connection.execute("SELECT DISTINCT role FROM claim WHERE weight IS NULL ORDER BY role").fetchall()
    if unknown:
        raise BadPack(unknown_role(unknown[0][0], pack.id))


# Who held each identifier, as stretches of days that do not overlap: one look-up a claim instead of counting people
# for each day used. Half-open, like every interval.
_HELD = """
    CREATE OR REPLACE TEMP TABLE held AS
    WITH cut AS (
        SELECT identifier_type, identifier, valid_from AS day FROM identifier
        UNION SELECT identifier_type, identifier, valid_to FROM identifier WHERE valid_to IS NOT NULL),
    stretch AS (
        SELECT identifier_type, identifier, day AS held_from,
               lead(day) OVER (PARTITION BY identifier_type, identifier ORDER BY day) AS held_to
        FROM cut)
    SELECT s.identifier_type, s.identifier, held_from, held_to,
           any_value(person_id) AS person_id, count(DISTINCT person_id) AS people
    FROM stretch s JOIN identifier i ON i.identifier_type = s.identifier_type AND i.identifier = s.identifier
         AND i.valid_from <= held_from AND (i.valid_to IS NULL OR held_from < i.valid_to)
    GROUP BY ALL
"""

# Deployments that attended, with their part: stated, first, during or later than the first arrival.
_ATTENDED = """
    CREATE OR REPLACE TEMP TABLE attended AS
    WITH arrived AS (
        SELECT deployment_id, incident_id, event_id, callsign, at_scene_at, at_scene_on, role_code,
               deployment.known_on, min(at_scene_at) OVER (PARTITION BY event_id) AS first_at
        FROM deployment JOIN possible_incident USING (incident_id)
        WHERE attended)
    SELECT deployment_id, incident_id, event_id, callsign, at_scene_at, at_scene_on, known_on,
           CASE WHEN coalesce(role_code, '') <> '' THEN role_code
                WHEN at_scene_at IS NULL THEN 'attended_during'
                WHEN at_scene_at = first_at THEN 'first_at_scene'
                WHEN at_scene_at > first_at + to_minutes(?) THEN 'attended_later'
                ELSE 'attended_during' END AS role
    FROM arrived
"""

# Crews are joined by callsign and day before times are compared: over five years a callsign is used by hundreds.
_CLAIM = """
    CREATE OR REPLACE TEMP TABLE claim AS
    WITH shift AS (
        SELECT callsign, identifier_type, identifier, booked_on_at, booked_off_at, known_on,
               booked_on_at::DATE + unnest(range(booked_off_at::DATE - booked_on_at::DATE + 1))::INT AS shift_day
        FROM crew SEMI JOIN attended USING (callsign)
        WHERE booked_on_at IS NOT NULL AND booked_off_at IS NOT NULL AND callsign <> ''),
    said AS (
        SELECT i.identifier_type, i.identifier, coalesce(d.at_scene_on, i.happened_on, l.opened_on) AS happened_on,
               i.incident_id, l.event_id, coalesce(d.role, i.role_code) AS role, i.evidence AS how,
               d.callsign, greatest(i.known_on, d.known_on) AS known_on, d.deployment_id
        FROM involvement i JOIN possible_incident l USING (incident_id)
        LEFT JOIN attended d ON d.deployment_id = i.deployment_id
        WHERE coalesce(i.deployment_id, '') = '' OR d.deployment_id IS NOT NULL
        UNION ALL
        SELECT c.identifier_type, c.identifier, d.at_scene_on, d.incident_id, d.event_id, d.role,
               'crew_from_duty', d.callsign, greatest(c.known_on, d.known_on), d.deployment_id
        FROM attended d JOIN shift c ON c.callsign = d.callsign AND c.shift_day = d.at_scene_at::DATE
             AND c.booked_on_at <= d.at_scene_at AND d.at_scene_at < c.booked_off_at)
    SELECT person_id, coalesce(people, 0) AS people, event_id, role, role_index, weight, happened_on, how,
           incident_id, callsign, deployment_id, known_on,
           CASE counting WHEN 'event' THEN 'event'
                         WHEN 'session' THEN 'session:' || happened_on
                         ELSE role || ':' || happened_on END AS occasion
    FROM said s LEFT JOIN role_key USING (role)
    LEFT JOIN held h ON h.identifier_type = s.identifier_type AND h.identifier = s.identifier
         AND held_from <= happened_on AND (held_to IS NULL OR happened_on < held_to)
"""
