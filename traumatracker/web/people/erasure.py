"""Erasing a person from the casework store: what was computed or chosen goes, that somebody looked stays, nameless."""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from traumatracker.access.rules import Relation
from traumatracker.errors import CannotRun
from traumatracker.record.store import Record
from traumatracker.sources.erasure import Progress, erase, names_of
from traumatracker.sources.intake import accept_cells
from traumatracker.sources.profile import Profile
from traumatracker.sources.rows import arrow_rows
from traumatracker.web import audit
from traumatracker.web.durable import on_disk
from traumatracker.web.feed.models import FeedRefusal
from traumatracker.web.intake import actions
from traumatracker.web.live import inbox
from traumatracker.web.live.supervise import only_worker
from traumatracker.web.people.models import Person
from traumatracker.web.steward.models import QueueItem

NAMELESS = "Erased person"
ITEMS_AT_A_TIME = 500  # in one statement: a store takes no more than so many values. Source: judgement
_PARTS = re.compile(" / |, version | → ")  # what stands between the parts of a queue item's reference
# A row with one of these classes is about the person; any other (an audit, how a job ran) only mentions them.
_ABOUT = ("identity", "exposure", "choice")


def everywhere(profile: Profile, hr_ref: str, home: Path, progress: Progress) -> dict[str, Any]:
    """Erase a person from the record, the inbox, refused messages and the casework store; return counts of each.

    The caller keeps refreshes away. Raises CannotRun while a live worker runs: it holds what it read before, and would
    write it again.
    """
    record = Record(home)
    with ExitStack() as stack:
        try:
            stack.enter_context(only_worker(profile.id, home))
        except CannotRun as busy:
            raise CannotRun(
                "A live worker is running and remembers the person. Stop `serve` or `live` first."
            ) from busy
        for left in (home / "live").glob(f"{profile.id}-*"):  # the tables of a worker that was killed
            shutil.rmtree(left)
        moved = take_inbox(profile, record)
        names = names_of(profile, record, hr_ref)
        told = erase(profile, record, hr_ref, progress)
        told |= {"messages_moved": moved, "refused_messages_emptied": forget_refused(profile, names)}
        told |= {"queue_items_deleted": forget_queue(profile.id, names)}
        return told | {"casework_deleted": erase_casework(hr_ref)}


def take_inbox(profile: Profile, record: Record) -> int:
    """Move every waiting message of a profile into the record, so that nothing of it is left in the inbox.

    Returns how many were moved. Raises CannotRun while a batch is taken. A message given twice is a duplicate, so a
    process killed in between loses and doubles nothing.
    """
    waiting, _ = inbox.waiting(profile.id)
    taken = accept_cells(profile, record, inbox.together(profile, waiting), timezone.now(), "inbox")
    batches = record.of(profile.id).batches()
    actions.held([message.id for message in waiting], taken.batch or (batches[-1]["batch"] if batches else "000000"))
    actions.emptied(profile.id)
    return len(waiting)


def forget_refused(profile: Profile, names: set[str]) -> int:
    """Empty the content kept of refused messages in which any of these names stands; return how many there were."""
    found = [
        refusal.id
        for refusal in FeedRefusal.objects.filter(profile=profile.id).exclude(rows={}).iterator()
        if names & set(_said(profile, refusal.rows))
    ]
    with on_disk():
        FeedRefusal.objects.filter(id__in=found).update(rows={})
    return len(found)


def forget_queue(profile: str, names: set[str]) -> int:
    """Delete what waits or waited for the steward and names the person; return how many items there were.

    `names`: as `names_of` returns them. An item names them by its reference, or by what settled it or was disputed.
    """
    found = [
        item.id
        for item in QueueItem.objects.filter(profile=profile).iterator()
        if names & {*_PARTS.split(item.reference), *_texts(item.about)}
    ]
    with on_disk():
        for start in range(0, len(found), ITEMS_AT_A_TIME):
            QueueItem.objects.filter(id__in=found[start : start + ITEMS_AT_A_TIME]).delete()
    return len(found)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value of JSON; of an entry's key, the parts: the first is the person."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield from value.split("|")


def _said(profile: Profile, rows: dict[str, list[list[str]]]) -> Iterator[str]:
    """Every text that these rows of cells hold, as it stands and as the profile normalises it."""
    tables = {table.name: table for table in profile.tables if table.channel}
    for name, cells in rows.items():
        yield from (cell for row in cells for cell in row)
        if name in tables:
            table, _ = arrow_rows(profile, tables[name], cells, timezone.now())
            yield from (value for row in table.to_pylist() for value in row.values() if isinstance(value, str))


@on_disk()
def erase_casework(hr_ref: str) -> dict[str, int]:
    """Delete what is about the person and leave a nameless row for the audit to point at; return model → rows deleted.

    Empty when the store knows nobody of that reference. A row that only mentions the person (who looked, who decided)
    stays. All of it is one transaction.
    """
    person = Person.objects.filter(hr_ref=hr_ref).first()
    if person is None:
        return {}
    deleted: dict[str, int] = {}
    for model, fields in sorted(_pointing_here().items(), key=lambda item: item[0].__name__):
        rows = sum(model._default_manager.filter(**{field: person}).delete()[0] for field in fields)
        deleted |= {model.__name__: rows} if rows else {}
    person.hr_ref, person.display_name, person.worker_type = f"erased {person.id}", NAMELESS, ""
    person.started_on, person.left_on = None, timezone.localdate()
    person.save()
    purpose, office = "erased from the tracker", Relation.ADMINISTRATOR
    erased = audit.Look(None, person.id, "command line", purpose, "command line", "identity", office, rows=1)
    audit.changed([erased])
    return deleted


def _pointing_here() -> dict[type[models.Model], list[str]]:
    """Return each model whose rows are about a person → its fields that say about whom."""
    found: dict[type[models.Model], list[str]] = {}
    for app in (app for app in apps.get_app_configs() if app.name.startswith("traumatracker.")):
        for model in app.get_models():
            declared: dict[str, Any] = import_module(f"{app.name}.privacy").PRIVACY[model.__name__]
            for field in model._meta.local_fields:
                if field.related_model is Person and declared[field.name].privacy_class in _ABOUT:
                    found.setdefault(model, []).append(field.name)
    return found
