from django.apps import AppConfig


class ExposureConfig(AppConfig):
    name = "traumatracker.web.exposure"
    label = "exposure"
