"""Names of units: how the force is organised, and nobody in it."""

from traumatracker.web.people.models import Unit


def unit_names() -> dict[str, str]:
    """Return the name of every unit by its reference."""
    return dict(Unit.objects.values_list("unit_ref", "name"))
