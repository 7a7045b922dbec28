"""The same meaning as the engine, written by hand as one DuckDB script for one pack: the bar to be held to.

No signatures and no classifier: every rule is a row, joined to every event that has one of its codes. It gives the
same exposures and questions (person, event, occasion, category, rule, points, team, day) and the same windows; it does
not collect the records, codes, evidence and known days that explain them.
"""

from datetime import date

import duckdb
import pyarrow as pa

from traumatracker.engine.classify import may_count, starts
from traumatracker.engine.pack import Pack
from traumatracker.engine.windows import first_day, five_years_start


def run(connection: duckdb.DuckDBPyConnection, pack: Pack, as_of: date) -> tuple[int, int, int]:
    """Return how many exposures, the sum of their points and how many people have a window."""
    _load_rules(connection, pack)
    connection.execute(_EVENTS)
    connection.execute(_PEOPLE, {"later": pack.later_after_minutes, "as_of": as_of})
    connection.execute(_WINNERS)
    firsts = [*(first_day(as_of, days) for days in pack.windows_days), five_years_start(as_of)]
    sums = ", ".join(
        f"count(*) FILTER (exposed_on >= DATE '{first}'), sum(points) FILTER (exposed_on >= DATE '{first}')"
        for first in firsts
    )
    people = connection.execute(f"SELECT person_id, {sums} FROM hand WHERE is_met GROUP BY person_id").fetchall()
    count, points = connection.execute("SELECT count(*), sum(points) FROM hand WHERE is_met").fetchall()[0]
    return count, int(points), len(people)


def _load_rules(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    used = connection.execute("SELECT DISTINCT code_system || ':' || code FROM incident_code").fetchall()
    order = list(pack.roles)
    rules = [rule for rule in pack.rules if may_count(rule)]
    pairs = [(number, key) for number, rule in enumerate(rules) for (key,) in used if starts(rule, key)]
    out = [(key,) for (key,) in used if any(rule.whole_incident and starts(rule, key) for rule in pack.rules)]
    _table(connection, "starter", {"rule": [p[0] for p in pairs], "key": [p[1] for p in pairs]})
    _table(connection, "excluding", {"key": [p[0] for p in out]})
    columns = {
        "rule": list(range(len(rules))),
        "id": [rule.id for rule in rules],
        "category": [rule.category for rule in rules],
        "weight": [pack.categories[rule.category].weight for rule in rules],
        "is_session": [pack.categories[rule.category].is_session for rule in rules],
        "needs_any": [sorted(rule.needs_any) for rule in rules],
        "needs_all": [sorted(rule.needs_all) for rule in rules],
        "unless_any": [sorted(rule.unless_any) for rule in rules],
        "only_mask": [sum(1 << order.index(role) for role in rule.only_roles) for rule in rules],
        "never": [rule.strength == "conditional" and not (rule.evidence - rule.unless_any or rule.only_roles)
                  for rule in rules],
        "asks": [rule.when_missing == "question" for rule in rules],
    }  # fmt: skip
    _table(connection, "rule", columns)
    roles = list(pack.roles.values())
    _table(connection, "part_role", {"role": order, "bit": list(range(len(order))),
                                     "weight": [role.weight for role in roles],
                                     "counting": [role.counting for role in roles]})  # fmt: skip


def _table(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, list]) -> None:
    lists = {"needs_any", "needs_all", "unless_any"}
    arrays = {
        key: pa.array(values, pa.list_(pa.string())) if key in lists else values for key, values in columns.items()
    }
    connection.register("arriving", pa.table(arrays))
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM arriving")
    connection.unregister("arriving")


_EVENTS = """
CREATE TEMP TABLE live AS
SELECT i.incident_id, opened_on FROM incident i
ANTI JOIN (SELECT incident_id FROM incident_code c JOIN excluding ON key = code_system || ':' || code
           WHERE code_role <> 'opening') gone USING (incident_id)
WHERE NOT is_cancelled;
CREATE TEMP TABLE event_of AS
WITH ends AS (SELECT from_incident_id a, to_incident_id b FROM incident_link
              SEMI JOIN live f ON f.incident_id = from_incident_id SEMI JOIN live t ON t.incident_id = to_incident_id),
     -- every crime names one log and no log is linked to another: one step reaches the whole event
     first AS (SELECT b AS log, least(min(a), b) AS event_id FROM ends GROUP BY b)
SELECT incident_id, coalesce(f.event_id, g.event_id, incident_id) AS event_id
FROM live LEFT JOIN first f ON f.log = incident_id
LEFT JOIN (SELECT a, min(first.event_id) AS event_id FROM ends JOIN first ON log = b GROUP BY a) g ON g.a = incident_id;
CREATE TEMP TABLE event_key AS
SELECT DISTINCT event_id, code_system || ':' || code AS key
FROM incident_code JOIN event_of USING (incident_id)
WHERE code_role <> 'opening'
   OR incident_id NOT IN (SELECT incident_id FROM incident_code WHERE code_role = 'closing');
CREATE TEMP TABLE hit AS
WITH keys AS (SELECT event_id, list(key) AS codes FROM event_key GROUP BY event_id)
SELECT event_id, r.*, NOT never AND list_has_all(codes, needs_all)
       AND (len(needs_any) = 0 OR list_has_any(codes, needs_any)) AS is_met
FROM (SELECT DISTINCT event_id, rule FROM event_key JOIN starter USING (key)) JOIN keys USING (event_id)
JOIN rule r USING (rule)
WHERE NOT list_has_any(codes, unless_any);
"""

_PEOPLE = """
CREATE TEMP TABLE presence AS
WITH sent AS (
    SELECT d.*, event_id, min(at_scene_at) OVER (PARTITION BY event_id) AS first_at
    FROM deployment d JOIN event_of USING (incident_id) SEMI JOIN hit USING (event_id) WHERE attended),
deployed AS (
    SELECT deployment_id, event_id, callsign, at_scene_at, at_scene_on,
           coalesce(role_code, CASE WHEN at_scene_at IS NULL THEN 'attended_during'
                WHEN at_scene_at = first_at THEN 'first_at_scene'
                WHEN at_scene_at > first_at + to_minutes($later) THEN 'attended_later'
                ELSE 'attended_during' END) AS role
    FROM sent),
claims AS (
    SELECT identifier, at_scene_on AS day, event_id, role
    FROM involvement JOIN deployed USING (deployment_id) WHERE deployment_id <> ''
    UNION ALL
    SELECT identifier, coalesce(happened_on, opened_on), event_id, role_code
    FROM involvement JOIN live USING (incident_id) JOIN event_of USING (incident_id) SEMI JOIN hit USING (event_id)
    WHERE deployment_id = ''
    UNION ALL
    SELECT identifier, at_scene_on, event_id, role
    FROM deployed JOIN (SELECT *, booked_on_at::DATE + unnest([0, 1])::INT AS day FROM crew) c
         ON c.callsign = deployed.callsign AND c.day = at_scene_at::DATE
        AND booked_on_at <= at_scene_at AND at_scene_at < booked_off_at)
SELECT person_id, event_id, role, bit, weight, day,
       CASE counting WHEN 'event' THEN 'event' WHEN 'session' THEN 'session:' || day
            ELSE role || ':' || day END AS occasion
FROM claims JOIN part_role USING (role)
JOIN identifier i ON i.identifier = claims.identifier AND valid_from <= day AND (valid_to IS NULL OR day < valid_to)
WHERE day <= $as_of AND weight > 0;
"""

_WINNERS = """
CREATE TEMP TABLE hand AS
WITH part AS (
    SELECT person_id, event_id, occasion, bit_or(1::BIGINT << bit) AS mask, min(day) AS exposed_on
    FROM presence GROUP BY ALL),
combined AS (
    SELECT person_id, event_id, occasion,
           least(12500, max(weight) + ((sum(weight) - max(weight)) * 25 + 50) // 100) AS role_weight
    FROM (SELECT DISTINCT person_id, event_id, occasion, role, weight FROM presence) GROUP BY ALL),
won AS (
    SELECT person_id, event_id, occasion, exposed_on, category, id AS rule, weight, is_met,
           weight * (CASE WHEN is_session THEN 10000 ELSE role_weight END)::BIGINT AS points
    FROM part JOIN combined USING (person_id, event_id, occasion) JOIN hit USING (event_id)
    WHERE (only_mask = 0 OR (only_mask & mask) <> 0) AND (is_met OR asks)
    QUALIFY row_number() OVER (PARTITION BY person_id, event_id, occasion
                               ORDER BY is_met DESC, weight DESC, category, id) = 1),
single AS (
    SELECT * FROM won
    QUALIFY occasion NOT LIKE 'session:%' OR
            row_number() OVER (PARTITION BY person_id, occasion
                               ORDER BY is_met DESC, weight DESC, points DESC, category, rule, event_id) = 1)
SELECT single.*, unit_id AS team
FROM single LEFT JOIN posting p ON p.person_id = single.person_id AND valid_from <= exposed_on
     AND (valid_to IS NULL OR exposed_on < valid_to);
"""
