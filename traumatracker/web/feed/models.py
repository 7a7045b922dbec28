"""Who may send live messages, and which of them were not taken. What was taken is `intake.models.InboxMessage`."""

from django.db import models
from django.utils import timezone


class FeedToken(models.Model):
    """One secret with which one source may send messages of one profile; of the secret only its hash is kept.

    A source may have two at once, while it changes from one to the other. `last_used_at` is kept to the minute.
    """

    profile = models.CharField(max_length=50)
    source = models.CharField(max_length=50)
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)


class FeedRefusal(models.Model):
    """One message that was not taken, and why: only ever added to, so that every message sent can be accounted for.

    `key`: the source's own incident reference, or "" where it may not be said or cannot be read. `place`: a JSON
    Pointer of names of the schema. Nothing of the message is kept, save the `rows` of a `conflict`, for whoever
    settles it.
    """

    profile = models.CharField(max_length=50)
    source = models.CharField(max_length=50)
    key = models.CharField(max_length=200, blank=True)
    version = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=50)
    place = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    rows = models.JSONField(default=dict)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=["profile", "reason", "id"], name="refusals_by_reason"),)
