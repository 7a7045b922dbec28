"""The ten invariants that hold after every fault, each a function that returns what it finds wrong.

`check(home)` asks all ten. What an invariant cannot be asked of yet is said where it stands, not left out in silence.
"""

import json
from collections import Counter
from pathlib import Path

from django.apps import apps

from tests.faults import state
from traumatracker.record.quarantine import all_quarantined
from traumatracker.record.store import Record
from traumatracker.sources.feed.reasons import meaning as meaning_in_feed
from traumatracker.sources.profile import find_profile
from traumatracker.sources.reasons import meaning
from traumatracker.web import jobs
from traumatracker.web.audit import verify
from traumatracker.web.exposure.models import Exposure, OpenQuestion
from traumatracker.web.feed.models import FeedRefusal
from traumatracker.web.intake.models import InboxMessage, Run
from traumatracker.web.people.models import AuditEvent


def check(case) -> dict[str, list[str]]:
    """Return the faults by invariant: empty lists where all is well. `case` is a `Case` of conftest.py."""
    return {
        "I1 conservation": conservation(case.home),
        "I2 one live exposure": one_exposure_each(),
        "I3 rebuild": rebuild(case.home),
        "I4 order": [],  # asked by the cases themselves: their end state is compared with the oracle's
        "I5 nothing acknowledged before it is kept": acknowledged(case),
        "I6 nothing waits for ever": nothing_waits(case),
        "I7 nothing disappears": nothing_disappears(case.home),
        "I8 every entry names its formula and inputs": named_inputs(),
        "I9 totals are derived": totals_are_derived(),
        "I10 audit": audit_is_whole(case),
    }


def conservation(home: Path) -> list[str]:
    """I1: of every file, rows read = accepted + set aside, and what is set aside is written down row by row."""
    found = []
    record = Record(home).of(state.PROFILE)
    for batch in record.batches():
        for file in batch["files"]:
            if file["rows_read"] != file["rows_accepted"] + file["rows_quarantined"]:
                found.append(f"batch {batch['batch']}: {file['name']} lost rows")
            if file["rows_quarantined"] != sum(file["quarantine_reasons"].values()):
                found.append(f"batch {batch['batch']}: {file['name']} set rows aside without a reason")
    return found


def one_exposure_each() -> list[str]:
    """I2: one live exposure for each person, event and occasion."""
    found = []
    for model in (Exposure, OpenQuestion):
        keys = Counter(model.objects.values_list("key", flat=True))
        found += [f"{model.__name__} twice" for times in keys.values() if times > 1]
        wrong = [
            key for key, person in model.objects.values_list("key", "person__hr_ref") if key.split("|")[0] != person
        ]
        found += [f"{model.__name__} of somebody else" for _ in wrong]
    return found


def rebuild(home: Path) -> list[str]:
    """I3: built again beside it from the record and the inbox, everything derived is the same, byte for byte."""
    if not Run.objects.filter(state="done").exists():
        return []
    done = jobs.check(state.PROFILE, None, home, lambda *_: None)
    return [] if done["identical"] else [f"rebuilt otherwise: {json.dumps(done, default=str)[:600]}"]


def acknowledged(case) -> list[str]:
    """I5: whatever a sender was told is accepted, superseded or a duplicate is in the inbox or the record's files."""
    kept = set(InboxMessage.objects.values_list("key", "version"))
    return [
        f"told {verdict} and not kept"
        for ref, version, verdict in case.told
        if verdict in ("accepted", "superseded", "duplicate") and (ref, version) not in kept
    ]


def nothing_waits(case) -> list[str]:
    """I6: every accepted message is evaluated or held in files. There is no outbox before there are notices."""
    if any("outbox" in model.__name__.lower() for model in apps.get_models()):
        return ["there is an outbox now: ask that every row of it ends delivered, or set aside with an alarm"]
    return [] if case.waiting() == 0 else [f"{case.waiting()} messages wait"]


def nothing_disappears(home: Path) -> list[str]:
    """I7: every row and message set aside has a reason that people can read."""
    files = {row["reason"] for row in all_quarantined(Record(home).of(state.PROFILE)).to_pylist()}
    messages = set(FeedRefusal.objects.values_list("reason", flat=True))
    said = [(reason, meaning) for reason in sorted(files)] + [(reason, meaning_in_feed) for reason in sorted(messages)]
    return [f"the reason {reason} has no sentence" for reason, say in said if not _sentence(reason, say)]


def _sentence(reason: str, say) -> str:
    try:
        return say(reason).strip()
    except KeyError:
        return ""


def named_inputs() -> list[str]:
    """I8: every exposure names its pack with version, its rule, and the records and codes it was made of."""
    rows = Exposure.objects.values_list("pack", "rule", "reasons", "category_weight", "role_weight")
    return [
        "an exposure without its formula or inputs"
        for pack, rule, reasons, weight, role_weight in rows
        if not ("@" in pack and rule and reasons["source_records"] and reasons["codes"] and weight and role_weight)
    ]


def totals_are_derived() -> list[str]:
    """I9: no model holds a total of anybody's points or exposures that could drift from its rows."""
    words = ("total", "sum", "score", "count")
    return [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("traumatracker.")
        for field in model._meta.get_fields()
        if any(word in field.name.split("_") for word in words) and model not in (Run,) and not _about_nobody(model)
    ]


def _about_nobody(model) -> bool:
    return not any(field.is_relation and field.related_model.__name__ == "Person" for field in model._meta.get_fields())


def audit_is_whole(case) -> list[str]:
    """I10: the audit's chain is whole and guarded, and every look remembered from before still stands as it was."""
    found = verify.verify([])
    now = {row[0]: row for row in AuditEvent.objects.values_list()}
    return [
        *(f"the audit is wrong at event {wrong.at}: {wrong.kind}" for wrong in found.wrong),
        *([] if found.guarded else ["the audit's guards are gone"]),
        *("a look was changed or lost" for row in case.looks if now.get(row[0]) != row),
    ]


def accounted_for(profile_id: str = state.PROFILE) -> set[str]:
    """The tables the checks above look at, so that a test can say they look at something."""
    return {table.name for table in find_profile(profile_id).tables}
