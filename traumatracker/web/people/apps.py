from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "traumatracker.web.people"
    label = "people"
