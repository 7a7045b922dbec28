"""Names of units: how the force is organised, and nobody in it."""

from traumatracker.web.people.models import Unit
from traumatracker.web.people.units import ABOVE, unit_name


def unit_names() -> dict[str, str]:
    """Return the name of every unit by its reference, with the district above it."""
    rows = Unit.objects.annotate(district=ABOVE).values_list("unit_ref", "name", "district")
    return {ref: unit_name(name, district) for ref, name, district in rows}
