"""A small force with live messages: what its command and control system would send, and the store beside a refresh."""

import json
from datetime import UTC, datetime

from traumatracker.sources.feed.message import parse
from traumatracker.sources.profile import find_profile
from traumatracker.web import jobs
from traumatracker.web.feed import actions
from traumatracker.web.feed.reads import Sender
from traumatracker.web.intake.actions import put
from traumatracker.web.live import derived
from traumatracker.web.live.worker import Worker

PROFILE = find_profile("synthetic")
SENDER = Sender(0, "command", "synthetic", None)
RECEIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ORLA, KERRY = "0707", "0058"  # collars of two people of the made-up force of 20, seed 7
LOG = "20260301-9001"


def unit(*crew, callsign="ZZ1", at="2026-03-01T10:20:00Z", status="at_scene", **values):
    """One resource with its crew, at the scene unless the test says otherwise."""
    said = {"callsign": callsign, "status": status, "status_at": at, "crew": [{"identifier": one} for one in crew]}
    return said | values


def incident(ref=LOG, version=1, code="313", units=(), links=(), status="open", **values):
    """One message: a whole incident as it now stands."""
    said = {
        "ref": ref, "version": version, "status": status, "units": list(units),
        "updated_at": f"2026-03-01T1{version % 10}:00:00Z", "opened_at": "2026-03-01T10:00:00Z",
        "codes": [{"role": "opening", "system": "NSIR", "code": code}] if code else [],
        "links": [{"kind": kind, "ref": to} for kind, to in links],
    }  # fmt: skip
    return {"message": 1, "incident": said | values}


def send(*messages):
    """Let the feed take some messages, one request each; returns the verdicts."""
    said = []
    for message in messages:
        parsed = parse(json.dumps(message).encode(), PROFILE, RECEIVED)
        said += [one.verdict for one in actions.take(SENDER, [parsed], RECEIVED)]
    return said


def decide(table, key, version=1, state="standing", **values):
    """Put one decision of a person into the inbox, as a row of a "people_*" table."""
    told = {"Id": key, "Version": str(version), "Decided_At": "2026-03-02T09:00:00Z", "State": state} | values
    row = [told.get(name, "") for name in PROFILE.table(table).columns]
    put("synthetic", "people", "steward", f"{table}:{key}", version, {table: [row]}, RECEIVED)


class Force:
    """The store and the record of one home, with a live worker that can be killed and started again."""

    def __init__(self, home, folder, as_of):
        self.home, self.folder, self.as_of = home, folder, as_of
        self.worker = None

    def refresh(self, folder=None):
        return jobs.refresh("synthetic", folder or self.folder, self.as_of, self.home, lambda *_: None)

    def live(self):
        """Let the worker, started if it is not there, see to all that waits."""
        self.worker = self.worker or Worker("synthetic", self.home)
        self.worker.renewed()
        while self.worker.once():
            pass

    def killed(self):
        """Lose the worker and all it holds in memory, as a kill does."""
        if self.worker:
            self.worker.close()
        self.worker = None

    def derived(self):
        """Everything derived, byte for byte."""
        return dict(derived.rows("synthetic", people=None))

    def check(self):
        """What a rebuild beside the store says about it."""
        return jobs.check("synthetic", None, self.home, lambda *_: None)
