from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "traumatracker.web.intake"
    label = "intake"
