"""The one clock of the pages, so that a test or a demonstration on older data can say what day it is."""

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def today_at(zone: str) -> date:
    """Return the date in this time zone, or the date set in TRAUMATRACKER_TODAY."""
    return settings.TODAY or timezone.localdate(timezone=ZoneInfo(zone))


def today() -> date:
    """Return the date at the force, or the date set in TRAUMATRACKER_TODAY."""
    return settings.TODAY or timezone.localdate()
