"""What a person decides about who sees their record."""

from uuid import UUID

from traumatracker.access.rules import DataClass, Level
from traumatracker.web import audit
from traumatracker.web.durable import on_disk, turn
from traumatracker.web.people.models import SharingChoice

OFFERED = (Level.FULL, Level.OUT)  # "prompts only" and "private" come with prompts


@on_disk()
def choose_sharing(*, level: str, by: UUID) -> bool:
    """Store the level the person chose for themselves; it holds from the next request on. False: it held already.

    Raises ValueError for a level that is not offered.
    """
    if level not in OFFERED:
        raise ValueError("a sharing level that is not offered")
    turn("person", by)
    newest = SharingChoice.objects.filter(person=by).order_by("-chosen_at", "-id").first()
    if level == (newest.level if newest else Level.FULL):
        return False
    SharingChoice.objects.create(person_id=by, level=level)
    audit.changed([audit.own_change(by, "sharing level chosen", "Who can see my record", DataClass.SHARING)])
    return True
