"""How Django knows this app."""

from django.apps import AppConfig


class ExposureConfig(AppConfig):
    """Holds exposures, open questions and disputes."""

    name = "traumatracker.web.exposure"
    label = "exposure"
