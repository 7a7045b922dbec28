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
