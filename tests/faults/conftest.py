"""One small force for each case: its exports, record, store and feed; and the ten invariants asked at the end."""

import itertools
import json
import shutil
from datetime import timedelta

import pytest
from django.test import Client

from tests.faults import invariants, state, world
from traumatracker.web import jobs
from traumatracker.web.exposure.models import Exposure, OpenQuestion
from traumatracker.web.feed import actions as feed
from traumatracker.web.intake.models import InboxMessage, LivePosition, Run
from traumatracker.web.live import worker
from traumatracker.web.people.models import AuditEvent


class Case:
    """Everything a fault case needs. `told`: (ref, version, verdict) of every message answered."""

    def __init__(self, home):
        self.home, self.exports = home, world.Exports(home / "in")
        self.told, self.looks, self._numbers = [], [], itertools.count(1)
        self._worker, self._worker_after = None, 0
        home.mkdir(parents=True, exist_ok=True)
        self.token = ""

    # --- files

    def refresh(self, as_of=world.AS_OF):
        """One refresh over the folder of exports; returns what the command prints."""
        return jobs.refresh(state.PROFILE, self.exports.folder, as_of, self.home, lambda *_: None)

    def deliver(self, logs, **people):
        """Put a delivery into the folder in place of the last one, and refresh."""
        if people or not (self.exports.folder / "hr_people.csv").exists():
            self.exports.hr(**people)
        self.exports.logs(logs)
        return self.refresh()

    # --- the feed

    def send(self, *logs):
        """Post these versions of logs as one request, and return the verdicts in order."""
        return self.post([world.message(log) for log in logs])

    def post(self, messages):
        """Post these messages as NDJSON, and return the verdicts in order."""
        self.token = self.token or feed.make_token(profile=state.PROFILE, source="cad")
        lines = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in messages)
        answer = Client().post(
            "/feed/v1/messages", lines, content_type="application/x-ndjson", HTTP_AUTHORIZATION=f"Bearer {self.token}"
        )
        assert answer.status_code == 200, answer.content
        verdicts = answer.json()["verdicts"]
        assert len(verdicts) == len(messages)
        for one, verdict in zip(messages, verdicts, strict=True):
            if isinstance(one, dict) and "incident" in one:
                self.told.append((one["incident"].get("ref"), one["incident"].get("version"), verdict["verdict"]))
        return verdicts

    def live(self):
        """Let the live worker do what waits, and return how many messages it took."""
        if self._worker is None or self._worker_after != Run.objects.filter(state="done").count():
            self.stop()  # a refresh came between: begin as a worker that was restarted does, with what it left
            self._worker = worker.Worker(state.PROFILE, self.home)
            self._worker_after = Run.objects.filter(state="done").count()
        took = 0
        while seen := self._worker.once():
            took += seen
        return took

    def stop(self):
        """End the live worker, if there is one."""
        if self._worker:
            self._worker.close()
            self._worker = None

    def waiting(self):
        """How many accepted messages are neither evaluated nor in the record's files."""
        self.live()
        position = LivePosition.objects.filter(profile=state.PROFILE).values_list("message", flat=True).first() or 0
        return InboxMessage.objects.filter(profile=state.PROFILE, batch="", id__gt=position).count()

    # --- what it came to

    def exposed(self):
        """(hr_ref, event) of every live exposure."""
        return {(key.split("|")[0], key.split("|")[1]) for key in Exposure.objects.values_list("key", flat=True)}

    def questions(self):
        """(hr_ref, event) of every open question."""
        return {tuple(key.split("|")[:2]) for key in OpenQuestion.objects.values_list("key", flat=True)}

    def look(self):
        """Remember every look written down so far; none may change later."""
        self.looks += list(AuditEvent.objects.values_list())

    def state(self):
        """The whole state, to compare with another case's."""
        return state.whole(self.home)

    def check(self):
        """Ask the ten invariants."""
        wrong = {name: found for name, found in invariants.check(self).items() if found}
        assert not wrong, wrong


@pytest.fixture
def case(transactional_db, tmp_path, settings):
    """A case with a store of its own; the invariants are asked when the test has ended well."""
    settings.TODAY = world.AS_OF
    made = Case(tmp_path / "home")
    yield made
    made.check()
    made.stop()


@pytest.fixture
def afresh(case, tmp_path):
    """`afresh(work)` → the state that `work(case)` leaves in an empty home and store; the case is put back afterwards.

    The oracle of order: what a history comes to must be what the same rows in one go come to.
    """

    def make(work):
        from django.core.management import call_command

        before = case.state()
        case.stop()
        call_command("flush", interactive=False, verbosity=0)
        other = Case(tmp_path / f"other{next(case._numbers)}")
        work(other)
        found = other.state()
        other.stop()
        shutil.rmtree(other.home, ignore_errors=True)
        return before, found

    return make


@pytest.fixture
def minutes():
    """`minutes(n)` → a span of time, so that cases read well."""
    return lambda count: timedelta(minutes=count)


def inbox():
    """(key, version) of every message the inbox holds."""
    return set(InboxMessage.objects.values_list("key", "version"))
