"""Made-up states of the store, small enough to compare whole: what a run may want, and what the store says."""

import json
from datetime import date, timedelta

from hypothesis import strategies as st

from traumatracker.web.desired import EXPOSURE, QUESTION, Desired, PersonRow, PostingRow, UnitRow, finding_of
from traumatracker.web.exposure.models import Exposure, OpenQuestion
from traumatracker.web.intake.models import Run
from traumatracker.web.people.models import Person, Posting, Unit

DAY = date(2026, 3, 1)
PACK = "ptec_aligned@1"
REFS = ("P", "P1", "P10", "P2|x", "é")  # one the beginning of another, one with the separator, one beyond ASCII
UNITS = ("T1", "T2")


def start(profile="synthetic"):
    return Run.objects.create(profile=profile, pack=PACK, as_of=DAY)


def found(ref, event, kind=EXPOSURE, variant=0, team="T1"):
    """Return one finding; another `variant` is the same entry saying something else."""
    row = {
        "kind": kind, "person_id": ref, "event_id": f"cad:{event}", "occasion": "event",
        "exposed_on": DAY - timedelta(days=event), "known_on": DAY, "category": "sudden_death", "role": "scene_guard",
        "roles": ["scene_guard"], "rule": "nsir-313", "team": team, "pack": PACK, "tags": [], "codes": ["NSIR:313"],
        "source_records": [f"cad:{event}"], "evidence": [f"variant {variant}"], "links": [], "category_weight": 4,
        "role_weight": 10_000, "points": 40_000 + variant,
    }  # fmt: skip
    return finding_of(row)


def posted(unit="T1", until=None):
    return PostingRow(unit, "PC", "Response officer", False, DAY - timedelta(days=900), until)


def wanted(ref, findings=(), name="Someone", postings=None):
    """Return all that is wanted of one person, posted to T1 unless the test says otherwise."""
    postings = frozenset({posted()} if postings is None else postings)
    return Desired(ref, PersonRow(name, "officer", DAY, None), postings, list(findings))


def units(name="Response"):
    return [UnitRow("D", "District", "district", None), *(UnitRow(ref, f"{name} {ref}", "team", "D") for ref in UNITS)]


_kinds = st.sampled_from([EXPOSURE, QUESTION])
_findings = st.dictionaries(st.integers(1, 6), st.tuples(_kinds, st.integers(0, 2), st.sampled_from(UNITS)), max_size=5)
_person = st.tuples(
    st.sampled_from(["Someone", "Someone Else"]),
    st.frozensets(st.builds(posted, st.sampled_from(UNITS), st.sampled_from([None, DAY])), max_size=3),
    _findings,
)


@st.composite
def states(draw):
    """Everything one run may want: some people, with any postings and findings."""
    people = draw(st.dictionaries(st.sampled_from(REFS), _person, max_size=len(REFS)))
    return [
        wanted(ref, [found(ref, event, *of) for event, of in sorted(findings.items())], name, postings)
        for ref, (name, postings, findings) in people.items()
    ]


def in_store():
    """Return everything the store says, but for its own numbers and runs."""
    units = Unit.objects.values_list("unit_ref", "name", "kind", "parent__unit_ref")
    postings = Posting.objects.values_list("person__hr_ref", "unit__unit_ref", *PostingRow._fields[1:])
    return {
        "people": set(Person.objects.values_list("hr_ref", *PersonRow._fields)),
        "postings": sorted(postings, key=str),
        "units": set(units),
        EXPOSURE: _found(Exposure, "category_weight", "role_weight", "points"),
        QUESTION: _found(OpenQuestion),
    }


def _found(model, *weights):
    columns = ("person__hr_ref", "key", "exposed_on", "known_on", "category", "role", "rule", "team__unit_ref", "pack")
    rows = model.objects.values_list(*columns, *weights, "content_hash", "reasons")
    return sorted((*row[:-1], in_order(row[-1])) for row in rows)


def in_order(reasons):
    """Reasons as text, whose names stand in the same order whichever database kept them."""
    return json.dumps(reasons, sort_keys=True)
