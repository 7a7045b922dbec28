"""Corrections, retractions, repeats, refreshes and restarts in any order and any split come to the same state.

Hypothesis draws what happens next; at the end the state is that of the newest version of each log by the plain rules,
and building everything again gives the same. TRAUMATRACKER_TEST_EXAMPLES draws more histories.
"""

import itertools
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.faults import invariants
from tests.faults.conftest import Case
from tests.faults.world import Log, people_of

EXAMPLES = int(os.environ.get("TRAUMATRACKER_TEST_EXAMPLES", "3"))
_numbers = itertools.count(1)


class History(RuleBasedStateMachine):
    """What a feed and a refresh do in the course of a day, drawn at random."""

    def __init__(self):
        super().__init__()
        self.versions: dict[int, list[Log]] = {}
        self.sent: set[tuple[int, int]] = set()
        self.case = Case(Path(tempfile.mkdtemp(prefix="traumatracker-order-")) / "home")

    @initialize()
    def begin(self):
        from django.core.management import call_command

        call_command("flush", interactive=False, verbosity=0)
        self.case.deliver([])

    @rule(
        number=st.integers(1, 5),
        crews=st.sets(st.sampled_from(["A1", "A2", "A3"]), max_size=2),
        code=st.sampled_from(["313", "306", "9XX"]),
        status=st.sampled_from(["open", "closed", "retracted", "cancelled"]),
    )
    def something_happens(self, number, crews, code, status):
        """A new log, or a new version of one, that nobody has been told of yet."""
        known = self.versions.setdefault(number, [])
        version = len(known) + 1
        known.append(Log(number, version, code, tuple(sorted(crews)), status=status))

    @precondition(lambda self: self.versions)
    @rule(data=st.data())
    def some_of_it_is_sent(self, data):
        """Any versions, in any order, sent once or again."""
        every = [log for known in self.versions.values() for log in known]
        picked = data.draw(st.lists(st.sampled_from(range(len(every))), min_size=1, max_size=6))
        self.case.send(*(every[at] for at in picked))
        self.sent |= {(every[at].number, every[at].version) for at in picked}

    @rule()
    def the_live_worker_catches_up(self):
        self.case.live()

    @rule()
    def it_is_restarted(self):
        self.case.stop()

    @rule()
    def a_refresh_runs(self):
        self.case.refresh()

    def teardown(self):
        self.case.live()
        told = [log for known in self.versions.values() for log in known if (log.number, log.version) in self.sent]
        assert self.case.exposed() == people_of(told)
        wrong = {name: found for name, found in invariants.check(self.case).items() if found}
        assert not wrong, wrong
        self.case.stop()


@pytest.mark.django_db(transaction=True)
def test_any_history_comes_to_what_the_newest_versions_say(settings):
    from tests.faults.world import AS_OF

    settings.TODAY = AS_OF
    run_state_machine_as_test(History, settings=_few())


def _few():
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(max_examples=EXAMPLES, stateful_step_count=12, deadline=None, suppress_health_check=slow)
