"""Batches that are held until a person releases them, and when each source is expected. Counts only, nobody."""

from django.db import models
from django.utils import timezone


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
