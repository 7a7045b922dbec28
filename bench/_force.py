"""A force-year for measuring: canonical tables as Parquet, made by DuckDB from hashes, the same on every machine.

Sizes: 7,000 people, 800,000 incidents, 1.8 million involvements (named, stated and crew). About one log in seven
has a code that can count; qualifiers and offences are drawn independently, which is harder than real data.
"""

from pathlib import Path

import duckdb

FIRST_DAY = "2025-11-22"
AS_OF = "2026-11-21"
PEOPLE, LOGS, CRIMES, DEPLOYMENTS = 7_000, 620_000, 180_000, 980_000

# Closing codes and their share in thousands; the rest of the thousand is routine. Source: judgement, so that a
# person has some 30 exposures a year on average, as the published career figures suggest.
CLOSING = {
    "313": 12, "105": 1, "101": 15, "018": 4, "002": 6, "001": 45, "304": 60, "308": 12, "309": 60, "311": 20,
    "320": 4, "322": 2, "104": 1, "303": 1, "509": 4, "506": 20,
}  # fmt: skip
ROUTINE = ["100", "010", "202", "215", "300", "305", "315", "502", "006", "013", "211", "323", "503", "207"]
QUALIFIERS = ["635", "642", "610", "677", "604", "607", "611", "602", "407", "672", "624", "625", "606", "609", "633",
              "626"]  # fmt: skip
OFFENCES = ["30C", "28E", "49", "8N", "8L", "58B", "9A", "105A", "8N", "46", "48", "45", "54", "1", "5D", "19C", "19D",
            "8S", "104", "4.4", "11A", "20A", "36", "62A", "86", "3B"]  # fmt: skip
FLAGS = ["CHILD_INVOLVED", "NO_FATALITY", "SUSPECTED_SUICIDE", "DRUG_RELATED", "INJURY", "HOAX", "VICTIM_DIED"]


def write(folder: Path) -> None:
    """Write one Parquet file for each canonical table."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    for name, query in (_records() | _resources() | _people()).items():
        connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet, COMPRESSION zstd)")


def _pick(values: list[str], seed: str) -> str:
    return f"list_extract({values!r}, 1 + ({seed} % {len(values)})::INT)"


def _closing(seed: str) -> str:
    cases, reached = [], 0
    for code, share in CLOSING.items():
        reached += share
        cases.append(f"WHEN {seed} % 1000 < {reached} THEN '{code}'")
    return f"CASE {' '.join(cases)} ELSE {_pick(ROUTINE, f'({seed} // 1000)')} END"


START = f"TIMESTAMP '{FIRST_DAY}'"
OPENED = f"({START} + to_minutes((hash(n, 'opened') % 525_000)::BIGINT))"
LOG_OF_CRIME = f"(hash(n, 'log') % {LOGS})"
CRIME_DAY = f"({START} + to_minutes((hash({LOG_OF_CRIME}, 'opened') % 525_000)::BIGINT))"


def _records() -> dict[str, str]:
    """Logs and crimes, their codes and the links between them."""
    logs = f"SELECT 'cad:' || n AS incident_id, {OPENED} AS opened_at, n FROM range({LOGS}) r(n)"
    incident = f"""
        SELECT incident_id, 'log' AS kind, opened_at, opened_at::DATE AS opened_on, true AS is_closed,
               false AS is_cancelled, 'B' || n % 90 AS geo_unit, opened_at::DATE AS known_on FROM ({logs})
        UNION ALL SELECT 'rms:' || n, 'occurrence', {CRIME_DAY}, {CRIME_DAY}::DATE, true, hash(n, 'c') % 40 = 0, '',
               {CRIME_DAY}::DATE FROM range({CRIMES}) r(n)"""
    code = f"""
        SELECT 'cad:' || n AS incident_id, 'closing' AS code_role, 'NSIR' AS code_system,
               {_closing("hash(n, 'close')")} AS code, '' AS label FROM range({LOGS}) r(n)
        UNION ALL SELECT 'cad:' || n, 'opening', 'NSIR', {_closing("hash(n, 'open')")}, '' FROM range({LOGS}) r(n)
        UNION ALL SELECT 'cad:' || n, 'qualifier', 'NSIR_QUALIFIER', {_pick(QUALIFIERS, "hash(n, 'q')")}, ''
               FROM range({LOGS}) r(n) WHERE hash(n, 'hasq') % 10 < 6
        UNION ALL SELECT 'cad:' || n, 'flag', 'FLAG', {_pick(FLAGS, "hash(n, 'f')")}, ''
               FROM range({LOGS}) r(n) WHERE hash(n, 'hasf') % 20 = 0
        UNION ALL SELECT 'rms:' || n, 'offence', 'HO_CLASS', {_pick(OFFENCES, "hash(n, 'o')")}, ''
               FROM range({CRIMES}) r(n)"""
    link = f"""
        SELECT 'rms:' || n AS from_incident_id, 'cad:' || {LOG_OF_CRIME} AS to_incident_id,
               'crime_of_log' AS link_kind, false AS is_decided
        FROM range({CRIMES}) r(n) WHERE hash(n, 'linked') % 10 < 9"""
    return {"incident": incident, "incident_code": code, "incident_link": link}


def _resources() -> dict[str, str]:
    """Who was sent, who is named, who was booked on."""
    deployment = f"""
        SELECT 'd' || n AS deployment_id, 'cad:' || log AS incident_id, 'CS' || hash(n, 'cs') % 900 AS callsign,
               hash(n, 'att') % 10 < 9 AS attended,
               CASE WHEN hash(n, 'att') % 10 < 9 THEN arrived END AS at_scene_at,
               CASE WHEN hash(n, 'att') % 10 < 9 THEN arrived::DATE END AS at_scene_on,
               CASE WHEN hash(n, 'role') % 50 = 0 THEN 'scene_guard' END AS role_code, arrived::DATE AS known_on
        FROM (SELECT n, log,
                     {START} + to_minutes((hash(log, 'opened') % 525_000 + hash(n, 'late') % 200)::BIGINT) AS arrived
              FROM (SELECT n, hash(n, 'dep') % {LOGS} AS log FROM range({DEPLOYMENTS}) r(n)))"""
    involvement = f"""
        SELECT incident_id, deployment_id, 'collar' AS identifier_type,
               lpad((hash(deployment_id, 'who') % {PEOPLE})::VARCHAR, 5, '0') AS identifier, NULL::VARCHAR AS role_code,
               'status_at_scene' AS evidence, NULL::DATE AS happened_on, known_on FROM ({deployment})
        UNION ALL SELECT 'rms:' || n, '', 'collar', lpad((hash(n, 'oic') % {PEOPLE})::VARCHAR, 5, '0'),
               CASE WHEN hash(n, 'r') % 60 = 0 THEN 'directly_harmed' WHEN hash(n, 'r') % 20 = 1 THEN 'reviewed_iioc'
                    WHEN hash(n, 'r') % 20 = 2 THEN 'interviewer_victim' ELSE 'oic_investigator' END,
               'rms_role', {CRIME_DAY}::DATE, {CRIME_DAY}::DATE FROM range({CRIMES}) r(n)"""
    crew = f"""
        SELECT 'CS' || (person + day) % 900 AS callsign, 'collar' AS identifier_type,
               lpad(person::VARCHAR, 5, '0') AS identifier, on_at AS booked_on_at,
               on_at + INTERVAL 9 HOUR AS booked_off_at, on_at::DATE AS known_on
        FROM (SELECT person, day, {START} + to_days(day::INT)
                     + to_hours(list_extract([7, 14, 22], 1 + (person % 3)::INT))
                     AS on_at FROM range({PEOPLE}) p(person), range(365) d(day) WHERE (person + day) % 10 < 4)"""
    return {"deployment": deployment, "involvement": involvement, "crew": crew}


def _people() -> dict[str, str]:
    """Who holds which collar number, and where they are posted."""
    identifier = f"""
        SELECT 'P' || n AS person_id, 'collar' AS identifier_type, lpad(n::VARCHAR, 5, '0') AS identifier,
               DATE '2000-01-01' AS valid_from, NULL::DATE AS valid_to, false AS is_decided
        FROM range({PEOPLE}) r(n)"""
    posting = f"""
        SELECT 'P' || n AS person_id, 'T' || n % 600 AS unit_id, 'PC' AS rank_code, '' AS role_title,
               false AS is_supervisor, DATE '2020-01-01' AS valid_from, DATE '2026-05-01' AS valid_to
        FROM range({PEOPLE}) r(n)
        UNION ALL SELECT 'P' || n, 'T' || (n + 7) % 600, 'PC', '', false, DATE '2026-05-01', NULL
        FROM range({PEOPLE}) r(n)"""
    correction = "SELECT '' AS person_id, '' AS incident_id WHERE false"
    return {"identifier": identifier, "posting": posting, "correction": correction}
