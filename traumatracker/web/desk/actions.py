"""Holding a batch that is not like the others, and letting it go."""

from collections import Counter
from hashlib import sha256
from typing import Any

from django.utils import timezone

from traumatracker.errors import CannotRun
from traumatracker.sources.taken import FileTaken
from traumatracker.web.desk.lateness import REMEMBERED, Sudden, sudden
from traumatracker.web.desk.models import Arrival, Hold
from traumatracker.web.durable import on_disk

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
