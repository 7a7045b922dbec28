"""How Django knows this app."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """How the sources are: their age, their silence, what is held."""

    name = "traumatracker.web.desk"
    label = "desk"
