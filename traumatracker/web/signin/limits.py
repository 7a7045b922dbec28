"""How long a session lasts, and how fresh a sign-in must be for what needs confirming. Pure."""

from datetime import datetime, timedelta

IDLE = timedelta(minutes=15)  # without a page asked for. Source: the security design, section 3.2
ABSOLUTE = timedelta(hours=10)  # from signing in, whatever happens: one long shift. Source: the same
CONFIRMED = timedelta(minutes=5)  # since the provider last asked who it is. Source: judgement
NOTED_EVERY = timedelta(minutes=1)  # a look at a page is written down no more often, so idleness is a minute coarse


def is_over(*, started_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Return whether a session has lasted its time, or nobody was there for too long."""
    return not (started_at <= now < started_at + ABSOLUTE and now < seen_at + IDLE)


def is_confirmed(authenticated_at: datetime | None, now: datetime) -> bool:
    """Return whether the provider asked who it is only just."""
    return authenticated_at is not None and now < authenticated_at + CONFIRMED
