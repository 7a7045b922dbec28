"""What settles a queue item, takes it back, or sends it to the source; and what keeps the queue as the sources are.

A decision that changes what counts is a row of the record, put into the inbox under the channel "people": whoever
computes next, live or a refresh, finds it there, and it outlives everything derived.
"""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from traumatracker.access.rules import DataClass, Relation
from traumatracker.sources.channels import PEOPLE
from traumatracker.sources.profile import find_profile
from traumatracker.sources.rows import arrow_rows
from traumatracker.web import audit
from traumatracker.web.durable import on_disk, turn
from traumatracker.web.exposure.models import Dispute, Exposure
from traumatracker.web.feed.actions import adding_to_inbox
from traumatracker.web.intake.actions import put
from traumatracker.web.intake.models import Run
from traumatracker.web.packs import pack_of
from traumatracker.web.people.models import Person
from traumatracker.web.steward.decisions import ASKED, Cannot, Rows, rows_of
from traumatracker.web.steward.models import QueueItem, QueueStep
from traumatracker.web.steward.transitions import KINDS, WAYS, after
from traumatracker.web.steward.waiting import Found

STEWARD, ITSELF = "steward", "itself"
AT_A_TIME = 500  # items in one transaction, so that pages get in between. Source: judgement
STANDING, UNDONE = "standing", "undone"
SAID_OF_DISPUTE = {"upheld": "upheld", "not_upheld": "not_upheld", "send_back": "sent_back", "undo": "received"}


def sync(profile: str, found: Iterable[Found], kinds: Collection[str]) -> dict[str, int]:
    """Bring the items of these kinds to what was found: new ones are opened, those that are no longer found go.

    What a steward settled stays settled while it is still found, because a decision takes effect with the next run.
    Returns how many came and went. Running it twice changes nothing.
    """
    wanted = {(one.kind, one.source, one.reference, one.reason): one for one in found}
    mine = QueueItem.objects.filter(profile=profile, kind__in=kinds)
    held = {(item.kind, item.source, item.reference, item.reason): item for item in mine}
    new = [one for name, one in wanted.items() if name not in held]
    for start in range(0, len(new), AT_A_TIME):
        _open(profile, new[start : start + AT_A_TIME])
    came = [item for name, item in held.items() if name in wanted and item.state == "gone"]
    went = [item for name, item in held.items() if name not in wanted and _goes(item)]
    for event, items in (("come", came), ("go", went)):
        for item in items:
            _step(item.id, event, ITSELF)
    for name, item in held.items():
        if name in wanted:
            _seen_again(item, wanted[name])
    return {"came": len(new) + len(came), "went": len(went)}


def disputed(dispute: Dispute) -> None:
    """Put what a person says is not right into the queue. Called in the transaction that keeps it."""
    entry = Exposure.objects.filter(key=dispute.exposure_key).select_related("last_run").first()
    run = entry.last_run if entry else Run.objects.filter(state="done").order_by("-id").first()
    if run is None:
        return  # nothing has ever been read: there are no records to check
    on = entry.exposed_on if entry else dispute.said_on
    about = {"dispute": dispute.id, "exposure_key": dispute.exposure_key, "person": dispute.person.hr_ref,
             "role": dispute.said_role, "recorded_role": entry.role if entry else "", "on": f"{on}",
             "category": entry.category if entry else dispute.said_category, "pack": run.pack}  # fmt: skip
    reference, profile = dispute.exposure_key.partition("|")[2].partition("|")[0] or f"{on}", run.profile
    QueueItem.objects.create(
        profile=profile, kind="dispute", source="a person", reference=f"{reference}, no. {dispute.id}",
        reason=dispute.kind, about=about,
    )  # fmt: skip


def taken_back(dispute_ids: Collection[int]) -> None:
    """Let what people took back leave the queue, unless it is settled. Called in the transaction that takes it back."""
    waiting = QueueItem.objects.filter(kind="dispute", state__in=("open", "sent_back"))
    for item in waiting.filter(about__dispute__in=list(dispute_ids)):
        _step(item.id, "go", ITSELF)


def resolve(*, item_id: int, how: str, answer: dict[str, str]) -> bool:
    """Settle an item in one of the ways of its kind. False where that can no longer be done.

    `answer`: what the way needs, by name (`decisions.NEEDED`). Raises decisions.Cannot with a sentence for the steward
    when something of it is missing or wrong, and ValueError for a way the kind does not have.
    """
    item = QueueItem.objects.get(id=item_id)
    if how not in WAYS[item.kind]:
        raise ValueError("a way of settling that this kind does not have")
    person = answer.get("person", "").strip()
    if person and not Person.objects.filter(hr_ref=person).exists():
        raise Cannot("person", "Nobody of the HR file has this reference. Write it as the HR file does")
    rows = rows_of(item, how, answer)
    _may_be_taken(item, rows)
    with adding_to_inbox(item.profile):
        done = _step(item_id, "resolve", STEWARD, how if how != "owned" else f"owned:{answer.get('note', '')}")
        if done and rows:
            _put(item, uuid.uuid4().hex, 1, rows, STANDING)
        if done and item.kind == "dispute":
            _tell(item, how)
        if done:
            _written_down(item, "settled", rows)
    return done


def send_back(*, item_id: int) -> bool:
    """Give an item back to whoever runs the source, with its reason. False where that can no longer be done."""
    with on_disk():
        item = QueueItem.objects.get(id=item_id)
        done = _step(item_id, "send_back", STEWARD)
        if done and item.kind == "dispute":
            _tell(item, "send_back")
        if done:
            _written_down(item, "sent to the source", {})
    return done


def undo(*, item_id: int) -> bool:
    """Take back what settled an item; its rows of the record get a next version that says so. False: nothing was."""
    item = QueueItem.objects.get(id=item_id)
    with adding_to_inbox(item.profile):
        item.refresh_from_db()
        done = _step(item_id, "undo", STEWARD)
        if done and item.decision:
            _put(item, item.decision, item.decision_version + 1, item.about["rows"], UNDONE)
        if done and item.kind == "dispute":
            _tell(item, "undo")
        if done:
            _written_down(item, "taken back", item.about.get("rows", {}))
    return done


def _open(profile: str, found: list[Found]) -> None:
    with on_disk():
        rows = [QueueItem(profile=profile, **one._asdict()) for one in found]
        QueueItem.objects.bulk_create(rows, ignore_conflicts=True)


def _seen_again(item: QueueItem, found: Found) -> None:
    """Keep the new figures; of a settled one what it was settled by stays, of one taken back only the rows of that.

    An item that waits again must show what is found now: a third version of a row, say, that came meanwhile.
    """
    kept = {"rows": item.about["rows"]} if item.decision else {}
    about = item.about if item.state == "resolved" and item.decision else found.about | kept
    if (item.count, item.about) != (found.count, about):
        QueueItem.objects.filter(id=item.id).update(count=found.count, about=about, last_seen=timezone.now())


def _goes(item: QueueItem) -> bool:
    return item.state in ("open", "sent_back") or (item.state == "resolved" and KINDS[item.kind].goes_when_resolved)


def _step(item_id: int, event: str, office: str, how: str = "") -> bool:
    """Take one step of the table of transitions and keep who took it. False where the table has none."""
    with on_disk():
        turn("queue item", item_id)
        item = QueueItem.objects.get(id=item_id)
        state = after(item.state, event)
        if state is None:
            return False
        kept = how if event == "resolve" else ""
        QueueItem.objects.filter(id=item_id).update(state=state, how=kept, last_seen=timezone.now())
        QueueStep.objects.create(item=item, office=office, event=event, state=state, how=how)
    return True


def _may_be_taken(item: QueueItem, rows: Rows) -> None:
    """Raise Cannot where the record would set a row of the decision aside, and it would count for nothing."""
    profile, now = find_profile(item.profile), timezone.now()
    roles = {row["Role"] for row in rows.get("people_involvements", [])}
    if roles and not roles <= pack_of(item.about["pack"]).roles.keys():
        raise Cannot("role", ASKED["role"])
    for name, cells in _cells(item.profile, "0", 1, rows, STANDING, now).items():
        _, bad = arrow_rows(profile, profile.channel_table(name), cells, now)
        for _, column, _ in bad:
            raise Cannot(column.lower(), f"{column.replace('_', ' ')} cannot be so. Look at it again")


def _cells(profile: str, key: str, version: int, rows: Rows, state: str, now: datetime) -> dict[str, list[list[str]]]:
    """Return the rows of a decision as cells, in the order of each table's columns."""
    tables = {table.name: table for table in find_profile(profile).channel(PEOPLE)}
    own = {"Id": key, "Version": str(version), "Decided_At": f"{now:%Y-%m-%dT%H:%M:%SZ}", "State": state}
    return {
        name: [[(row | own).get(column, "") for column in tables[name].columns] for row in some]
        for name, some in rows.items()
    }


def _put(item: QueueItem, key: str, version: int, rows: Rows, state: str) -> None:
    """Put a decision into the inbox: one message of every row it makes."""
    now = timezone.now()
    put(item.profile, PEOPLE, PEOPLE, key, version, _cells(item.profile, key, version, rows, state, now), now)
    about: dict[str, Any] = item.about | {"rows": rows}  # kept here, because the inbox is emptied into the record
    QueueItem.objects.filter(id=item.id).update(decision=key, decision_version=version, about=about)


def _tell(item: QueueItem, how: str) -> None:
    """Let the person see on their own page what became of it."""
    Dispute.objects.filter(id=item.about["dispute"]).update(state=SAID_OF_DISPUTE[how])


def _written_down(item: QueueItem, what: str, rows: Rows) -> None:
    """Write down that the data steward changed something of whoever the decision names. Last in its transaction."""
    named = {row["Person"] for some in rows.values() for row in some if "Person" in row}
    if item.kind == "dispute":
        named |= {item.about["person"]}
    data_class = DataClass.DISPUTES if item.kind == "dispute" else DataClass.QUEUE
    ids = Person.objects.filter(hr_ref__in=named).order_by("id").values_list("id", flat=True)
    audit.changed(
        audit.Look(None, id, Relation.STEWARD, f"queue item {what}", "Queue", data_class, office=STEWARD, rows=1)
        for id in ids
    )
