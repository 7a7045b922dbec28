"""Live beside refreshes, killed workers and other stores: whoever writes when, the end is the same."""

import os
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from tests.live.conftest import AS_OF
from tests.live.made_up import KERRY, LOG, ORLA, Force, decide, incident, send, unit
from traumatracker.engine import bulk
from traumatracker.errors import CannotRun
from traumatracker.web import pace, refreshing
from traumatracker.web.exposure.models import Exposure, ExposureChange, LiveTouched, OpenQuestion
from traumatracker.web.intake.models import Footing, InboxMessage, Run
from traumatracker.web.live import supervise
from traumatracker.web.people.models import Posting

EVENT = f"cad:{LOG}"
EXAMPLES = int(os.environ.get("TRAUMATRACKER_TEST_EXAMPLES", "2"))


def people_of(event=EVENT):
    return sorted(Exposure.objects.filter(event_id=event).values_list("person__hr_ref", flat=True))


def during(monkeypatch, place, what):
    """Let something happen while a refresh evaluates, or between two of its transactions."""
    if place == "evaluate":
        build = bulk.build

        def busy(connection, *words):
            build(connection, *words)
            monkeypatch.setattr(refreshing.bulk, "build", build)  # once; live builds too
            what()

        monkeypatch.setattr(refreshing.bulk, "build", busy)
    else:
        left = [1]
        monkeypatch.setattr(pace, "MOST", 30)
        monkeypatch.setattr(pace.Pace, "rest", lambda *_, **__: left and left.pop() and what())


@pytest.mark.parametrize("place", ["evaluate", "apply"])
def test_what_live_adds_during_a_refresh_is_not_withdrawn(force, monkeypatch, place):
    send(incident(units=[unit(ORLA)]))
    force.live()
    force.as_of = AS_OF.replace(month=1)  # an earlier day, so that the refresh has much to write

    def live():
        send(incident(version=2, units=[unit(ORLA, KERRY)]))
        force.worker.once()
        assert people_of() == ["P004001", "P004002"]

    with monkeypatch.context() as patch:
        during(patch, place, live)
        force.refresh()
    assert people_of() == ["P004001", "P004002"]
    assert LiveTouched.objects.filter(event_id=EVENT).exists()
    force.as_of = AS_OF
    force.refresh()
    assert not LiveTouched.objects.exists()
    assert people_of() == ["P004001", "P004002"]


def test_live_goes_over_what_it_wrote_on_files_that_a_refresh_then_replaced(force, monkeypatch):
    """Files take the second person off; live, standing on the old ones, writes about the same log meanwhile."""
    force.live()
    entry = next(one for one in Exposure.objects.order_by("-key") if one.event_id.startswith("cad:"))
    ref = entry.event_id.removeprefix("cad:")
    resources = force.folder / "log_resources.csv"
    kept = [line for line in resources.read_text("utf-8").splitlines(keepends=True) if not line.startswith(ref)]
    logs = force.folder / "logs.csv"
    header, *lines = logs.read_text("utf-8").splitlines(keepends=True)
    columns = header.lstrip("\ufeff").strip().split(",")
    changed = []
    for line in lines:
        cells = line.rstrip("\r\n").split(",")
        if cells[0] == ref:
            cells[columns.index("Type")], cells[columns.index("Last_Updated")] = "202", "02/03/2026 23:00:00"
        changed.append(",".join(cells) + "\n")
    logs.write_text("".join([header, *changed]), "utf-8")
    resources.write_text("".join(kept), "utf-8")

    def live():
        send(incident(ref=ref, code="", units=[unit(KERRY)]))
        force.worker.once()

    with monkeypatch.context() as patch:
        during(patch, "evaluate", live)
        force.refresh()
    force.live()
    said = force.derived()
    force.refresh()
    assert force.derived() == said


def test_a_worker_that_dies_before_it_wrote_goes_on_where_it_was(force, monkeypatch):
    send(incident(units=[unit(ORLA)]))
    force.live()
    send(incident(version=2, units=[unit(KERRY)]), incident(ref="20260301-9002", units=[unit(ORLA)]))

    def dies(*_):
        raise CannotRun("killed here")

    with monkeypatch.context() as patch, pytest.raises(CannotRun):
        patch.setattr("traumatracker.web.live.touched.Step.write", dies)
        force.live()
    assert people_of() == ["P004001"]
    force.killed()
    force.live()
    assert (people_of(), people_of("cad:20260301-9002")) == (["P004002"], ["P004001"])
    said = force.derived()
    assert force.refresh()["new"] == 0
    assert force.derived() == said


def test_two_workers_of_one_profile_do_not_both_write(force):
    force.live()
    other = Force(force.home, force.folder, force.as_of)
    send(incident(units=[unit(ORLA)]))
    other.live()
    send(incident(version=2, units=[unit(KERRY)]))
    with pytest.raises(CannotRun, match="Another live worker"):
        force.live()
    other.killed()
    with (
        supervise.only_worker("synthetic", force.home),
        pytest.raises(CannotRun, match="One is enough"),
        supervise.only_worker("synthetic", force.home),
    ):
        pass


def test_a_refresh_killed_after_its_batch_moved_loses_and_doubles_nothing(force, monkeypatch):
    send(incident(units=[unit(ORLA)]))

    def killed(name):
        if name == "moved":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(refreshing, "step", killed)
        force.refresh()
    assert InboxMessage.objects.get().batch == ""
    before = force.refresh()
    assert people_of() == ["P004001"]
    assert "conflict" not in before["quarantine_reasons"]
    assert InboxMessage.objects.get().batch


def test_a_refresh_with_nothing_new_does_not_ask_the_engine(force, monkeypatch):
    again = force.refresh()
    assert "evaluate" not in again["seconds"]
    assert again["unchanged"] == again["exposures"] == Exposure.objects.count() > 0
    assert again["run"] == Run.objects.order_by("-id").first().id == Footing.objects.get().run_id
    send(incident(units=[unit(ORLA)]))
    assert "evaluate" in force.refresh()["seconds"]
    force.as_of = AS_OF.replace(day=1)
    assert "evaluate" in force.refresh()["seconds"]
    assert "evaluate" not in force.refresh()["seconds"]


def test_a_refresh_that_failed_leaves_no_footing(force, monkeypatch):
    force.as_of = AS_OF.replace(day=1)
    with monkeypatch.context() as patch, pytest.raises(ValueError, match="stopped"):
        patch.setattr(refreshing, "apply", lambda *_, **__: (_ for _ in ()).throw(ValueError("stopped")))
        force.refresh()
    assert not Footing.objects.exists()
    assert "evaluate" in force.refresh()["seconds"]


def test_a_rebuild_gives_everything_back_and_calls_nothing_a_change(force):
    send(incident(units=[unit(ORLA)]))
    force.live()
    said, facts = force.derived(), ExposureChange.objects.count()
    Exposure.objects.filter(event_id=EVENT).delete()
    Exposure.objects.update(points=1)
    OpenQuestion.objects.all().delete()
    Posting.objects.all().delete()
    assert force.derived() != said
    from traumatracker.web import jobs

    jobs.rebuild("synthetic", None, force.home, lambda *_: None)
    assert force.derived() == said
    assert ExposureChange.objects.count() == facts


def test_the_check_names_what_differs(force):
    send(incident(units=[unit(ORLA)]))
    force.live()
    entry = Exposure.objects.get(event_id=EVENT)
    Exposure.objects.filter(id=entry.id).update(points=1)
    done = force.check()
    assert (done["identical"], done["differences"]) == (False, 1)
    assert done["first"] == [{"kind": "exposure", "key": entry.key, "side": "different"}]


REFS = ("20260301-9001", "20260301-9002", "20260301-9003")


@dataclass(frozen=True)
class Message:
    """One message, or an undoable decision, as plain values that a failing example can print."""

    ref: str
    version: int
    code: str
    crew: tuple[str, ...]
    link: str
    kind: str
    status: str

    def send(self):
        if self.status == "decided":
            state = "undone" if self.version % 2 == 0 else "standing"
            said = {"Person": "P004002", "Identifier_Type": "collar", "Identifier": "7777", "From": "2020-01-01"}
            return decide("people_identifiers", self.ref, self.version, state, **said)
        links = [(self.kind, f"cad:{self.link}")] if self.link not in ("", self.ref) else []
        units = [unit(*self.crew)] if self.crew else []
        return send(incident(self.ref, self.version, self.code, units, links, self.status))


_messages = st.builds(
    Message,
    st.sampled_from(REFS),
    st.integers(1, 4),
    st.sampled_from(["313", "202", "G01"]),
    st.lists(st.sampled_from([ORLA, KERRY, "7777"]), max_size=2, unique=True).map(tuple),
    st.sampled_from(["", *REFS]),
    st.sampled_from(["same_incident", "duplicate_of", "merged_into", "split_from", "transferred_to"]),
    st.sampled_from(["open", "open", "closed", "retracted", "decided"]),
)
_other = st.sampled_from(["live", "live", "refresh", "refresh with live", "kill"])
_stories = st.lists(st.one_of(_messages, _messages, _other), min_size=4, max_size=14)


@settings_of_hypothesis(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=_stories)
def test_any_order_and_any_split_come_to_what_one_refresh_says(story, db, start, folder, tmp_path_factory):
    with transaction.atomic():
        force = start()
        messages = happen(force, story)
        said = force.derived()
        force.killed()
        transaction.set_rollback(True)
    with transaction.atomic():
        once = Force(tmp_path_factory.mktemp("home"), folder, AS_OF)
        InboxMessage.objects.bulk_create(InboxMessage(**values) for values in messages)
        once.refresh()
        expected = once.derived()
        transaction.set_rollback(True)
    assert said == expected


_KEPT = ("profile", "channel", "source", "key", "version", "content_hash", "rows", "known_at", "received_at")


def happen(force, story):
    """Let a story happen, live having the last word; returns every message that was kept, newest versions first."""
    kept = []
    for what in story:
        if isinstance(what, Message):
            before = InboxMessage.objects.count()
            what.send()
            kept += InboxMessage.objects.order_by("id").values(*_KEPT)[before:]
        elif what == "refresh with live":
            with pytest.MonkeyPatch.context() as patch:
                during(patch, "evaluate", force.live)
                force.refresh()
        else:
            {"live": force.live, "refresh": force.refresh, "kill": force.killed}[what]()
    force.live()
    return sorted(kept, key=lambda one: (one["key"], -one["version"]))
