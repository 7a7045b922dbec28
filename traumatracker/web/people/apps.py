"""How Django knows this app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Holds people, postings, choices and looks."""

    name = "traumatracker.web.people"
    label = "people"
