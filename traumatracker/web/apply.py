"""Brings the store to what was found, by the difference only: new, changed, withdrawn.

A refresh applies everybody; live applies the events that its messages touch (`apply_events`). All changes of a person
are in one transaction, each transaction is short, and the writer stays away between two of them
(docs/adr/0040-casework-store.md). A killed run leaves whole people behind it, some as before and some as after;
the next run finds the rest. What people decided (sharing, disputes) and the audit are never touched.
"""

import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import nullcontext
from itertools import chain, islice
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from traumatracker.web.desired import (
    COLUMNS,
    EXPOSURE,
    QUESTION,
    TEAM,
    Desired,
    Finding,
    PersonRow,
    PostingRow,
    UnitRow,
)
from traumatracker.web.difference import Held, Plan, Stored, afresh, difference
from traumatracker.web.durable import roomy
from traumatracker.web.exposure.models import Exposure, ExposureChange, OpenQuestion
from traumatracker.web.intake.models import Run
from traumatracker.web.live.touched import Step, Touched
from traumatracker.web.pace import Pace
from traumatracker.web.people.models import Person, Posting, Unit
from traumatracker.web.retry import again, once
from traumatracker.web.statements import delete, insert, prepared, update

MODELS: dict[str, type[Model]] = {EXPOSURE: Exposure, QUESTION: OpenQuestion}
PEOPLE_AT_A_TIME = 100  # read together from the store. Source: judgement; some ten thousand hashes in memory
EVENTS_AT_A_TIME = 500  # named in one query. Source: judgement; SQLite takes 32,766 parameters


def apply(
    units: Iterable[UnitRow],
    people: Iterable[Desired],
    run: Run,
    progress: Callable[[int], Any] = int,
    pace: Pace | None = None,
    *,
    up_to: int | None = None,
    rebuilt: bool = False,
) -> dict[str, dict[str, int]]:
    """Make the store say what `units` and `people` say, and return how much was new, changed, withdrawn, unchanged.

    `people`: each person once, in any order. Whoever it does not name keeps their postings, and loses what earlier
    runs of the same profile found about them; what runs of another profile found stays. `progress` is told how many
    people are done. `up_to`: the last message the run has read; what live wrote about later ones is left as it is,
    None where no message can come. `rebuilt`: write every row anew, whatever is there, and call none of it a change.
    Returns counts under `exposures`, `questions`, `people`, `postings` and `units`.
    Raises ValueError when a person, or a person's exposure, is given twice.
    """
    first = pace is None and not any(model.objects.exists() for model in MODELS.values())
    with roomy() if first else nullcontext():
        pace = pace or (Pace.of_first_load() if first else Pace())
        return _Applying(run, pace, Touched(run.profile, up_to), rebuilt).all(list(units), people, progress)


def apply_events(people: list[Desired], events: Collection[str], run: Run, step: Step) -> dict[str, int]:
    """Make the store say of these events what `people` say, and nothing else; returns how many exposures changed.

    One transaction, together with `step`, which notes how far live has come. `run`: the newest run of the profile,
    whose work this carries on. Returns new, changed, withdrawn and unchanged.
    """
    return _Applying(run, Pace(), Touched(run.profile, None)).events(people, events, step)


class _Applying:
    def __init__(self, run: Run, pace: Pace, touched: Touched, rebuilt: bool = False):
        self.run, self.pace, self.touched = run, pace, touched
        self.difference = afresh if rebuilt else difference
        self.keeps_facts = not rebuilt
        self.own_runs = set(Run.objects.filter(profile=run.profile).values_list("id", flat=True))
        self.counts: dict[str, Counter[str]] = defaultdict(lambda: Counter(dict.fromkeys(_WORDS, 0)))
        self.waiting: list[Plan] = []
        self.waiting_rows = 0
        self.version = 0

    def all(
        self, units: list[UnitRow], people: Iterable[Desired], progress: Callable[[int], Any]
    ) -> dict[str, dict[str, int]]:
        self._write_units(units)
        self.teams = dict(Unit.objects.values_list("unit_ref", "id"))
        self.known = {ref: (key, PersonRow(*row)) for ref, key, *row in _people()}
        self.touched.look()
        met: set[str] = set()
        for group in _some(people, PEOPLE_AT_A_TIME):
            self._compare(group, met)
            progress(len(met))
        for group in _some(self._left_out(met), PEOPLE_AT_A_TIME):
            self._compare(group, met)
        self._flush()
        names = ("exposures", "questions", "people", "postings", "units")
        return {name: dict(self.counts[name]) for name in names}

    def events(self, people: list[Desired], events: Collection[str], step: Step) -> dict[str, int]:
        def work() -> list[Plan]:
            self.touched.turn()
            self.teams = self._teams(people)
            wanted = {one.ref: one.findings for one in people}
            rows = {one.ref: one.row for one in people}  # only of those nobody has met: a refresh may know better
            plans = [
                self.difference(Desired(ref, None if one.row else rows.get(ref), None, wanted.get(ref, [])), one)
                for ref, one in sorted(self._stored_of_events(sorted(events), set(wanted)).items())
            ]
            _run(_written(plans), list(self._statements(plans)))
            step.write()
            return plans

        for plan in once(work):
            self._count(plan)
        return dict(self.counts["exposures"])

    def _teams(self, people: list[Desired]) -> dict[str, int]:
        """Return every unit by reference; one that a refresh is about to write is made by its name alone."""
        held = dict(Unit.objects.values_list("unit_ref", "id"))
        named = {finding.values[TEAM] for one in people for finding in one.findings} - {None}
        for ref in sorted(named - held.keys()):
            held[ref] = Unit.objects.create(unit_ref=ref, name=ref, kind="team").id
        return held

    def _stored_of_events(self, events: list[str], refs: set[str]) -> dict[str, Stored]:
        """Read what the store holds of these events, of these people and whoever else is found in them."""
        ids, found = {}, []
        for kind, model in MODELS.items():
            for names in _some(events, EVENTS_AT_A_TIME):
                rows = model.objects.filter(event_id__in=names).values_list(
                    "person__hr_ref", "person", "key", "content_hash", "last_run", "event_id"
                )
                found += [(kind, *row) for row in rows]
        ids = dict.fromkeys(refs | {ref for _, ref, *_ in found})
        stored = {}
        for names in _some(sorted(ids), EVENTS_AT_A_TIME):
            for ref, key, *row in _people(names):
                stored[ref] = Stored(key, PersonRow(*row))
        stored |= {ref: Stored(uuid.uuid4()) for ref in ids if ref not in stored}
        for kind, ref, _, key, content, run, event in found:
            stored[ref].findings[kind, key] = Held(content, run in self.own_runs, event)
        return stored

    def _compare(self, some: list[Desired], met: set[str]) -> None:
        for desired, stored in zip(some, again(lambda: self._stored(some)), strict=True):
            if desired.ref in met:
                raise ValueError("the same person was given twice")
            met.add(desired.ref)
            plan = self.difference(desired, stored)
            plan.leave_out(self.touched.events)
            if desired != Desired(desired.ref):  # somebody the run did not name is none of its people
                self.counts["people"]["new" if plan.is_new else "unchanged" if plan.row is None else "changed"] += 1
            self._add(plan)

    def _left_out(self, met: set[str]) -> list[Desired]:
        """Return the people with findings in the store whom the run did not name."""
        held = set(chain(*(model.objects.values_list("person", flat=True).distinct() for model in MODELS.values())))
        return [Desired(ref) for ref, (key, _) in sorted(self.known.items()) if key in held and ref not in met]

    def _stored(self, some: list[Desired]) -> list[Stored]:
        """Read what the store holds of these people; the ids of new people are made here."""
        found = [Stored(*self.known.get(one.ref, (uuid.uuid4(), None))) for one in some]
        by_id = {stored.id: stored for stored in found if stored.row is not None}
        columns = ("person", "id", "unit__unit_ref", *PostingRow._fields[1:])
        for person, number, *row in Posting.objects.filter(person__in=by_id).order_by("id").values_list(*columns):
            by_id[person].postings.append((number, PostingRow(*row)))
        for kind, model in MODELS.items():
            rows = model.objects.filter(person__in=by_id).values_list(
                "person", "key", "content_hash", "last_run", "event_id"
            )
            for person, key, content, run, event in rows:
                by_id[person].findings[kind, key] = Held(content, run in self.own_runs, event)
        return found

    def _add(self, plan: Plan) -> None:
        """Let a plan wait for the next transaction, which it does not make longer than it may be."""
        if not plan.rows:
            self._count(plan)
            return
        if self.waiting and self.waiting_rows + plan.rows > self.pace.rows:
            self._flush()
        self.waiting.append(plan)
        self.waiting_rows += plan.rows

    def _flush(self) -> None:
        if not self.waiting:
            return
        plans, self.waiting, self.waiting_rows = self.waiting, [], 0
        statements = list(self._statements(plans))

        def work() -> None:
            """What live has written since the plans were made is newer than they are, and stays."""
            nonlocal statements
            self.touched.turn()
            newer = self.touched.look()
            if newer and [plan for plan in plans if plan.leave_out(newer)]:
                statements = list(self._statements(plans))
            _run(_written(plans), statements)

        self._write(work, sum(plan.rows for plan in plans))
        for plan in plans:
            self._count(plan)

    def _write(self, work: Callable[[], Any], rows: int) -> None:
        """Run `work` in one transaction, learn from how long it took, and stay away for a while."""
        start = 0.0

        def timed() -> None:
            nonlocal start
            start = time.perf_counter()
            work()

        once(timed)
        self.pace.took(rows, time.perf_counter() - start)
        before, self.version = self.version, _version()
        self.pace.rest(others_wrote=before != self.version)

    def _write_units(self, units: list[UnitRow]) -> None:
        """Write new and changed units, parents in a second go. Units are never removed: history points at them."""
        columns = ("unit_ref", "name", "kind", "parent__unit_ref")
        held = {row[0]: UnitRow(*row) for row in Unit.objects.values_list(*columns)}
        new = [unit for unit in units if unit.ref not in held]
        changed = [unit for unit in units if unit.ref in held and held[unit.ref] != unit]
        for some in _some(new, self.pace.rows):
            rows = [Unit(unit_ref=unit.ref, name=unit.name, kind=unit.kind) for unit in some]
            self._write(lambda rows=rows: Unit.objects.bulk_create(rows), len(rows))
        ids = dict(Unit.objects.values_list("unit_ref", "id"))
        for some in _some([*(unit for unit in new if unit.parent), *changed], self.pace.rows):
            rows = [Unit(id=ids[one.ref], name=one.name, kind=one.kind, parent_id=ids.get(one.parent)) for one in some]
            self._write(lambda rows=rows: Unit.objects.bulk_update(rows, ["name", "kind", "parent"]), len(rows))
        self.counts["units"].update(new=len(new), changed=len(changed), unchanged=len(units) - len(new) - len(changed))

    def _statements(self, plans: list[Plan]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
        """Yield SQL and its parameters, made before the transaction begins, in the order in which they must run."""
        ids = {plan.id: prepared(Posting, "person", plan.id) for plan in plans}
        yield delete(Posting, "id"), [(number,) for plan in plans for number in plan.postings_gone]
        yield (
            insert(Posting, ("person_id", "unit_id", *PostingRow._fields[1:])),
            [(ids[p.id], self.teams[row.unit], *row[1:]) for p in plans for row in p.postings_new],
        )
        runs = (self.run.id, self.run.id)
        for kind, model in MODELS.items():
            columns = tuple("team_id" if name == "team" else name for name in COLUMNS[kind])
            gone = [(one.key,) for plan in plans for one in plan.withdrawn if one.kind == kind]
            changed = [one for plan in plans for one in plan.changed if one.kind == kind]
            new = [(ids[plan.id], one) for plan in plans for one in plan.new if one.kind == kind]
            yield delete(model, "key"), gone
            yield (
                update(model, (*columns, "content_hash", "last_run_id")),
                [(*self._values(one), one.content, self.run.id, one.key) for one in changed],
            )
            yield (
                insert(model, ("key", "event_id", "person_id", *columns, *_ADDED)),
                [(one.key, one.event, who, *self._values(one), one.content, *runs) for who, one in new],
            )
        if self.keeps_facts:
            yield self._facts(plans, ids)

    def _facts(self, plans: list[Plan], ids: dict[uuid.UUID, Any]) -> tuple[str, list[tuple[Any, ...]]]:
        """Return the statement that keeps the fact that an exposure was changed or withdrawn."""
        at = prepared(ExposureChange, "at", timezone.now())
        changed = [(p, one.key, "changed") for p in plans for one in p.changed if one.kind == EXPOSURE]
        gone = [(plan, one.key, "withdrawn") for plan in plans for one in plan.withdrawn if one.kind == EXPOSURE]
        rows = [(key, ids[plan.id], kind, self.run.id, at) for plan, key, kind in (*changed, *gone)]
        return insert(ExposureChange, ("key", "person_id", "kind", "run_id", "at")), rows

    def _values(self, finding: Finding) -> tuple[Any, ...]:
        values = finding.values
        return (*values[:TEAM], self.teams.get(values[TEAM]), *values[TEAM + 1 :])

    def _count(self, plan: Plan) -> None:
        for kind, name in ((EXPOSURE, "exposures"), (QUESTION, "questions")):
            count = self.counts[name]
            count["new"] += sum(one.kind == kind for one in plan.new)
            count["changed"] += sum(one.kind == kind for one in plan.changed)
            count["withdrawn"] += sum(one.kind == kind for one in plan.withdrawn)
            count["unchanged"] += plan.unchanged[kind]
        self.counts["postings"].update(
            new=len(plan.postings_new), withdrawn=len(plan.postings_gone), unchanged=plan.postings_kept
        )


_ADDED = ("content_hash", "first_run_id", "last_run_id")
_WORDS = ("new", "changed", "withdrawn", "unchanged")


def _version() -> int:
    """Return a number that changes when another connection has written; always 0 where writers do not queue."""
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA data_version").fetchone()[0]


def _written(plans: list[Plan]) -> list[tuple[bool, Person]]:
    """Return the people whose row is new (true) or changed."""
    rows = ((plan, plan.row) for plan in plans if plan.row is not None)
    return [(plan.is_new, Person(id=plan.id, hr_ref=plan.ref, **row._asdict())) for plan, row in rows]


def _run(people: list[tuple[bool, Person]], statements: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
    Person.objects.bulk_create([person for is_new, person in people if is_new])
    if changed := [person for is_new, person in people if not is_new]:
        Person.objects.bulk_update(changed, PersonRow._fields)
    with connection.cursor() as cursor:
        for sql, rows in statements:
            if rows:
                cursor.executemany(sql, rows)


def _people(refs: list[str] | None = None) -> Iterable[tuple[Any, ...]]:
    """Everybody, or those with these references."""
    chosen = Person.objects.all() if refs is None else Person.objects.filter(hr_ref__in=refs)
    return chosen.values_list("hr_ref", "id", *PersonRow._fields).iterator()


def _some(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    source = iter(rows)
    while some := list(islice(source, size)):
        yield some
