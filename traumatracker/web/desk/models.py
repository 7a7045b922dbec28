"""Batches that are held until a person releases them, what each brought, and how much of a person's duty is seen."""

from django.db import models
from django.utils import timezone

from traumatracker.web.people.models import Person


class Hold(models.Model):
    """A batch that brought far fewer or far more rows than usual: nothing of it is taken until it is released.

    `fingerprint`: of the files' content, so that the very same files pass once they are released, and others do not.
    `tables`: for each sudden table its rows, what is usual, and which way it went.
    """

    profile = models.CharField(max_length=50)
    fingerprint = models.CharField(max_length=64)
    tables = models.JSONField(default=list)
    held_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["profile", "fingerprint"], name="held_once"),)


class Arrival(models.Model):
    """How many rows a refresh read of each table, whether they were new or not: what "usual" is worked out from."""

    profile = models.CharField(max_length=50)
    at = models.DateTimeField(default=timezone.now)
    rows = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["profile", "at"], name="arrival_profile_at"),)


class DutyCovered(models.Model):
    """Of a person's bookings under a callsign in the last 365 days, how many a resource at a scene could be linked to.

    Shown to that person alone. Derived: the next refresh gives it back.
    """

    person = models.OneToOneField(Person, models.CASCADE, related_name="+")
    shifts = models.IntegerField()
    linked = models.IntegerField()
