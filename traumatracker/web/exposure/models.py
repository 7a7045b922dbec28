"""Exposures as last computed, questions left open, and what people said was not right.

Exposures and questions can be dropped and computed again; a dispute cannot, so it refers to an exposure by its
key, which stays the same when the exposure is changed or withdrawn.
"""

from django.db import models
from django.utils import timezone

from traumatracker.web.intake.models import Run
from traumatracker.web.people.models import Person, Unit

DISPUTE_KINDS = ("not_there", "wrong_part", "missing")
CHANGE_KINDS = ("changed", "withdrawn")


class Finding(models.Model):
    """What exposures and questions share.

    `event_id`: the first incident of the event, or "material" for a day of viewing material; also in `reasons`.
    `reasons`: event_id, occasion, roles, tags, codes, source_records, evidence, links.
    A million rows are written at a first load, so there is no index that nobody asks by: of teams and runs, and of
    people alone, whom the index of people and days serves.
    """

    key = models.CharField(max_length=400, unique=True)
    event_id = models.CharField(max_length=250, db_index=True, default="")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", db_index=False)
    exposed_on = models.DateField()
    known_on = models.DateField()
    category = models.CharField(max_length=50)
    role = models.CharField(max_length=50)
    rule = models.CharField(max_length=100)
    team = models.ForeignKey(Unit, models.SET_NULL, null=True, related_name="+", db_index=False)
    pack = models.CharField(max_length=100)
    reasons = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    first_run = models.ForeignKey(Run, models.PROTECT, related_name="+", db_index=False)
    last_run = models.ForeignKey(Run, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Exposure(Finding):
    """One person's part in one event. Weights and points are integer ten-thousandths, except the category's."""

    category_weight = models.IntegerField()
    role_weight = models.IntegerField()
    points = models.IntegerField()

    class Meta:
        indexes = (models.Index(fields=["person", "exposed_on"], name="exposure_person_on"),)


class OpenQuestion(Finding):
    """A rule that started but lacked its evidence: in no window and no count of exposures."""

    class Meta:
        indexes = (models.Index(fields=["person", "exposed_on"], name="question_person_on"),)


class ExposureChange(models.Model):
    """The fact that a run changed or withdrew an exposure."""

    key = models.CharField(max_length=400)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in CHANGE_KINDS])
    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=["person", "at"], name="change_person_at"),)


class LiveTouched(models.Model):
    """An event that live has written since the newest refresh read the messages: what the refresh must not undo.

    `message`: the last one known to live when it wrote; `step`: counts the writings of live; `run`: the finished run
    whose files live stood on. A refresh forgets those that it has covered itself.
    """

    profile = models.CharField(max_length=50)
    event_id = models.CharField(max_length=250)
    message = models.BigIntegerField()
    step = models.BigIntegerField()
    run = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["profile", "event_id"], name="touched_once"),)
        indexes = (models.Index(fields=["profile", "step"], name="touched_step"),)


class Dispute(models.Model):
    """Something a person said is not right. Chosen from lists, never free text: nothing of the event is described."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    exposure_key = models.CharField(max_length=400, blank=True)
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in DISPUTE_KINDS])
    said_role = models.CharField(max_length=50, blank=True)
    said_category = models.CharField(max_length=50, blank=True)
    said_on = models.DateField(null=True)
    state = models.CharField(max_length=20, default="received")
    made_at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["person", "made_at"], name="dispute_person_at"),)
