"""What was read, when, and how it went. Counts only: nothing here is about a person."""

from django.db import models
from django.utils import timezone

STATES = ("running", "done", "failed")


class Run(models.Model):
    """One refresh. `counts` holds what the refresh command prints, as numbers and lists of codes."""

    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    profile = models.CharField(max_length=50)
    pack = models.CharField(max_length=100)
    as_of = models.DateField()
    state = models.CharField(max_length=10, choices=[(state, state) for state in STATES], default="running")
    counts = models.JSONField(default=dict)


class InboxMessage(models.Model):
    """One accepted live message, or one decision of a person about the record: a row of the record from then on.

    `id` is the order of arrival. `rows`: table of the profile → rows of cells as text, in the order of the table's
    columns; emptied once they are held in the record's files (`batch` says by which). Never changed otherwise.
    """

    profile = models.CharField(max_length=50)
    channel = models.CharField(max_length=10)
    source = models.CharField(max_length=50)
    key = models.CharField(max_length=200)
    version = models.BigIntegerField()
    content_hash = models.CharField(max_length=64)
    rows = models.JSONField(default=dict)
    known_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    batch = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["profile", "channel", "key", "version"], name="inbox_once"),)
        indexes = (
            models.Index(fields=["profile", "batch", "id"], name="inbox_waiting"),
            models.Index(fields=["profile", "source", "id"], name="inbox_source"),
        )


class LivePosition(models.Model):
    """How far live has come with a profile's messages. Only a note: what it says is found again from the record.

    `message`: the last one seen to; `step`: how many times live has written; `as_of`: the day up to which it counted.
    """

    profile = models.CharField(max_length=50, unique=True)
    message = models.BigIntegerField(default=0)
    step = models.BigIntegerField(default=0)
    as_of = models.DateField(null=True)
    at = models.DateTimeField(default=timezone.now)


class LiveSetAside(models.Model):
    """A message that live could not see to and left to the next refresh; `reason` is the class of what stopped it."""

    profile = models.CharField(max_length=50)
    message = models.BigIntegerField()
    reason = models.CharField(max_length=100)
    at = models.DateTimeField(default=timezone.now)


class Footing(models.Model):
    """What the newest refresh stood on, as one hash; there is none while a refresh writes, or after one that failed."""

    profile = models.CharField(max_length=50)
    fingerprint = models.CharField(max_length=64)
    run = models.ForeignKey(Run, models.CASCADE, related_name="+")
