"""What a way of settling needs to be told, and the rows of the record it makes. Pure: nothing is written here."""

from datetime import date
from typing import Any

from traumatracker.web.desired import DAY_OF_VIEWING
from traumatracker.web.steward.transitions import NOTES

Rows = dict[str, list[dict[str, str]]]  # table of the channel "people" → rows, without Id, Version, time and state

# (kind, way) → what must be answered
NEEDED = {
    ("unmatched", "person"): ("person", "from"),
    ("ambiguous", "person"): ("person", "from"),
    ("conflict", "choose"): ("hash",),
    ("unmapped", "owned"): ("note",),
    ("dispute", "upheld"): (),
}
LINKS = {"same": "same_incident", "not_the_same": "not_the_same"}


class Cannot(Exception):
    """An answer that is missing or wrong; `field` names it, the text is for the steward."""

    def __init__(self, field: str, text: str):
        super().__init__(text)
        self.field = field


ASKED = {
    "person": "Write the HR reference of the person",
    "from": "Write the first day, such as 2026-03-27",
    "hash": "Choose which of them is right",
    "note": "Choose why it stays as it is for now",
    "incident": "Write the reference of the record that bears it out",
    "role": "Choose the part they had",
    "how": "A day of viewing material is made of bookings. Send it back, so that its source puts them right",
}


def rows_of(item: Any, how: str, answer: dict[str, str]) -> Rows:
    """Return the rows that settling `item` this way adds to the record; none where it changes nothing that counts.

    `item`: a queue item. Raises Cannot for the first answer that is missing or wrong.
    """
    for field in NEEDED.get((item.kind, how), ()):
        _asked(answer, field)
    if how == "owned" and answer["note"].strip() not in NOTES:
        raise Cannot("note", ASKED["note"])  # from the list, so that no free text is ever kept
    if how == "person":
        return {"people_identifiers": [_identifier(item, answer)]}
    if how == "choose":
        if answer["hash"] not in item.about["hashes"]:
            raise Cannot("hash", ASKED["hash"])
        about = item.about
        row = {"Table": about["table"], "Key_Sha256": about["key_sha256"], "Row_Version": str(about["version"])}
        return {"people_choices": [row | {"Hash": answer["hash"]}]}
    if item.kind == "doubtful_link":
        return {"people_links": [{"From": item.about["from"], "To": item.about["to"], "Kind": LINKS[how]}]}
    if how == "upheld":
        return _upheld(item, answer)
    return {}


def _identifier(item: Any, answer: dict[str, str]) -> dict[str, str]:
    first = _day(answer, "from")
    row = {"Person": answer["person"].strip(), "Identifier_Type": item.source, "Identifier": item.reference}
    row |= {"From": first.isoformat()}
    if answer.get("to", "").strip():
        last = _day(answer, "to")
        if last <= first:
            raise Cannot("to", "The day on which it ends must be after the first day")
        row["To"] = last.isoformat()
    return row


def is_day_of_viewing(about: dict[str, Any]) -> bool:
    """Whether a dispute is about an entry made of a day's bookings: no one record of it can be corrected."""
    return about.get("exposure_key", "").split("|")[1:2] == [DAY_OF_VIEWING]


def _upheld(item: Any, answer: dict[str, str]) -> Rows:
    """Not there: a correction. The wrong part: a correction and the right part. Missing: the part, on a record."""
    about = item.about
    if is_day_of_viewing(about):
        raise Cannot("how", ASKED["how"])
    person, _, rest = about["exposure_key"].partition("|")
    if item.reason == "not_there":
        return {"people_corrections": [{"Person": person, "Incident": rest.partition("|")[0]}]}
    role = answer.get("role", "").strip() or about["role"]
    if not role:
        raise Cannot("role", ASKED["role"])
    if item.reason == "wrong_part":
        incident, day = rest.partition("|")[0], about["on"]
        corrected = {"people_corrections": [{"Person": person, "Incident": incident}]}
    else:
        person, day = about["person"], about["on"]
        incident, corrected = _asked(answer, "incident"), {}
    return corrected | {"people_involvements": [{"Person": person, "Incident": incident, "Role": role, "On": day}]}


def _asked(answer: dict[str, str], field: str) -> str:
    if not (said := answer.get(field, "").strip()):
        raise Cannot(field, ASKED[field])
    return said


def _day(answer: dict[str, str], field: str) -> date:
    try:
        return date.fromisoformat(_asked(answer, field))
    except ValueError:
        raise Cannot(field, "Write the day as 2026-03-27") from None
