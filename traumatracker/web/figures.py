"""How a template writes a number: `{{ rows|thousands }}`."""

from typing import Any

from django.template import Library

register = Library()


@register.filter
def thousands(value: Any) -> str:
    """Return a whole number with a comma at every third digit, as 475,618; anything that is none as it is."""
    return f"{value:,}" if isinstance(value, int) else f"{value}"
