"""Who was there: named on a deployment, named in a stated part, or booked on under the callsign at arrival.

Set-based, in DuckDB. `build` makes the temporary tables

    person_key  person, person_id        everybody with an identifier, and the number they go by
    claim       person, people, event, occasion, role_index, weight, happened_on, how, incident_id, callsign,
                deployment_id, known_on, is_corrected, identifier_type, identifier

with one row for each way somebody is said to be linked to an event that comes to something, and the view `presence`
of those that count; `way` there is the row of `claim`. Nobody is guessed: an identifier held that day by nobody
(`people` 0), or by two people (2), is one more in the coverage counts and nothing else. `occasion` is a number until
it is shown: 0 for the event itself, else the day, with the role (from 1) before it unless it is a day of viewing
material; see `OCCASION`.
"""

from datetime import date

import duckdb
import pyarrow as pa

from traumatracker.engine.links import keep
from traumatracker.engine.pack import Pack
from traumatracker.errors import BadPack, unknown_role


def build(connection: duckdb.DuckDBPyConnection, pack: Pack, as_of: date) -> None:
    """Make `claim` and `presence` from the signature tables and the canonical tables, up to `as_of`."""
    _roles(connection, pack)
    connection.execute(_HELD)
    connection.execute(_MOVED)
    connection.execute(_ATTENDED, [pack.later_after_minutes])
    connection.execute(_CLAIM)
    _check_roles(connection, pack)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW presence AS
        SELECT rowid AS way, * FROM claim
        WHERE people = 1 AND weight > 0 AND happened_on <= DATE '{as_of}' AND NOT is_corrected
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


# An occasion as a number: role (from 1, or 0 for a session) and day, counted from before anybody was born.
_DAY_ZERO, ROLE_STEP = "DATE '1800-01-01'", 1_000_000
OCCASION = f"""
    CASE WHEN occasion = 0 THEN 'event'
         ELSE coalesce(role_key.role, 'session') || ':' || ({_DAY_ZERO} + (occasion % {ROLE_STEP})::INT)::VARCHAR END"""
IS_SESSION = f"(occasion > 0 AND occasion < {ROLE_STEP})"

# Who held each identifier, as stretches of days that do not overlap: one look-up a claim instead of counting people
# for each day used. Half-open, like every interval. Where a person decided whose it is, nothing else counts.
_HELD = """
    CREATE OR REPLACE TEMP TABLE person_key AS
    SELECT row_number() OVER () AS person, person_id FROM (SELECT DISTINCT person_id FROM identifier);
    CREATE OR REPLACE TEMP TABLE held AS
    WITH cut AS (
        SELECT identifier_type, identifier, valid_from AS day FROM identifier
        UNION SELECT identifier_type, identifier, valid_to FROM identifier WHERE valid_to IS NOT NULL),
    stretch AS (
        SELECT identifier_type, identifier, day AS held_from,
               lead(day) OVER (PARTITION BY identifier_type, identifier ORDER BY day) AS held_to
        FROM cut),
    holder AS (
        SELECT s.identifier_type, s.identifier, held_from, held_to, person, coalesce(is_decided, false) AS is_decided
        FROM stretch s JOIN identifier i ON i.identifier_type = s.identifier_type AND i.identifier = s.identifier
             AND i.valid_from <= held_from AND (i.valid_to IS NULL OR held_from < i.valid_to)
        JOIN person_key USING (person_id)),
    standing AS (
        SELECT * FROM holder
        QUALIFY is_decided OR NOT bool_or(is_decided) OVER (PARTITION BY identifier_type, identifier, held_from))
    SELECT identifier_type, identifier, held_from, held_to, min(person) AS person, count(DISTINCT person) AS people
    FROM standing GROUP BY ALL
"""

# A resource that arrived before its log was split off was sent to the whole, and counts there: whether the row on the
# part is a copy or the only one, nobody counts for both and nobody is lost.
_MOVED = """
    CREATE OR REPLACE TEMP TABLE moved AS
    WITH RECURSIVE parts AS (
        SELECT split.*, incident_id, opened_on FROM split JOIN numbered ON number = part),
    step AS (
        SELECT deployment_id, at_scene_at, parts.opened_on, whole AS number
        FROM deployment JOIN parts USING (incident_id) WHERE attended AND at_scene_at < parts.opened_at
        UNION ALL
        SELECT deployment_id, at_scene_at, opened_on, whole
        FROM step JOIN split ON part = number WHERE at_scene_at < split.opened_at)
    SELECT deployment_id, opened_on, event
    FROM step JOIN event_of USING (number)
    ANTI JOIN split ON part = number AND at_scene_at < split.opened_at
"""

# Deployments that attended, with their part: stated, first, during or later than the first arrival.
_ATTENDED = """
    CREATE OR REPLACE TEMP TABLE attended AS
    WITH sent AS (
        SELECT deployment_id, incident_id, event, opened_on, callsign, at_scene_at, at_scene_on, role_code, d.known_on
        FROM deployment d JOIN possible_incident USING (incident_id) ANTI JOIN moved USING (deployment_id)
        WHERE attended
        UNION ALL
        SELECT deployment_id, incident_id, event, opened_on, callsign, at_scene_at, at_scene_on, role_code, d.known_on
        FROM deployment d JOIN moved USING (deployment_id) SEMI JOIN event USING (event)),
    arrived AS (
        SELECT * FROM sent
        LEFT JOIN (SELECT event, min(at_scene_at) AS first_at FROM sent GROUP BY event) USING (event))
    SELECT deployment_id, incident_id, event, opened_on, callsign, at_scene_at, at_scene_on, known_on,
           CASE WHEN coalesce(role_code, '') <> '' THEN role_code
                WHEN at_scene_at IS NULL THEN 'attended_during'
                WHEN at_scene_at = first_at THEN 'first_at_scene'
                WHEN at_scene_at > first_at + to_minutes(?) THEN 'attended_later'
                ELSE 'attended_during' END AS role
    FROM arrived
"""

# Crews are joined by callsign and day before times are compared: over five years a callsign is used by hundreds.
_CLAIM = f"""
    CREATE OR REPLACE TEMP TABLE claim AS
    WITH booked AS (
        SELECT callsign, identifier_type, identifier, booked_on_at, booked_off_at, known_on,
               booked_on_at::DATE AS shift_day FROM crew
        WHERE booked_on_at IS NOT NULL AND booked_off_at IS NOT NULL AND callsign <> ''),
    shift AS (
        SELECT * FROM booked
        UNION ALL
        SELECT * REPLACE (shift_day + unnest(range(1, booked_off_at::DATE - shift_day + 1))::INT AS shift_day)
        FROM booked WHERE booked_off_at::DATE > shift_day),
    said AS (
        SELECT i.identifier_type, i.identifier, coalesce(d.at_scene_on, i.happened_on, d.opened_on) AS happened_on,
               d.incident_id, d.event, d.role, i.evidence AS how,
               d.callsign, greatest(i.known_on, d.known_on) AS known_on, d.deployment_id
        FROM involvement i JOIN attended d USING (deployment_id) WHERE i.deployment_id <> ''
        UNION ALL
        SELECT i.identifier_type, i.identifier, coalesce(i.happened_on, l.opened_on),
               i.incident_id, l.event, i.role_code, i.evidence, NULL, i.known_on, NULL
        FROM involvement i JOIN possible_incident l USING (incident_id) WHERE coalesce(i.deployment_id, '') = ''
        UNION ALL
        SELECT c.identifier_type, c.identifier, d.at_scene_on, d.incident_id, d.event, d.role,
               'crew_from_duty', d.callsign, greatest(c.known_on, d.known_on), d.deployment_id
        FROM attended d JOIN shift c ON c.callsign = d.callsign AND c.shift_day = d.at_scene_at::DATE
             AND c.booked_on_at <= d.at_scene_at AND d.at_scene_at < c.booked_off_at),
    corrected AS (
        SELECT DISTINCT person, event FROM correction JOIN person_key USING (person_id)
        JOIN possible_incident USING (incident_id))
    SELECT h.person, coalesce(people, 0) AS people, s.event, role, role_index, weight, happened_on, how,
           incident_id, callsign, deployment_id, known_on,
           c.person IS NOT NULL AND how IS DISTINCT FROM 'decided_by_steward' AS is_corrected,
           CASE WHEN people = 1 THEN NULL ELSE s.identifier_type END AS identifier_type,
           CASE WHEN people = 1 THEN NULL ELSE s.identifier END AS identifier,
           CASE counting WHEN 'event' THEN 0
                         WHEN 'session' THEN happened_on - {_DAY_ZERO}
                         ELSE (role_index + 1) * {ROLE_STEP} + (happened_on - {_DAY_ZERO}) END AS occasion
    FROM said s LEFT JOIN role_key USING (role)
    LEFT JOIN held h ON h.identifier_type = s.identifier_type AND h.identifier = s.identifier
         AND held_from <= happened_on AND (held_to IS NULL OR happened_on < held_to)
    LEFT JOIN corrected c ON c.person = h.person AND c.event = s.event
"""
