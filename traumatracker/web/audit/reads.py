"""What the verifier reads of the chain: its rows in order, and its head."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Max, Subquery

from traumatracker.web.audit.canonical import CONTENT
from traumatracker.web.audit.chain import HEAD
from traumatracker.web.people.models import AuditEvent, AuditHead

AT_A_TIME = 2000  # rows in memory. Source: judgement; a row is under a kilobyte


class End(NamedTuple):
    """What the head says (None: there is none), and the newest event's number; of one moment."""

    sequence: int | None
    hash: str
    newest: int


def end() -> End:
    """Return where the chain ends, by its head and by its rows."""
    newest = AuditEvent.objects.order_by("-sequence").values("sequence")[:1]
    head = AuditHead.objects.filter(id=HEAD).annotate(newest=Subquery(newest))
    found = head.values_list("sequence", "hash", "newest").first()
    if found is None:
        return End(None, "", newest.values_list("sequence", flat=True).first() or 0)
    return End(found[0], found[1], found[2] or 0)


def rows(after: int, up_to: int) -> Iterator[dict[str, Any]]:
    """Yield every event with a number above `after`, at most `up_to`, in order, with its `hash`."""
    events = AuditEvent.objects.filter(sequence__gt=after, sequence__lte=up_to).order_by("sequence", "id")
    yield from events.values(*CONTENT, "hash").iterator(chunk_size=AT_A_TIME)


def hash_of(sequence: int) -> str:
    """Return the hash of the event of this number, or "" where there is none."""
    return AuditEvent.objects.filter(sequence=sequence).aggregate(hash=Max("hash"))["hash"] or ""
