"""Five force-years as the CSV exports of profile `synthetic`, made by DuckDB from hashes: the same on every machine.

7,000 people, 4 million incidents (3.1 million logs, 0.9 million crimes), 9 million involvements (named on a resource,
stated on a crime, or booked on as crew). The shares of codes are those of the force-year (`_force.py`).
"""

from pathlib import Path

import _force
import duckdb

FIRST_DAY, AS_OF = "2021-11-22", "2026-11-21"
DAYS = 1_825
PEOPLE, LOGS, CRIMES, RESOURCES = 7_000, 3_100_000, 900_000, 4_900_000
SHIFTS_IN_TEN_DAYS = 2  # of each person; with those named and those on crimes this comes to nine million

_START = f"TIMESTAMP '{FIRST_DAY}'"
_MINUTES = DAYS * 1_440 - 10_000
_DAY, _AT = "'%d/%m/%Y'", "'%d/%m/%Y %H:%M:%S'"


def write(folder: Path, scale: float = 1.0) -> dict[str, int]:
    """Write the exports, `scale` times as many rows of each (the people stay), and return rows by file."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(folder / "spill")}) as connection:
        connection.execute("SET enable_progress_bar = false")
        for name, query in _queries(scale).items():
            connection.execute(f"COPY ({query}) TO '{folder / name}.csv' (HEADER, DELIMITER ',')")
    rows = {}
    for name in _queries(scale):
        with (folder / f"{name}.csv").open("rb") as file:
            rows[name] = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) - 1
    return rows


def _opened(n: str) -> str:
    return f"({_START} + to_minutes((hash({n}, 'opened') % {_MINUTES})::BIGINT))"


def _at(time: str) -> str:
    return f"strftime({time}, {_AT})"


def _collar(seed: str) -> str:
    return f"lpad((hash({seed}) % {PEOPLE})::VARCHAR, 5, '0')"


def _queries(scale: float) -> dict[str, str]:
    logs, crimes, resources = (int(count * scale) for count in (LOGS, CRIMES, RESOURCES))
    return _logs(logs, resources) | _crimes(crimes, logs) | _people() | _duty(max(1, int(DAYS * scale)))


def _logs(logs: int, resources: int) -> dict[str, str]:
    opened, arrived = _opened("n"), f"({_opened('log')} + to_minutes((hash(n, 'late') % 200)::BIGINT))"
    return {
        "logs": f"""
            SELECT 'U' || n AS Urn, {_at(opened)} AS Call_Date, '' AS Log_Date, {_at(f"{opened} + INTERVAL 5 HOUR")} AS
                   Result_Date, '' AS Closed_Date, {_at(f"{opened} + INTERVAL 6 HOUR")} AS Last_Updated,
                   (1 + hash(n, 'grade') % 4)::VARCHAR AS Grade, {_force._closing("hash(n, 'open')")} AS Type,
                   '' AS Headline, 'B' || n % 90 AS Beat, '' AS Grid_Ref, '' AS Restricted, '' AS Crime_No,
                   '' AS Linked_Urn, '' AS Logged_By, '' AS Proceed_By, '' AS Callers_Name, '' AS Callers_Phone,
                   'words about it' AS Details FROM range({logs}) r(n)""",
        "log_results": f"""
            SELECT 'U' || n AS Urn, 1 AS Seq, {_force._closing("hash(n, 'close')")} AS Result_Code,
                   CASE WHEN hash(n, 'hasq') % 10 < 6 THEN {_force._pick(_force.QUALIFIERS, "hash(n, 'q')")} ELSE '' END
                   AS Qualifier,
                   CASE WHEN hash(n, 'hasf') % 20 = 0 THEN list_extract(['CHILD', 'FATAL', 'SUSPSUIC', 'DRUG', 'INJURY',
                   'HOAX'], 1 + (hash(n, 'f') % 6)::INT) ELSE '' END AS Marker, '' AS Description
            FROM range({logs}) r(n)""",
        "log_resources": f"""
            SELECT 'U' || log AS Urn, n AS Row, 'CS' || hash(n, 'cs') % 900 AS CSign, '' AS Sec,
                   {_at(f"{arrived} - INTERVAL 9 MINUTE")} AS Informed_Date, '' AS Proceed_Date,
                   CASE WHEN hash(n, 'att') % 10 < 9 THEN {_at(arrived)} ELSE '' END AS Arrived_Date,
                   '' AS Departed_Date,
                   CASE WHEN hash(n, 'att') % 10 < 9 THEN '' ELSE {_at(arrived)} END AS Not_Proceed_Date,
                   {_collar("n, 'who'")} AS Officer1, '' AS Officer2,
                   CASE WHEN hash(n, 'role') % 50 = 0 THEN 'CORDON' ELSE '' END AS Res_Role,
                   {_at(f"{arrived} + INTERVAL 4 HOUR")} AS Last_Updated
            FROM (SELECT n, hash(n, 'dep') % {logs} AS log FROM range({resources}) r(n))""",
    }


def _crimes(crimes: int, logs: int) -> dict[str, str]:
    log = f"(hash(n, 'log') % {logs})"
    reported = f"({_opened(log)} + INTERVAL 1 HOUR)"
    return {
        "crimes": f"""
            SELECT 'C' || n AS Crime_Number, CASE WHEN hash(n, 'linked') % 10 < 9 THEN 'U' || {log} ELSE '' END AS
                   Incident_Number, {_force._pick(_force.OFFENCES, "hash(n, 'o')")} AS HO_Class, '' AS Court_Code,
                   CASE WHEN hash(n, 'c') % 40 = 0 THEN 'CANCELLED' ELSE 'RECORDED' END AS Status,
                   {_at(reported)} AS Date_Reported, {_at(f"{reported} + INTERVAL 1 HOUR")} AS Date_Recorded,
                   {_at(f"{reported} + INTERVAL 2 HOUR")} AS Last_Updated,
                   CASE WHEN hash(n, 'u18') % 12 = 0 THEN 'Y' ELSE 'N' END AS Victim_Under_18,
                   CASE WHEN hash(n, 'died') % 60 = 0 THEN 'Y' ELSE 'N' END AS Victim_Died, 'N' AS Domestic,
                   '' AS Crime_Location, '' AS MoPI_Group FROM range({crimes}) r(n)""",
        "crime_officers": f"""
            SELECT 'C' || n AS Crime_Number, 1 AS Row, {_collar("n, 'oic'")} AS Collar,
                   CASE WHEN hash(n, 'r') % 60 = 0 THEN 'VICTIM-POL' ELSE 'OIC' END AS Role_Type, 'Y' AS On_Duty,
                   {_at(f"{reported} + INTERVAL 1 HOUR")} AS Recorded_At FROM range({crimes}) r(n)""",
    }


def _people() -> dict[str, str]:
    everyone = f"range({PEOPLE}) r(n)"
    return {
        "hr_people": f"""
            SELECT 'P' || n AS Hr_Ref, 'Made' AS Forename, 'Up ' || n AS Surname, 'officer' AS Worker_Type,
                   '01/01/2015' AS Start_Date, '' AS Police_Start_Date, '' AS Leave_Date, '' AS Leave_Reason,
                   '' AS Date_Of_Birth, '' AS Email FROM {everyone}""",
        "hr_identifiers": f"""
            SELECT 'P' || n AS Hr_Ref, 'COLLAR' AS Id_Type, lpad(n::VARCHAR, 5, '0') AS Id_Value,
                   '01/01/2015' AS "From", '' AS "To" FROM {everyone}""",
        "hr_units": """
            SELECT 'T' || n AS Unit_Ref, '' AS Parent_Ref, 'Team ' || n AS Name, 'team' AS Kind FROM range(600) r(n)""",
        "hr_postings": f"""
            SELECT 'P' || n AS Hr_Ref, 'T' || n % 600 AS Unit_Ref, 'PC' AS Rank, '' AS Role_Title, 'N' AS Supervisor,
                   '01/01/2020' AS "From", '' AS "To" FROM {everyone}""",
    }


def _duty(days: int) -> dict[str, str]:
    on = f"({_START} + to_days(day::INT) + to_hours(list_extract([7, 14, 22], 1 + (person % 3)::INT)))"
    return {
        "duty_resources": f"""
            SELECT 'CS' || (person + day) % 900 AS Callsign, lpad(person::VARCHAR, 5, '0') AS Collar,
                   {_at(on)} AS Book_On,
                   {_at(f"{on} + INTERVAL 9 HOUR")} AS Book_Off, '' AS Duty_Note
            FROM range({PEOPLE}) p(person), range({days}) d(day)
            WHERE (person + day) % 10 < {SHIFTS_IN_TEN_DAYS}""",
    }
