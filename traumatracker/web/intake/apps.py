"""How Django knows this app."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Holds runs."""

    name = "traumatracker.web.intake"
    label = "intake"
