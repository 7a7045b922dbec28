"""What a refresh notes about itself and the messages it took: where they are now, and what it stood on."""

import json
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction

from traumatracker.sources.rows import Cells
from traumatracker.web.durable import on_disk, turn
from traumatracker.web.intake.models import Footing, InboxMessage, Run

AT_A_TIME = 1_000  # messages in one transaction, so that a feed is never kept waiting. Source: judgement


def begin_run(profile: str, pack: str, as_of: date) -> Run:
    """Write down that a run begins, and return it."""
    return Run.objects.create(profile=profile, pack=pack, as_of=as_of)


def put(profile: str, channel: str, source: str, key: str, version: int, rows: Cells, known_at: datetime) -> bool:
    """Put one message or decision into the inbox; returns whether it is new. Durable when this returns.

    `rows`: table of the profile → rows of cells as text. The same key and version a second time changes nothing.
    """
    spelled = json.dumps(rows, sort_keys=True, ensure_ascii=False)
    with on_disk():
        turn("inbox", profile)
        _, is_new = InboxMessage.objects.get_or_create(
            profile=profile, channel=channel, key=key, version=version,
            defaults={"source": source, "rows": rows, "known_at": known_at,
                      "content_hash": sha256(spelled.encode()).hexdigest()},
        )  # fmt: skip
    return is_new


def held(messages: list[int], batch: str) -> None:
    """Note that this batch of the record holds these messages; their rows stay until a run has made use of them."""
    for start in range(0, len(messages), AT_A_TIME):
        InboxMessage.objects.filter(id__in=messages[start : start + AT_A_TIME]).update(batch=batch)


def emptied(profile: str) -> int:
    """Empty the rows of every message that the record holds, now that a run has finished; returns how many."""
    count = 0
    while True:
        waiting = InboxMessage.objects.filter(profile=profile).exclude(batch="").exclude(rows={})
        some = list(waiting.order_by("id").values_list("id", flat=True)[:AT_A_TIME])
        count += len(some)
        if not some:
            return count
        InboxMessage.objects.filter(id__in=some).update(rows={})


def stand_on(run: Run, fingerprint: str) -> None:
    """Note what the newest run stood on, now that the store says what it found."""
    with transaction.atomic():
        Footing.objects.all().delete()
        Footing.objects.create(profile=run.profile, fingerprint=fingerprint, run=run)


def stand_on_nothing() -> None:
    """Forget what any run stood on: the store is about to be written."""
    Footing.objects.all().delete()


def footing(profile: str) -> tuple[str, Run] | None:
    """Return what the newest run of all stood on, if it is of this profile and finished; and that run."""
    found = Footing.objects.filter(profile=profile).select_related("run").first()
    return (found.fingerprint, found.run) if found and found.run.state == "done" else None
