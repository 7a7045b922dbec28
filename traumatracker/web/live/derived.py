"""Every derived row of the store in one fixed spelling, to compare two stores byte for byte."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from traumatracker.web.desired import PersonRow, PostingRow
from traumatracker.web.exposure.models import Exposure, OpenQuestion
from traumatracker.web.people.models import Person, Posting

_FINDING = (
    "event_id", "person__hr_ref", "exposed_on", "known_on", "category", "role", "rule", "team__unit_ref", "pack",
    "content_hash", "reasons",
)  # fmt: skip
_WEIGHTS = ("category_weight", "role_weight", "points")


def rows(profile: str, people: set[str] | None) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield ((kind, key), row as canonical JSON) of all that runs of this profile derived, and of these people.

    `people`: whose own row and postings are compared, None for everybody's. Whoever left the HR file is kept, and is
    nobody's to derive. The numbers, runs and times of a store are its own and not among it.
    """
    for kind, model, columns in (("exposure", Exposure, (*_FINDING, *_WEIGHTS)), ("question", OpenQuestion, _FINDING)):
        found = model.objects.filter(last_run__profile=profile).order_by("key")  # type: ignore[attr-defined]
        for key, *values in found.values_list("key", *columns).iterator():
            yield (kind, key), _spelled(values)
    for ref, *values in Person.objects.order_by("hr_ref").values_list("hr_ref", *PersonRow._fields).iterator():
        if people is None or ref in people:
            yield ("person", ref), _spelled(values)
    postings = Posting.objects.values_list("person__hr_ref", "unit__unit_ref", *PostingRow._fields[1:])
    told = Counter((ref, _spelled(values)) for ref, *values in postings.iterator())
    for (ref, spelled), times in sorted(told.items()):  # the same posting twice is a row more
        if people is None or ref in people:
            yield ("posting", f"{ref}|{spelled}"), f"{times} of {spelled}"


def _spelled(values: Any) -> str:
    return json.dumps(list(values), default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
