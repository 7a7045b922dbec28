"""How Django knows this app."""

from django.apps import AppConfig


class StewardConfig(AppConfig):
    """What waits for a data steward, and what became of it."""

    name = "traumatracker.web.steward"
    label = "steward"
