"""What waits for a data steward: what the sources left unclear, each with its reason, and what became of it."""

from django.db import models
from django.utils import timezone

from traumatracker.web.steward.transitions import KINDS, STATES


class QueueItem(models.Model):
    """One thing to settle. `reference`: the source's own word for it, never a name; `count`: how many rows it is about.

    `about`: what settling it takes, such as days, versions or hashes. `decision`: the key of the rows of the record
    that settled it, "" where none were needed; `decision_version` goes up with every undoing.
    """

    profile = models.CharField(max_length=50)
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in KINDS])
    source = models.CharField(max_length=200)
    reference = models.CharField(max_length=450)
    reason = models.CharField(max_length=100)
    about = models.JSONField(default=dict)
    count = models.IntegerField(default=1)
    first_seen = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=[(state, state) for state in STATES], default="open")
    how = models.CharField(max_length=50, blank=True)
    decision = models.CharField(max_length=50, blank=True)
    decision_version = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["profile", "kind", "source", "reference", "reason"], name="queue_once"),
        )
        indexes = (models.Index(fields=["state", "kind", "-count"], name="queue_state_kind"),)


class QueueStep(models.Model):
    """One step of an item: which office took it, when, from which state to which. Only ever added to."""

    item = models.ForeignKey(QueueItem, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    office = models.CharField(max_length=10)
    event = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    how = models.CharField(max_length=50, blank=True)
