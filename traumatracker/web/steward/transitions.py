"""The states of a queue item, the ways between them, and the ways to settle each kind. Pure: all of it is these tables.

`docs/reference/steward.md` draws the first table; a test holds the two together.
"""

from typing import NamedTuple

STATES = ("open", "resolved", "sent_back", "gone")
# (state, what happens) → the state then. "go" and "come" happen by themselves, when a refresh no longer finds it or
# finds it again; the others are a steward's.
TRANSITIONS = {
    ("open", "resolve"): "resolved",
    ("open", "send_back"): "sent_back",
    ("open", "go"): "gone",
    ("resolved", "undo"): "open",
    ("resolved", "go"): "gone",
    ("sent_back", "undo"): "open",
    ("sent_back", "go"): "gone",
    ("gone", "come"): "open",
}


class Kind(NamedTuple):
    """A kind of item in words. `goes_when_resolved`: also a settled one goes when a refresh no longer finds it."""

    name: str
    what: str
    means: str
    goes_when_resolved: bool = False


KINDS = {
    "quarantined": Kind(
        "Rows set aside",
        "Rows of a file were not taken.",
        "Nothing of them counts for anybody until the source sends them right. The other rows of the file were taken.",
    ),
    "conflict": Kind(
        "Two versions of one row",
        "The source sent two rows with the same key and version that say different things.",
        "The one that came first counts until you choose. Both are kept.",
    ),
    "unmapped": Kind(
        "A code nobody has mapped",
        "Incidents carry a code that no rule of the criteria pack mentions.",
        "They are kept, and make no exposure until somebody says what the code means. One missing line can hide a "
        "whole kind of event.",
        goes_when_resolved=True,
    ),
    "unmatched": Kind(
        "A number nobody held",
        "Records name somebody by a number that the HR file gave to nobody on those days.",
        "Whoever it was has entries missing. They are never guessed.",
    ),
    "ambiguous": Kind(
        "A number two people held",
        "Records name somebody by a number that the HR file gave to several people at once.",
        "All of them may have entries missing. They are never guessed.",
    ),
    "doubtful_link": Kind(
        "Perhaps one event",
        "Two records may be about one event, but the sources do not say so clearly.",
        "Until you decide they count as two events.",
    ),
    "dispute": Kind(
        "Somebody says it is not right",
        "A person says that an entry of theirs is wrong, or that one is missing.",
        "Their entries stay as they are until you have checked the records.",
    ),
    "held": Kind(
        "A batch is held",
        "A source brought far fewer or far more rows than it usually does.",
        "The batch is kept and not applied: pages show what they showed before.",
    ),
}

# Kind → way of settling it → what the button says.
WAYS = {
    "quarantined": {"not_needed": "These rows are not needed"},
    "conflict": {"choose": "This one is right"},
    "unmapped": {"owned": "Take it on"},
    "unmatched": {"person": "It was this person", "nobody": "Nobody of this force"},
    "ambiguous": {"person": "It was this person", "nobody": "Nobody of this force"},
    "doubtful_link": {"same": "One event", "not_the_same": "Two events"},
    "dispute": {"upheld": "The records bear it out", "not_upheld": "The records do not bear it out"},
    "held": {"released": "Release it"},
}
# Why an unmapped code may stay so, as words from a list: nothing is told in free text.
NOTES = {
    "asked_pack_owner": "The owner of the criteria has been asked to map it",
    "never_distressing": "It can never be distressing work",
    "test_only": "It is a test code of the source",
}


def after(state: str, event: str) -> str | None:
    """Return the state after `event`, or None where it cannot happen."""
    return TRANSITIONS.get((state, event))
