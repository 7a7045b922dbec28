"""People, where they are posted, what they chose, and who looked at them.

No relation has a way back (`related_name="+"`): from a person nothing can be reached except through the gatekeeper.
"""

import uuid

from django.db import models
from django.utils import timezone

LEVELS = ("full", "prompts", "private", "out")
# What comes through from a source unchanged: as long as the record keeps a text (sources/values.py, LONGEST).
AS_LONG_AS_KEPT = 200


class Person(models.Model):
    """Someone in the HR file, in the reporting tables' own words: `worker_type` is officer, staff and so on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hr_ref = models.CharField(max_length=AS_LONG_AS_KEPT, unique=True)
    display_name = models.CharField(max_length=AS_LONG_AS_KEPT)
    worker_type = models.CharField(max_length=AS_LONG_AS_KEPT, blank=True)
    started_on = models.DateField(null=True)
    left_on = models.DateField(null=True)


class Unit(models.Model):
    """A district, department or team (`kind`)."""

    unit_ref = models.CharField(max_length=AS_LONG_AS_KEPT, unique=True)
    name = models.CharField(max_length=AS_LONG_AS_KEPT)
    kind = models.CharField(max_length=AS_LONG_AS_KEPT)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")


class Posting(models.Model):
    """One person in one unit, `valid_from <= day < valid_to`; an empty `valid_to` means still."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    rank_code = models.CharField(max_length=AS_LONG_AS_KEPT, blank=True)
    role_title = models.CharField(max_length=AS_LONG_AS_KEPT, blank=True)
    is_supervisor = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["unit", "valid_from"], name="posting_unit_from"),
            models.Index(fields=["person", "valid_from"], name="posting_person_from"),
        )


class SharingChoice(models.Model):
    """A level someone chose. Never changed, only followed by a newer one; the newest wins, none means full."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    level = models.CharField(max_length=10, choices=[(level, level) for level in LEVELS])
    chosen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=["person", "chosen_at"], name="sharing_person_at"),)


class AuditEvent(models.Model):
    """One look at one named person, or one change of their record; written by `web.audit` alone.

    `sequence` counts from 1 without gaps and `hash` covers the row and the hash before it. `basis`: by what right;
    `surface`: on which page; `data_class`: at what; `fields` and `rows`: which columns of how many rows. `office`:
    who acted where there is no actor. `subject` is empty only where the event is about the chain itself.
    """

    sequence = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    office = models.CharField(max_length=30, blank=True, default="")
    subject = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    basis = models.CharField(max_length=50)
    purpose = models.CharField(max_length=100)
    surface = models.CharField(max_length=50)
    data_class = models.CharField(max_length=50)
    fields = models.CharField(max_length=300, blank=True, default="")
    rows = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=10, default="shown")
    request = models.CharField(max_length=32, blank=True, default="")
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = (models.Index(fields=["subject", "at"], name="audit_subject_at"),)


class AuditHead(models.Model):
    """The newest event's number and hash, in one row. Whoever appends holds its lock."""

    sequence = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
