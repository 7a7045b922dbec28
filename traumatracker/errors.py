"""Every error raised on purpose, with a sentence for its reader.

Each message says what went wrong, where, and what to do next. None of them ever carries a value of a
person's record: a column name, a file name and a row number are enough to find the place.
"""


class TraumatrackerError(Exception):
    """The parent of every error raised on purpose; the command line prints it and exits with 2."""


class BadPack(TraumatrackerError):
    """A criteria pack that contradicts itself or names something it does not define."""


class BadProfile(TraumatrackerError):
    """A source profile that contradicts itself or names something it does not define."""


class RefusedFile(TraumatrackerError):
    """A file that is not taken at all; `reason` is a stable word for counting, the message is for people."""

    def __init__(self, reason: str, message: str):
        super().__init__(message)
        self.reason = reason


class CannotRun(TraumatrackerError):
    """The job cannot start: a folder, a setting or a mode is missing or refused."""


def unknown_role(role: str, pack: str) -> str:
    """Return the sentence for a role that a source states and the criteria pack does not define."""
    return (
        f"A source states the role {role!r}, which roles.csv of the pack {pack} does not define. "
        "Add it there, or map it in the source profile."
    )
