"""Which mode the pages run in: a demonstration over made-up data, or a force's own with real sign-in."""

from django.conf import settings

from traumatracker.errors import CannotRun
from traumatracker.web.signin.config import FORCE, faults

DEMONSTRATION = "demonstration"


def require_mode() -> None:
    """Raise CannotRun unless the pages were told how they run, and everything that needs is set."""
    if settings.MODE == FORCE:
        require_sign_in()
    elif settings.MODE != DEMONSTRATION:
        raise CannotRun(
            "Set TRAUMATRACKER_MODE. With demonstration anybody can be any made-up person, so never point it at a "
            "force's own records; with force people sign in at the force's identity provider."
        )


def require_sign_in() -> None:
    """Raise CannotRun with everything that keeps real sign-in from being safe."""
    found = list(
        faults(
            settings.SIGN_IN,
            https=settings.SESSION_COOKIE_SECURE,
            hosts=settings.ALLOWED_HOSTS,
            secret_key=settings.SECRET_KEY,
        )
    )
    if found:
        raise CannotRun("The pages do not start with TRAUMATRACKER_MODE=force. " + " ".join(found))
