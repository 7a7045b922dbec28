"""How a unit is named on a page: two districts may each have a "Response team A", so the district stands with it."""

from django.db.models import Value
from django.db.models.functions import Coalesce

# The district above a posting's unit: two steps up from a team, one from a department.
DISTRICT = Coalesce("unit__parent__parent__name", "unit__parent__name", Value(""))
ABOVE = Coalesce("parent__parent__name", "parent__name", Value(""))  # the same, of a unit itself


def unit_name(name: str, district: str) -> str:
    """Return "Response team A, North Vale", or the name alone where nothing stands above it."""
    return f"{name}, {district}" if district else name
