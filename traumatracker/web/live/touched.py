"""Which events live has written, so that a refresh that began earlier does not take them back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from traumatracker.errors import CannotRun
from traumatracker.record.steps import step
from traumatracker.web.durable import turn
from traumatracker.web.exposure.models import LiveTouched
from traumatracker.web.intake.models import LivePosition, LiveSetAside


class Touched:
    """The events live has written about messages later than those a refresh has read.

    `up_to`: the last message the refresh has read, None where nobody needs to know.
    """

    def __init__(self, profile: str, up_to: int | None):
        self.profile, self.up_to = profile, up_to
        self.events: set[str] = set()
        self._step = 0

    def turn(self) -> None:
        """Let nobody else write findings of this profile until the transaction ends."""
        turn("findings", self.profile)

    def look(self) -> set[str]:
        """Return the events that were touched since the last look, and remember them in `events`."""
        if self.up_to is None:
            return set()
        rows = LiveTouched.objects.filter(profile=self.profile, step__gt=self._step, message__gt=self.up_to)
        newer = dict(rows.values_list("event_id", "step"))
        self._step = max([self._step, *newer.values()])
        self.events |= newer.keys()
        return set(newer)


def position(profile: str) -> LivePosition:
    """Return how far live has come with this profile; at the very beginning where it never ran."""
    return LivePosition.objects.filter(profile=profile).first() or LivePosition(profile=profile)


def touched_before(profile: str, run: int) -> list[str]:
    """Return the events that live wrote standing on the files of an earlier run than `run`."""
    rows = LiveTouched.objects.filter(profile=profile, run__lt=run)
    return list(rows.order_by("event_id").values_list("event_id", flat=True))


def any_left(profile: str) -> bool:
    """Whether live has written any event that no refresh has covered since."""
    return LiveTouched.objects.filter(profile=profile).exists()


def forget(profile: str, up_to: int, step: int) -> None:
    """Forget what a refresh has covered: events of messages it has read, written before its own writing began."""
    LiveTouched.objects.filter(profile=profile, message__lte=up_to, step__lte=step).delete()


@dataclass
class Step:
    """One step of live, written in the transaction that applies it.

    `message`: the last one seen to; `events`: everything it wrote about; `step`: the number of the step before.
    `set_aside`: why the message could not be seen to, "" when it was.
    """

    profile: str
    message: int
    events: Collection[str]
    step: int
    run: int
    as_of: date
    set_aside: str = ""

    def write(self) -> None:
        """Note the step. Raises CannotRun when another worker has made a step meanwhile: only one may."""
        LivePosition.objects.get_or_create(profile=self.profile)
        moved = LivePosition.objects.filter(profile=self.profile, step=self.step).update(
            message=self.message, step=self.step + 1, as_of=self.as_of, at=timezone.now()
        )
        if not moved:
            raise CannotRun("Another live worker sees to this profile. Stop one of the two.")
        fields = {"message": self.message, "step": self.step + 1, "run": self.run, "at": timezone.now()}
        rows = [LiveTouched(profile=self.profile, event_id=event, **fields) for event in self.events]
        LiveTouched.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["profile", "event_id"], update_fields=list(fields)
        )
        if self.set_aside:
            LiveSetAside.objects.create(profile=self.profile, message=self.message, reason=self.set_aside)
        step("commit")
