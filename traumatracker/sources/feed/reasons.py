"""Why a live message is not taken: stable words for counting, and sentences for whoever sends it.

Values are refused for the same reasons as in files (`sources.reasons`); here is what only a message can get wrong.
"""

from traumatracker.sources.reasons import QUARANTINED

REFUSED = {
    "not_json": "It is not JSON in UTF-8. Send one object, or one on each line as application/x-ndjson.",
    "too_large": "It is longer than a message may be. Send one incident only, without narrative.",
    "too_deep": "It is nested deeper than any message. Compare it with the published schema.",
    "repeated_field": "An object has one field twice, so it does not say which counts. Send each once.",
    "unknown_format": 'It is no version of the format that is known here. Send `"message": 1`.',
    "undeclared_field": "It has a field that no message has; nothing of it is kept. Leave the field out at the source.",
    "wrong_type": "A field holds another kind of value than the schema says. Compare it with the published schema.",
    "too_long": "A text is longer than its field allows. Check that it holds no narrative.",
    "too_many": "A list has more entries than its field allows. Check what fills it.",
    "no_offset": "A time lacks its offset from UTC and could mean two instants. Write it as 2026-11-30T21:15:48+00:00.",
    "bad_time": "A date or time cannot be read, or does not exist. Send it as 2026-11-30T21:15:48+00:00.",
    "bad_number": "A number is not a whole number from 0 to 9007199254740991.",
    "bad_reference": "A link must name the other incident with its system, such as rms:ABC/123.",
    "restricted": "It is restricted: nothing of it is kept, and what was taken before is withheld from this version "
    "on. Nothing to do.",
    "restricted_again": "It restricts a version that was taken before without being restricted. Nothing of it is "
    "kept, but that version still stands. Send it with a higher version to withhold the incident.",
    "conflict": "Another message with the same reference and version says something else. The first counts, this one "
    "is kept aside. Send what is right with a higher version.",
}


def meaning(reason: str) -> str:
    """Return the sentence for a reason: what is wrong, and what to do next. Raises KeyError for an unknown reason."""
    if reason in REFUSED:
        return REFUSED[reason]
    if reason.startswith("unknown_"):
        return "A word is not among those known here. Use one of the schema's, or add it to the profile's [feed]."
    return QUARANTINED[reason]
