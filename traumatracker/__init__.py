"""Counts who was exposed to what, from what a police force already records."""

from importlib.metadata import version

__version__ = version("traumatracker")
