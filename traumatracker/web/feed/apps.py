"""How Django knows this app."""

from django.apps import AppConfig


class FeedConfig(AppConfig):
    """Holds the tokens of live feeds and what was refused of their messages."""

    name = "traumatracker.web.feed"
    label = "feed"
