"""Whether the store holds only what may be shown without real sign-in: data that is made up or published."""

from functools import lru_cache

from traumatracker.errors import BadProfile, CannotRun
from traumatracker.sources.profile import find_profile
from traumatracker.web.intake.reads import profiles_read


def require_made_up_data() -> None:
    """Raise CannotRun if the store holds anything but what a profile declares made up or published.

    Asked at every request, because a refresh may add a force's own records while the pages are being served.
    """
    if not all(map(may_be_shown, profiles_read())):
        raise CannotRun(
            "The store holds records that are neither made up nor published, and anybody could sign in as anyone. "
            "Point TRAUMATRACKER_HOME at a folder of its own for the demonstration."
        )


@lru_cache(maxsize=64)
def may_be_shown(profile_id: str) -> bool:
    """Return whether a profile declares its data made up or published."""
    try:
        return find_profile(profile_id).demonstration
    except BadProfile:
        return False  # a profile that is gone cannot vouch for what it read
