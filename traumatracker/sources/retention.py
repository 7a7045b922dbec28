"""Retention: rows about incidents that are over for longer than they may be kept leave the record.

An incident is as old as the latest day any row gives it: opened, attended, or somebody's part in it, so that the
material viewed this year of an old incident is kept with it. Rows that speak of no incident and of no booking (the HR
file, labels of codes) stay.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from traumatracker.record.rewrite import Rewriting, schema_of
from traumatracker.record.sql import scan
from traumatracker.record.store import ProfileRecord, Record
from traumatracker.sources.naming import OF_INCIDENTS, day_sql, gives, spread, value_sql
from traumatracker.sources.profile import Profile, Table

# Years a row is kept after the day it is about. Source: judgement; the five years that are shown, and one in which a
# dispute about the oldest can still be settled.
YEARS = 6

Progress = Callable[[int, int, str], Any]  # tables done, tables, the table at hand


def retain(
    profile: Profile, record: Record, today: date, *, years: int = YEARS, check: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Drop the rows of incidents whose latest day is over `years` years before `today`; with `check` only count them.

    Returns `before` (the first day that is kept, as text), `incidents`, and `rows`: table → rows dropped, those kept
    aside for a conflict included. Raises CannotRun while a batch is taken.
    """
    first = _years_before(today, years)
    with record.taking(profile.id) as held, Rewriting(held) as work:
        incidents = _find(profile, held, work, first)
        rows: dict[str, int] = {}
        for number, table in enumerate(profile.tables):
            if progress:
                progress(number, len(profile.tables), table.name)
            if count := sum(_drop(work, held, table, kind, check=check) for kind in ("parts", "conflicts")):
                rows[table.name] = count
        if not check:
            work.publish(same_content=True)
    return {"before": first.isoformat(), "incidents": incidents, "rows": rows}


def _years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def _find(profile: Profile, held: ProfileRecord, work: Rewriting, first: date) -> int:
    """Make `old` (table, _batch, _seq) of the rows to drop; return how many incidents they are about."""
    work.connection.execute(
        "CREATE TABLE about (source VARCHAR, _batch VARCHAR, _seq BIGINT, incident_id VARCHAR, day DATE)"
    )
    for table, give in gives(profile, (*OF_INCIDENTS, "crew")):
        files = held.parts(table.name) + held.parts(table.name, "conflicts")
        incident = value_sql(table, give.values.get(OF_INCIDENTS.get(give.entity, "")))
        if not files or (give.entity != "crew" and incident is None):
            continue
        rows = spread(table, give, files, set(schema_of(files).names))
        day = day_sql(table, give)
        work.connection.execute(
            f"INSERT INTO about SELECT ?, s._batch, s._seq, {incident or 'NULL'}, {day} FROM {rows} s", [table.name]
        )
    work.connection.execute(_OLD.format(first=f"DATE '{first}'"))
    return int(work.connection.execute("SELECT count(*) FROM old_incident").fetchall()[0][0])


def _drop(work: Rewriting, held: ProfileRecord, table: Table, kind: str, *, check: bool) -> int:
    files = held.parts(table.name, kind)
    if not files:
        return 0
    said = f"SELECT _batch, _seq FROM old WHERE source = '{table.name}'"
    found = f"SELECT count(*) FROM {scan(files)} SEMI JOIN ({said}) USING (_batch, _seq)"
    count = int(work.connection.execute(found).fetchall()[0][0])
    if count and not check:
        kept = f"SELECT * FROM {scan(files)} ANTI JOIN ({said}) USING (_batch, _seq) ORDER BY _batch, _seq"
        work.replace(table.name, kind, files, kept)
    return count


# An incident goes when its latest day is before the first day kept (codes and links have none: they go with it); a row
# goes when all it speaks of goes, and a booking by its own day.
_OLD = """
CREATE TABLE old_incident AS
    SELECT incident_id FROM about WHERE incident_id IS NOT NULL GROUP BY ALL HAVING max(day) < {first};
CREATE TABLE old AS
    SELECT source, _batch, _seq FROM about LEFT JOIN (SELECT incident_id, true AS goes FROM old_incident)
        USING (incident_id)
    GROUP BY ALL HAVING bool_and(coalesce(goes, incident_id IS NULL AND day < {first}));
"""
