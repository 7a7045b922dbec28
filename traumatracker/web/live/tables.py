"""The canonical rows of one profile as live holds them: those of files as a refresh left them, those of messages as
they come. From them, what a few incidents come to, by the SQL and the engine of a refresh.

`base_<entity>` has what files give, before merging, in an order that lets DuckDB skip most of it; a file of its own
under the home, never written after it is made. `held_<table>` has the rows of messages and decisions, and
`live_<entity>` what those give, with the `scope` each belongs to: temporary, for they change all day.
"""

import shutil
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from traumatracker.engine import small
from traumatracker.engine.pack import Pack
from traumatracker.engine.tables import ENTITIES
from traumatracker.record.sql import quoted
from traumatracker.record.store import Record
from traumatracker.sources import canonical
from traumatracker.sources.profile import Profile, Table
from traumatracker.sources.rows import Cells, arrow_rows
from traumatracker.web import desired

MEMORY_MIB = 600  # what DuckDB may hold before it uses the disk. Source: judgement; a refresh has 1,100 beside it

# By what each entity is looked up. Those without are no business of an event.
_SORTED_BY = {
    "incident": "incident_id", "incident_code": "incident_id", "incident_link": "from_incident_id",
    "deployment": "incident_id", "involvement": "incident_id", "correction": "incident_id",
    "crew": "callsign, booked_on_at", "identifier": "identifier_type, identifier", "person": "person_id",
    "posting": "person_id",
}  # fmt: skip
# Whoever is asked of comes after whoever names them.
_PICKED = {
    "crew": """EXISTS (SELECT 1 FROM deployment d WHERE d.callsign = r.callsign AND r.booked_on_at <= d.at_scene_at
               AND d.at_scene_at < r.booked_off_at)""",
    "identifier": """(identifier_type, identifier) IN (
               SELECT (identifier_type, identifier) FROM involvement UNION
               SELECT (identifier_type, identifier) FROM crew)""",
    "person": "person_id IN (SELECT person_id FROM identifier)",
    "posting": "person_id IN (SELECT person_id FROM identifier)",
}
_LAST = ("crew", "identifier", "person", "posting")


class LiveTables:
    """Everything live knows of one profile. Used by one thread at a time; close it to remove its file."""

    def __init__(self, profile: Profile, record: Record, folder: Path, waiting: Iterable[tuple[Cells, datetime]] = ()):
        """Load what the record holds now and the messages that are not in it yet, each with when it came."""
        self.profile, self.folder = profile, folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        options = {"memory_limit": f"{MEMORY_MIB}MiB", "temp_directory": str(folder / "spill"), "threads": 1}
        self.connection = duckdb.connect(str(folder / "rows.duckdb"), config=options)
        self.channels = [table for table in profile.tables if table.channel]
        self.given = self._given_by(self.channels)
        with record.reading(profile.id):
            self._load(record, waiting)

    def close(self) -> None:
        """Let go of the memory and the file."""
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def take(self, rows: Cells, received_at: datetime) -> set[str]:
        """Take the rows of some messages; returns every incident they touch, and all that those were linked with.

        Rows taken before make no difference. A row that its table's columns cannot read is left out, as in a batch.
        """
        roots = self._hold(rows, received_at)
        tables = [table for table in self.channels if _root(table) in roots]
        given = self._given_by(tables)
        self._begin()
        self._touch(given)
        touched = self._closure()
        for entity in given:
            self._run(f"DELETE FROM live_{entity} WHERE {_MINE}")
            self._run(f"INSERT INTO live_{entity} BY NAME {canonical.raw_sql(tables, entity, with_scope=True)}")
        self._begin()
        self._touch(given)
        return touched | self._ids("node")

    def come_to(self, pack: Pack, incidents: set[str], as_of: date) -> tuple[set[str], list[desired.Desired]]:
        """Return the events that these incidents and all they are linked with may be, and what people have in them.

        Days of viewing material are made of many events, and so not among it: they wait for the next refresh.
        """
        self._begin()
        self.connection.register("asked", pa.table({"id": pa.array(sorted(incidents), pa.string())}))
        self._run("INSERT INTO node SELECT id FROM asked")
        events = self._closure() - {desired.DAY_OF_VIEWING}
        for entity in [*(entity for entity in _SORTED_BY if entity not in _LAST), *_LAST]:
            picked = canonical.merged_sql(entity, f"SELECT * FROM ({self._raw(entity)}) r WHERE {_picked(entity)}")
            self._run(f"CREATE OR REPLACE TEMP TABLE {entity} AS {picked}")
        return events, desired.of_events(self.connection, small.entries(self.connection, pack, as_of))

    def _load(self, record: Record, waiting: Iterable[tuple[Cells, datetime]]) -> None:
        canonical.views(self.connection, self.profile, record, {})
        for entity in ENTITIES:
            order = f" ORDER BY {_SORTED_BY[entity]}" if entity in _SORTED_BY else ""
            self._run(f"CREATE TABLE base_{entity} AS {canonical.raw_sql(self.profile.files, entity)}{order}")
        self._run(
            "CREATE TABLE base_edge AS SELECT from_incident_id AS a, to_incident_id AS b FROM base_incident_link"
            " UNION SELECT to_incident_id, from_incident_id FROM base_incident_link ORDER BY a"
        )
        for table in self.channels:
            rows = record.of(self.profile.id).current_sql(table.name, canonical.kept_columns(table))
            self._run(f"CREATE TEMP TABLE held_{table.name} AS {rows}")
        self._run("CREATE TEMP TABLE scope (root VARCHAR, id VARCHAR)")
        for rows, received_at in waiting:
            self._hold(rows, received_at)
        self._views("")
        for entity in self.given:
            raw = canonical.raw_sql(self.channels, entity, with_scope=True)
            self._run(f"CREATE TEMP TABLE live_{entity} AS {raw}")
        for entity in ENTITIES.keys() - _SORTED_BY.keys():  # the engine asks for them, and no event is made of them
            self._run(f"CREATE TEMP TABLE {entity} AS SELECT * FROM base_{entity} WHERE false")
        self._views("WHERE {key}::VARCHAR IN (SELECT id FROM scope WHERE root = '{root}')")

    def _views(self, where: str) -> None:
        """Let "source_<table>" be the newest rows of messages, of all or of those that `where` picks."""
        for table in self.channels:
            chosen = where.format(key=quoted(table.key[0]), root=_root(table))
            rows = canonical.newest_sql(f"SELECT * FROM held_{table.name} {chosen}")
            if table.whole:
                rows = canonical.whole_sql(rows, table, self.profile.table(table.whole))
            self._run(f"CREATE OR REPLACE TEMP VIEW source_{table.name} AS {rows}")

    def _hold(self, rows: Cells, received_at: datetime) -> set[str]:
        """Keep the rows, and note in `scope` what they belong to; returns the tables whose rows lead them."""
        self._run("CREATE OR REPLACE TEMP TABLE scope (root VARCHAR, id VARCHAR)")
        roots = set()
        for table in self.channels:
            if rows.get(table.name):
                arriving, _ = arrow_rows(self.profile, table, rows[table.name], received_at)
                self.connection.register("arriving", arriving)
                self._run(f"INSERT INTO held_{table.name} BY NAME SELECT * FROM arriving")
                if table.name == _root(table):  # every other row of a message comes with one of these
                    roots.add(table.name)
                    key = quoted(table.key[0])
                    self._run(f"INSERT INTO scope SELECT DISTINCT '{table.name}', {key}::VARCHAR FROM arriving")
                self.connection.unregister("arriving")
        return roots

    def _given_by(self, tables: list[Table]) -> list[str]:
        given = {give.entity for table in tables for give in table.gives}
        return [entity for entity in ENTITIES if entity in given]

    def _begin(self) -> None:
        """Start with no incident touched."""
        self._run("CREATE OR REPLACE TEMP TABLE node (id VARCHAR)")

    def _touch(self, given: list[str]) -> None:
        """Add the incidents that the rows of the scopes name, and those whose people they say something about."""
        named = [(e, name) for e in given for name in ENTITIES[e] if name.endswith("incident_id")]
        parts = [f"SELECT {name} FROM live_{entity} WHERE {_MINE}" for entity, name in named]
        if "identifier" in given:
            raw = {name: self._raw(name) for name in ("involvement", "crew", "deployment")}
            parts.append(f"SELECT * FROM ({_NAMED.format(mine=_MINE, **raw)})")
        self._run("INSERT INTO node SELECT DISTINCT * FROM (" + " UNION ALL ".join(parts) + ") WHERE #1 IS NOT NULL")

    def _closure(self) -> set[str]:
        """Add all that the touched incidents are linked with, near and far; returns them all."""
        live = "SELECT from_incident_id AS a, to_incident_id AS b FROM live_incident_link"
        edges = f"SELECT a, b FROM base_edge UNION ALL {live} UNION ALL SELECT b, a FROM ({live})"
        self._run(
            f"""CREATE OR REPLACE TEMP TABLE closed AS
                WITH RECURSIVE edge AS ({edges}),
                reached(id) AS (SELECT id FROM node UNION SELECT b FROM reached JOIN edge ON a = id)
                SELECT id FROM reached"""
        )
        return self._ids("closed")

    def _ids(self, table: str) -> set[str]:
        return {row[0] for row in self.connection.sql(f"SELECT id FROM {table}").fetchall()}

    def _raw(self, entity: str) -> str:
        """All raw rows of an entity, of files and of messages."""
        rows = f"SELECT * FROM base_{entity}"
        if entity in self.given:
            rows += f" UNION ALL BY NAME SELECT * EXCLUDE scope FROM live_{entity}"
        return rows

    def _run(self, sql: str) -> None:
        self.connection.sql(sql)


_MINE = "scope IN (SELECT root || ':' || id FROM scope)"

# Where somebody with one of these identifiers is named, or was booked on under a callsign that was there.
_NAMED = """
    WITH said AS (SELECT DISTINCT identifier_type, identifier FROM live_identifier WHERE {mine})
    SELECT incident_id FROM ({involvement}) SEMI JOIN said USING (identifier_type, identifier)
    UNION ALL
    SELECT d.incident_id FROM (SELECT * FROM ({crew}) SEMI JOIN said USING (identifier_type, identifier)) c
    JOIN ({deployment}) d ON d.callsign = c.callsign AND booked_on_at <= at_scene_at AND at_scene_at < booked_off_at
"""


def _root(table: Table) -> str:
    """The table whose row leads the rows of a message: the incident's, or the decision's own."""
    return table.whole or table.name


def _picked(entity: str) -> str:
    """What of an entity is needed for the touched incidents, as a condition on `r`."""
    if entity in _PICKED:
        return _PICKED[entity]
    named = [name for name in ENTITIES[entity] if name.endswith("incident_id")]
    return " OR ".join(f"{name} IN (SELECT id FROM closed)" for name in named) or "false"
