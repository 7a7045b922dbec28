"""Databases read in place: only kept columns, nothing written, nothing said of where they are."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, oracle, postgresql

from tests import postgres
from tests.sources.made_up import PROFILE, RECEIVED
from traumatracker.record.store import Record
from traumatracker.sources import databases
from traumatracker.sources.intake import accept
from traumatracker.sources.profile import BadProfile, parse_profile

IN_PLACE = PROFILE.replace('files = ["logs*.csv"]', 'database = "cad"\nquery_table = "dbo.Logs"\noverlap_hours = 24')
IN_PLACE = IN_PLACE.replace("%d/%m/%Y %H:%M:%S", "iso").replace('yes = ["Y"]', 'yes = ["true"]')
IN_PLACE = IN_PLACE.replace('no = ["N"]', 'no = ["false"]')
SETTING = "TRAUMATRACKER_" + "SOURCE_URL_CAD"  # in two pieces: which settings there are is read from the code
profile = parse_profile(IN_PLACE, "tiny")
logs = profile.table("logs")

COLUMNS = ["Urn", "Opened", "Left", "Updated", "Code", "Officer", "Child", "Marker", "Role"]
QUOTED = "SELECT " + ", ".join(f'"{name}"' for name in COLUMNS) + ' FROM dbo."Logs" WHERE "Updated" >= '
SAID = {
    "postgresql": (postgresql.dialect(), QUOTED + '%(Updated_1)s::TIMESTAMP WITHOUT TIME ZONE ORDER BY "Urn"'),
    "oracle": (oracle.dialect(), QUOTED + ':Updated_1 ORDER BY "Urn"'),
    "mssql": (
        mssql.dialect(),
        "SELECT " + ", ".join(f"[{name}]" for name in COLUMNS) + " FROM dbo.[Logs] WHERE [Updated] >= :Updated_1"
        " ORDER BY [Urn]",
    ),
}


@pytest.mark.parametrize("dialect", sorted(SAID))
def test_the_statement_names_the_kept_columns_and_no_other(dialect):
    how, expected = SAID[dialect]
    said = str(databases.statement(logs, RECEIVED.replace(tzinfo=None)).compile(dialect=how))
    assert " ".join(said.split()) == expected


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('database = "cad"', 'database = "postgresql://me@host"'),
        ('version = "Updated"\n', ""),
        ('database = "cad"', 'database = "cad"\nfiles = ["logs.csv"]'),
    ],
)
def test_a_profile_that_says_where_the_database_is_or_contradicts_itself_is_refused(was, now):
    with pytest.raises(BadProfile):
        parse_profile(IN_PLACE.replace(was, now), "tiny")


@pytest.fixture(scope="module")
def address():
    if not postgres.programs():
        pytest.skip(postgres.NOT_HERE)
    with postgres.Server() as server:
        server.create("cad")
        yield f"postgresql+psycopg://postgres@/cad?host={server.folder}"


TABLE = """
CREATE SCHEMA dbo;
CREATE SEQUENCE dbo.counter;
CREATE TABLE dbo."Logs" ("Urn" bigint PRIMARY KEY, "Opened" timestamp, "Left" timestamp, "Updated" timestamp,
  "Code" text, "Officer" text, "Role" text, "Child" boolean, "Marker" text, "Details" text);
CREATE ROLE reader LOGIN;
GRANT USAGE ON SCHEMA dbo TO reader;
GRANT SELECT ("Urn", "Opened", "Left", "Updated", "Code", "Officer", "Role", "Child", "Marker") ON dbo."Logs" TO reader
"""
STAMP = "timestamp '2024-03-01 11:00'"
ROW = f"(timestamp '2024-03-01 10:00', NULL::timestamp, {STAMP}, '4.10', 'PC 0123', 'ATTENDED', true, NULL, 'SECRET')"


def run(address, *statements):
    with sa.create_engine(address, poolclass=sa.NullPool).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def put(address, monkeypatch):
    """An empty table, read by an account that may see the kept columns only; call it with numbers to add rows."""
    run(address, "DROP SCHEMA IF EXISTS dbo CASCADE", "DROP ROLE IF EXISTS reader", *TABLE.split(";"))
    monkeypatch.setenv(SETTING, address.replace("postgres@", "reader@", 1))

    def add(first, last, was="", now=""):
        rows = f"SELECT n, r.* FROM (VALUES {ROW.replace(was, now)}) r, generate_series({first}, {last}) n"
        run(address, f'INSERT INTO dbo."Logs" {rows}')

    return add


def take(tmp_path, using=profile):
    (tmp_path / "exports").mkdir(exist_ok=True)
    taken = accept(using, tmp_path / "exports", Record(tmp_path / "home"), RECEIVED)
    assert taken.rows_read == taken.rows_accepted + taken.rows_quarantined
    return taken


def test_a_database_is_read_by_an_account_that_may_not_even_see_what_is_dropped(put, tmp_path, connection):
    put(1, 25_000)
    put(30_001, 30_001, "PC 0123", "-")
    taken = take(tmp_path)
    assert (taken.rows_read, taken.rows_stored, taken.refused) == (25_001, 25_000, [])
    assert taken.quarantine_reasons == {"placeholder_person": 1}
    held = Record(tmp_path / "home").of("tiny").current(connection, "logs")
    (row,) = held.filter("_key = '7'").project('"Opened", "Code", "Officer", "Child"').fetchall()
    assert row == (datetime(2024, 3, 1, 10), ["4.10"], "0123", True)
    assert not any(b"SECRET" in path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    again = take(tmp_path)
    assert (again.rows_stored, again.duplicates) == (0, again.rows_accepted)


def test_only_what_is_newer_is_read_again_and_everything_after_the_profile_changed(put, tmp_path):
    put(1, 100)
    assert take(tmp_path).rows_read == 100
    put(101, 110, STAMP, "timestamp '2024-03-09 11:00'")
    assert take(tmp_path).rows_read == 110  # the day before the newest is read again
    put(111, 120, STAMP, "timestamp '2024-03-09 12:00'")
    later = take(tmp_path)
    assert (later.rows_read, later.rows_stored) == (20, 10)
    assert take(tmp_path, parse_profile(IN_PLACE + "\n# changed", "tiny")).rows_read == 120


def test_nothing_is_written_even_if_the_account_may(address, put, monkeypatch):
    monkeypatch.setenv(SETTING, address)
    with pytest.raises(sa.exc.DBAPIError, match="read-only"):
        list(databases._read(databases._engine("cad"), sa.text("SELECT nextval('dbo.counter')"), logs))


@pytest.mark.parametrize(
    "elsewhere", ["", "postgresql+psycopg://u:SECRET@127.0.0.1:1/none", "oracle://u:SECRET@h/x", "no address SECRET"]
)
def test_a_database_that_cannot_be_read_is_refused_without_saying_where_it_is(tmp_path, monkeypatch, elsewhere):
    monkeypatch.setenv(SETTING, elsewhere)
    (refused,) = take(tmp_path).refused
    assert refused["reason"] == "unreachable_source"
    assert "SECRET" not in str(refused) and "127.0.0.1" not in str(refused)
