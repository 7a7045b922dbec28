"""Which offices there are, and why some never will be. Pure."""

from traumatracker.errors import CannotRun

OFFICES = {"steward": "Data steward", "desk": "Duty desk"}
_NEVER = ("professional standards", "psd", "anti-corruption", "vetting", "licensing", "firearms licensing")


def office_called(name: str) -> str:
    """Return an office's word. Raises CannotRun, with the reason, for one that does not or must not exist."""
    word = " ".join(name.lower().replace("_", " ").replace("-", " ").split())
    if any(never.replace("-", " ") in word for never in _NEVER):
        raise CannotRun(
            "There is no office for professional standards, vetting or licensing, and none can be made: what people "
            "went through is kept to look after them, and is never evidence against them."
        )
    if word not in OFFICES:
        raise CannotRun(f"There is no such office. Choose one of: {', '.join(OFFICES)}.")
    return word
