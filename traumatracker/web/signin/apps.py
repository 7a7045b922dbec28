"""How Django knows this app."""

from django.apps import AppConfig


class SignInConfig(AppConfig):
    """Holds who may sign in as whom, their sessions and the offices granted."""

    name = "traumatracker.web.signin"
    label = "signin"
