"""Holding a batch that is not like the others, and letting it go."""

from collections import Counter
from hashlib import sha256
from typing import Any

from django.utils import timezone

from traumatracker.errors import CannotRun
from traumatracker.sources.taken import FileTaken
from traumatracker.web.desk.lateness import REMEMBERED, Sudden, sudden
from traumatracker.web.desk.models import Arrival, DutyCovered, Hold
from traumatracker.web.durable import on_disk
from traumatracker.web.people.models import Person

PEOPLE_AT_A_TIME = 500  # in one transaction, so that pages get in between. Source: judgement
KINDS = {"fall": "fell to", "rise": "rose to"}


class BatchHeld(CannotRun):
    """The batch is held: nothing of it was taken, and the files stay where they are."""


def may_be_taken(profile: str, files: list[FileTaken]) -> None:
    """Let a batch through, or hold it. Called when all its files are read and before any row is kept.

    Raises BatchHeld when a table fell by 90% or rose tenfold against earlier batches and nobody has released it.
    """
    counts = rows_by_table(files)
    history = list(Arrival.objects.filter(profile=profile).order_by("-id").values_list("rows", flat=True)[:REMEMBERED])
    found = sudden(counts, history[::-1])
    if found:
        print_of = _fingerprint(files)
        if not Hold.objects.filter(profile=profile, fingerprint=print_of).exclude(released_at=None).exists():
            raise BatchHeld(_said(found, _hold(profile, print_of, found)))
    if counts and any(counts.values()):
        Arrival.objects.create(profile=profile, rows=counts)


def keep_duty(seen: dict[str, tuple[int, int]]) -> None:
    """Keep how much of each person's duty could be linked: HR reference → shifts, and how many of them were linked.

    Only what changed is written, some people at a time. Whoever is not named any more loses theirs.
    """
    held = {ref: row for ref, *row in DutyCovered.objects.values_list("person__hr_ref", "shifts", "linked")}
    ids = dict(Person.objects.values_list("hr_ref", "id"))
    new = [
        DutyCovered(person_id=ids[ref], shifts=shifts, linked=linked)
        for ref, (shifts, linked) in seen.items()
        if ref in ids and held.get(ref) != [shifts, linked]
    ]
    for start in range(0, len(new), PEOPLE_AT_A_TIME):
        DutyCovered.objects.bulk_create(
            new[start : start + PEOPLE_AT_A_TIME], update_conflicts=True, unique_fields=["person"],
            update_fields=["shifts", "linked"],
        )  # fmt: skip
    gone = [ids[ref] for ref in held if ref not in seen]
    for start in range(0, len(gone), PEOPLE_AT_A_TIME):
        DutyCovered.objects.filter(person__in=gone[start : start + PEOPLE_AT_A_TIME]).delete()


def rows_by_table(files: list[FileTaken]) -> dict[str, int]:
    """Return how many rows each table's files held, new or not."""
    counts: Counter[str] = Counter()
    for file in files:
        counts[file.table] += file.rows_read
    return dict(counts)


@on_disk()
def release(*, hold_id: int, by: str) -> bool:
    """Let a held batch through with the next refresh. `by`: the office or "command". False: nothing to release."""
    standing = Hold.objects.filter(id=hold_id, released_at=None)
    return bool(standing.update(released_at=timezone.now(), released_by=by))


@on_disk()
def _hold(profile: str, fingerprint: str, found: list[Sudden]) -> int:
    tables: list[dict[str, Any]] = [one._asdict() for one in found]
    hold, _ = Hold.objects.get_or_create(profile=profile, fingerprint=fingerprint, defaults={"tables": tables})
    return hold.id


def _fingerprint(files: list[FileTaken]) -> str:
    return sha256("\n".join(sorted(f"{file.table} {file.sha256}" for file in files)).encode()).hexdigest()


def _said(found: list[Sudden], hold_id: int) -> str:
    tables = "; ".join(f"{one.table} {KINDS[one.kind]} {one.rows:,} rows, usual are {one.usual:,}" for one in found)
    return (
        f"This batch is held and nothing of it was taken: {tables}. See whether the export is whole. If it is right, "
        f"release it at the duty desk or with `traumatracker release {hold_id}`, and run the refresh again."
    )
