"""What a person says is not right. Kept beside the entry, which stays as it is."""

from datetime import date
from uuid import UUID

from django.utils import timezone

from traumatracker.access.rules import DataClass
from traumatracker.web import audit
from traumatracker.web.durable import on_disk, turn
from traumatracker.web.exposure.models import Dispute, Exposure
from traumatracker.web.steward.actions import disputed, taken_back


@on_disk()
def dispute_entry(*, entry_id: int, kind: str, by: UUID, role: str = "") -> bool:
    """Keep that the person was not there, or had another part. False when the entry is not theirs.

    A newer word on the same entry replaces the older one, which is kept as taken back.
    """
    if kind not in ("not_there", "wrong_part") or (kind == "wrong_part") != bool(role):
        raise ValueError("a wrong part needs the right part, and nothing else does")
    turn("person", by)
    key = Exposure.objects.filter(id=entry_id, person=by).values_list("key", flat=True).first()
    if key is None:
        return False
    standing = Dispute.objects.filter(person=by, exposure_key=key, taken_back_at=None)
    taken_back(standing.values_list("id", flat=True))
    standing.update(taken_back_at=timezone.now())
    disputed(Dispute.objects.create(person_id=by, exposure_key=key, kind=kind, said_role=role))
    _written_down(by, "said to be not right")
    return True


@on_disk()
def report_missing(*, category: str, on: date, by: UUID, role: str = "") -> None:
    """Keep that an entry of this type on this day is missing. Saying it twice keeps it once."""
    turn("person", by)
    said, is_new = Dispute.objects.get_or_create(
        person_id=by, kind="missing", said_category=category, said_on=on, said_role=role, taken_back_at=None
    )
    if is_new:
        disputed(said)
        _written_down(by, "said to be missing")


@on_disk()
def take_back(*, dispute_id: int, by: UUID) -> str:
    """Take back what the person said and return its kind; that it was said is kept. "" when it is not theirs."""
    turn("person", by)
    standing = Dispute.objects.filter(id=dispute_id, person=by, taken_back_at=None)
    kind = standing.values_list("kind", flat=True).first()
    if not kind:
        return ""
    taken_back([dispute_id])
    standing.update(taken_back_at=timezone.now())
    _written_down(by, "taken back")
    return kind


def _written_down(by: UUID, what: str) -> None:
    audit.changed([audit.own_change(by, what, "This is not right", DataClass.DISPUTES)])
