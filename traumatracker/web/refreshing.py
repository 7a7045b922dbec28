"""One refresh, from what is waiting to what the store says: read, link, evaluate, apply. Started by `jobs`."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from traumatracker.engine import bulk
from traumatracker.engine.covered import covered
from traumatracker.engine.pack import Pack
from traumatracker.record.steps import step
from traumatracker.record.store import Record
from traumatracker.sources import canonical, intake
from traumatracker.sources.profile import Profile
from traumatracker.sources.taken import FileTaken
from traumatracker.web import desired
from traumatracker.web.apply import apply
from traumatracker.web.desk import actions as desk
from traumatracker.web.footing import fingerprint
from traumatracker.web.intake import actions
from traumatracker.web.intake.models import Run
from traumatracker.web.live import inbox, touched
from traumatracker.web.retry import again
from traumatracker.web.steward import actions as steward
from traumatracker.web.steward import waiting
from traumatracker.web.steward.reads import refused_messages

Progress = Callable[[str, int, int | None], Any]  # progress(step, done, total): total None where nobody knows
# What DuckDB may hold before it uses the disk. Source: measured (docs/adr/0067-loads-and-latency.md): with 1,200, five
# force-years peaked at 2,065 MiB, Python and Arrow included; 100 less is meant to bring them under 2 GiB.
MEMORY_MIB = 1_100


@dataclass
class Refresh:
    """One refresh. `rebuilt`: every derived row is written anew. `seconds`: how long each step took."""

    profile: Profile
    pack: Pack
    run: Run
    home: Path
    progress: Progress
    rebuilt: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    def whole(self, folder: Path | None) -> dict[str, Any]:
        """Take what is in the folder (None: nothing) and in the inbox, apply what it comes to, and return the counts.

        Where the newest run stood on the very same and live has written nothing since, the engine is not asked again.
        """
        step("inbox")
        messages, up_to = again(lambda: inbox.waiting(self.profile.id))
        taken = self._read(folder, messages)
        stands_on = fingerprint(self.profile, self.pack, self.run.as_of, Record(self.home))
        found = None if self.rebuilt else again(lambda: self._known(stands_on))
        if found is None:
            position = again(lambda: touched.position(self.profile.id))
            again(actions.stand_on_nothing)
            found = self._found(up_to)
            again(lambda: touched.forget(self.profile.id, up_to, position.step))
        again(lambda: actions.stand_on(self.run, stands_on))
        counts = self._named() | _taken(taken) | found | {inbox.UP_TO: up_to, "seconds": self.seconds}
        self._queue(counts)
        return counts

    def _queue(self, counts: dict[str, Any]) -> None:
        """Bring the data steward's queue to what this run left unclear, but for what the engine did."""
        record = Record(self.home)
        with record.reading(self.profile.id) as held:
            unclear = [*waiting.of_run(counts), *waiting.of_record(self.profile, held)]
        unclear += again(lambda: refused_messages(self.profile.id))
        again(lambda: steward.sync(self.profile.id, unclear, (*waiting.OF_RUN, *waiting.OF_RECORD)))

    def _named(self) -> dict[str, Any]:
        day = self.run.as_of.isoformat()
        return {"run": self.run.id, "profile": self.profile.id, "pack": self.pack.label, "as_of": day}

    def _read(self, folder: Path | None, messages: list[inbox.Message]) -> intake.Taken:
        def told(done: int, total: int, what: str) -> None:
            self.progress("reading (bytes)", done, total)

        record, rows = Record(self.home), inbox.together(self.profile, messages)
        with self._step("read"):
            if folder:

                def check(files: list[FileTaken]) -> None:
                    again(lambda: desk.may_be_taken(self.profile.id, files))

                taken = intake.accept(self.profile, folder, record, self._received_at(), told, rows, check)
            else:
                taken = intake.accept_cells(self.profile, record, rows, self._received_at(), "inbox")
            step("moved")
            # Nothing new stored: a run that was killed just here had stored it.
            held = taken.batch or (record.of(self.profile.id).batches() or [{"batch": "000000"}])[-1]["batch"]
            again(lambda: actions.held([message.id for message in messages], held))
        return taken

    def _received_at(self) -> datetime:
        """Return now; for a run as of a day still to come, the end of that day: its files are then no later than it."""
        zone = ZoneInfo(self.profile.time_zone)
        ends = datetime.combine(self.run.as_of + timedelta(days=1), time_of_day.min, zone)
        now = datetime.now(tz=UTC)
        return ends.astimezone(UTC) if self.run.as_of > now.astimezone(zone).date() else now

    def _known(self, stands_on: str) -> dict[str, Any] | None:
        """Return what the newest run found, if this one cannot find anything else."""
        before = actions.footing(self.profile.id)
        if before is None or before[0] != stands_on or touched.any_left(self.profile.id):
            return None
        counts = before[1].counts
        kept = {name: counts[name] for name in (*_COUNTED, "unmapped_codes", "coverage", "covered", "applied")}
        applied = {name: _unchanged(count) for name, count in counts["applied"].items()}
        return kept | _unchanged(counts) | {"applied": applied}

    def _found(self, up_to: int) -> dict[str, Any]:
        with bulk.connect(self.home / "spill", memory_mib=MEMORY_MIB) as connection:
            with self._step("link"):
                step("link")
                record = Record(self.home)
                with record.reading(self.profile.id):
                    canonical.register(connection, self.profile, record)
            with self._step("evaluate"):
                step("evaluate")
                bulk.build(connection, self.pack, self.run.as_of)
            with self._step("apply"):
                step("apply")
                applied = self._apply(connection, up_to)
            unclear = waiting.of_engine(connection)
            again(lambda: steward.sync(self.profile.id, unclear, waiting.OF_ENGINE))
            seen = covered(connection, self.pack, self.run.as_of)
            duty = {one.person_id: (one.shifts, one.shifts_linked) for one in seen.people}
            again(lambda: desk.keep_duty(duty))
            blind = {"teams": list(map(asdict, seen.teams)), "roles": list(map(asdict, seen.roles))}
            return counted(connection) | {"covered": blind} | applied.pop("exposures") | {"applied": applied}

    def _apply(self, connection: duckdb.DuckDBPyConnection, up_to: int) -> dict[str, Any]:
        total = connection.sql("SELECT count(DISTINCT person_id) FROM person").fetchall()[0][0]
        units, people = desired.units(connection), desired.everyone(connection)

        def told(done: int) -> None:
            self.progress("applying (people)", done, total)

        return apply(units, people, self.run, told, up_to=up_to, rebuilt=self.rebuilt)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self.progress(name, 0, None)
        start = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - start, 3)


def _unchanged(count: dict[str, Any]) -> dict[str, int]:
    """What was new or changed last time, and what was not, is all unchanged now."""
    return {"new": 0, "changed": 0, "withdrawn": 0, "unchanged": count["new"] + count["changed"] + count["unchanged"]}


def _taken(taken: intake.Taken) -> dict[str, Any]:
    return {
        "rows_read": taken.rows_read,
        "rows_accepted": taken.rows_accepted,
        "rows_quarantined": taken.rows_quarantined,
        "quarantine_reasons": taken.quarantine_reasons,
        "quarantined": taken.quarantined,
        "duplicates": taken.duplicates,
        "files_refused": taken.refused,
        "files_ignored": taken.files_ignored,
        "notes": taken.notes,
    }


_COUNTED = {"incidents": "incident", "exposures": "exposure", "open_questions": "question", "people": "person"}


def counted(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Count what the engine found, from the tables that `bulk.build` left."""
    counts: dict[str, Any] = {}
    for name, table in _COUNTED.items():
        what = "DISTINCT person_id" if table == "person" else "*"
        counts[name] = connection.sql(f"SELECT count({what}) FROM {table}").fetchall()[0][0]
    unmapped = [
        {"code_system": one.code_system, "code": one.code, "label": one.label, "count": one.incidents}
        for one in sorted(bulk.unmapped(connection), key=lambda one: (-one.incidents, one.code_system, one.code))
    ]
    return counts | {"unmapped_codes": unmapped, "coverage": asdict(bulk.coverage(connection))}
