"""Which mode the pages run in. There is one for now, because real sign-in does not exist yet."""

from django.conf import settings

from traumatracker.errors import CannotRun

DEMONSTRATION = "demonstration"


def require_demonstration() -> None:
    """Raise CannotRun unless the pages were told that they show made-up or published data only."""
    if settings.MODE != DEMONSTRATION:
        raise CannotRun(
            "The pages start in demonstration mode only, because sign-in is a list of made-up people. "
            "Set TRAUMATRACKER_MODE=demonstration, and never point it at a force's own records."
        )
