"""A refresh from files to the store, and what happens when it is refused, doubled, stopped or killed."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date

import duckdb
import pytest
from django.utils import timezone

from tests import stores
from traumatracker.engine import bulk
from traumatracker.errors import BadProfile, CannotRun
from traumatracker.record.store import Record
from traumatracker.sources import canonical, synthetic
from traumatracker.sources.profile import find_profile
from traumatracker.web import gatekeeper, jobs, packs
from traumatracker.web.exposure.models import Dispute, Exposure, ExposureChange, OpenQuestion
from traumatracker.web.intake.models import Run
from traumatracker.web.people.models import AuditEvent, Person, Posting, SharingChoice

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 2)
PROMISED = (
    "rows_read", "rows_accepted", "rows_quarantined", "quarantine_reasons", "duplicates", "incidents", "people",
    "exposures", "new", "changed", "withdrawn", "unchanged", "open_questions", "unmapped_codes",
    "files_refused", "files_ignored", "coverage", "pack", "as_of", "seconds", "run",
)  # fmt: skip
SAME = ("exposed_on", "known_on", "category", "category_weight", "role", "role_weight", "points", "rule", "pack")
REASONS = ("event_id", "occasion", "roles", "tags", "codes", "source_records", "evidence")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of a made-up force, small enough to read again and again."""
    out = tmp_path_factory.mktemp("force")
    synthetic.write(out, people=40, years=1, seed=7, as_of=AS_OF)
    return out


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def refresh(folder, home, as_of=AS_OF, progress=lambda *_: None):
    return jobs.refresh("synthetic", folder, as_of, home, progress)


def test_a_refresh_returns_what_is_promised_and_a_second_changes_nothing(folder, home):
    first = refresh(folder, home)
    assert set(PROMISED) <= set(first)
    assert json.loads(json.dumps(first)) == first == Run.objects.get().counts
    assert first["rows_read"] == first["rows_accepted"] + first["rows_quarantined"]
    assert sum(first["quarantine_reasons"].values()) == first["rows_quarantined"] > 0
    assert first["new"] == first["exposures"] == Exposure.objects.count() > 50
    assert first["open_questions"] == OpenQuestion.objects.count() > 0
    assert first["people"] == Person.objects.count() >= 40
    assert all(set(code) == {"code_system", "code", "label", "count"} for code in first["unmapped_codes"])
    second = refresh(folder, home)
    assert (second["new"], second["changed"], second["withdrawn"]) == (0, 0, 0)
    assert second["unchanged"] == second["exposures"] == first["exposures"]
    assert second["duplicates"] == second["rows_accepted"] == first["rows_accepted"]
    assert all(count[word] == 0 for count in second["applied"].values() for word in ("new", "changed", "withdrawn"))
    assert not ExposureChange.objects.exists()


def test_the_store_says_what_the_engine_said(folder, home):
    refresh(folder, home)
    with duckdb.connect() as connection:
        canonical.register(connection, find_profile("synthetic"), Record(home))
        result = bulk.evaluate(connection, packs.pack_of("ptec_aligned"), AS_OF)
        postings = connection.sql("SELECT count(*) FROM posting").fetchall()[0][0]
    columns = [field.name for field in Exposure._meta.fields]
    stored = {row["key"]: row for row in Exposure.objects.values("person__hr_ref", "team__unit_ref", *columns)}
    assert len(stored) == len(result.exposures)
    for one in result.exposures:
        row = stored[one.key]
        assert (row["person__hr_ref"], row["team__unit_ref"]) == (one.person_id, one.team)
        for name in (
            "exposed_on",
            "known_on",
            "category",
            "category_weight",
            "role",
            "role_weight",
            "points",
            "rule",
            "pack",
        ):
            assert row[name] == getattr(one, name)
        for name in REASONS:
            said = getattr(one, name)
            assert row["reasons"][name] == (list(said) if isinstance(said, tuple) else said)
    assert set(OpenQuestion.objects.values_list("key", "rule")) == {(one.key, one.rule) for one in result.questions}
    assert Posting.objects.count() == postings > 40


def test_another_day_and_another_pack_are_a_difference(folder, home, monkeypatch):
    whole = refresh(folder, home)
    earlier = refresh(folder, home, as_of=date(2025, 12, 1))
    assert 0 < earlier["withdrawn"] == whole["exposures"] - earlier["exposures"]
    again = refresh(folder, home)
    assert (again["new"], again["changed"]) == (earlier["withdrawn"], earlier["changed"])
    newer = replace(packs.pack_of("ptec_aligned"), version="2")
    monkeypatch.setattr(packs, "pack_of", lambda _: newer)
    changed = refresh(folder, home)
    assert (changed["new"], changed["changed"], changed["withdrawn"]) == (0, whole["exposures"], 0)
    assert set(Exposure.objects.values_list("pack", flat=True)) == {"ptec_aligned@2"} == {changed["pack"]}


def test_what_people_decided_outlives_a_refresh(folder, home):
    refresh(folder, home)
    entry = Exposure.objects.select_related("person").first()
    Dispute.objects.create(person=entry.person, exposure_key=entry.key, kind="not_there")
    SharingChoice.objects.create(person=entry.person, level="out")
    refresh(folder, home, as_of=entry.exposed_on.replace(year=2025, day=1, month=1))
    assert Exposure.objects.count() == 0
    refresh(folder, home)
    assert Exposure.objects.filter(key=Dispute.objects.get().exposure_key, person=entry.person).exists()
    assert SharingChoice.objects.get().level == "out"


def test_progress_names_each_step_and_never_passes_its_total(folder, home):
    told = []
    refresh(folder, home, progress=lambda *said: told.append(said))
    steps = list(dict.fromkeys(step for step, _, _ in told))
    assert steps == ["read", "reading (bytes)", "link", "evaluate", "apply", "applying (people)"]
    assert all(total is None or 0 <= done <= total for _, done, total in told)
    last = {step: (done, total) for step, done, total in told}
    assert all(done == total for done, total in last.values() if total)


def test_what_cannot_run_says_so_and_leaves_no_run(folder, home, tmp_path):
    with pytest.raises(CannotRun, match="no folder"):
        refresh(tmp_path / "absent", home)
    with pytest.raises(BadProfile, match="synthetic"):
        jobs.refresh("absent", folder, AS_OF, home, print)
    assert not Run.objects.exists()


def test_two_refreshes_do_not_run_at_once(folder, home):
    jobs.prepare(home)
    with (home / "refresh.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write("process 1, since today")
        other.flush()
        with pytest.raises(CannotRun, match=r"process 1, since today.*try again"):
            refresh(folder, home)
    assert not Run.objects.exists()
    refresh(folder, home)


def test_the_lock_of_a_dead_process_holds_nobody_up(home):
    jobs.prepare(home)
    hold = (
        "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=1); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", hold, home / "refresh.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "held\n"
    with pytest.raises(CannotRun), jobs._alone(home):
        pass
    other.kill()
    other.communicate()
    with jobs._alone(home):
        pass


def test_a_run_that_was_stopped_is_marked_by_the_next(folder, home):
    stopped = Run.objects.create(profile="synthetic", pack="ptec_aligned@1", as_of=AS_OF)
    refresh(folder, home)
    stopped.refresh_from_db()
    assert (stopped.state, stopped.counts) == ("failed", {"failed_because": "Stopped"})
    assert stopped.finished_at


def test_a_failed_run_says_its_kind_and_nothing_of_a_person(folder, home, monkeypatch):
    class OutOfLuck(Exception):
        pass

    def fail(*_):
        raise OutOfLuck("Sam Example was there")

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "build", fail)
        with pytest.raises(OutOfLuck):
            refresh(folder, home)
    assert list(Run.objects.values_list("state", "counts")) == [("failed", {"failed_because": "OutOfLuck"})]
    done = refresh(folder, home)
    assert done["exposures"] == Exposure.objects.count() > 0


def test_preparing_what_is_prepared_does_nothing(home, monkeypatch):
    monkeypatch.setattr(jobs, "call_command", lambda *_, **__: pytest.fail("there was nothing to migrate"))
    jobs.prepare(home)
    jobs.prepare(home)
    assert home.stat().st_mode & 0o077 == 0


def test_one_persons_list_for_the_command_line(folder, home):
    refresh(folder, home)
    entry = Exposure.objects.exclude(team=None).select_related("person", "team").first()
    before = timezone.now()
    rows = jobs.exposures_of(entry.person.hr_ref)
    assert len(rows) == Exposure.objects.filter(person=entry.person).count()
    row = next(row for row in rows if row["event"] == entry.reasons["event_id"])
    promised = ("exposed_on", "known_on", "category", "points", "role", "rule", "source_records", "pack", "team")
    assert set(promised) <= set(row)
    assert row["points"] * 10_000 == entry.points
    assert (row["team"], row["team_name"]) == (entry.team.unit_ref, entry.team.name)
    assert [row["exposed_on"] for row in rows] == sorted(row["exposed_on"] for row in rows)
    look = AuditEvent.objects.get()
    assert (look.subject, look.actor, look.basis) == (entry.person, None, "command line")
    assert look.at >= before


def test_the_list_of_somebody_who_left_the_tracker_is_empty_and_the_look_says_so(folder, home):
    refresh(folder, home)
    person = Exposure.objects.select_related("person").first().person
    SharingChoice.objects.create(person=person, level="out", chosen_at=timezone.now())
    assert jobs.exposures_of(person.hr_ref) == []
    assert AuditEvent.objects.get().data_class == gatekeeper.NAME_ONLY


def test_nobody_of_that_reference_is_said_and_not_written_down():
    with pytest.raises(CannotRun, match="hr_ref"):
        jobs.exposures_of("absent")
    assert not AuditEvent.objects.exists()


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
import django
django.setup()
from traumatracker.web import jobs, pace
left = int(sys.argv[2])
def rest(self, others_wrote):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
pace.Pace.rest, pace.MOST, pace.FIRST_MOST = rest, 40, 40
home, as_of = Path(os.environ["TRAUMATRACKER_HOME"]), date.fromisoformat(sys.argv[3])
jobs.refresh("synthetic", Path(sys.argv[1]), as_of, home, lambda *_: None)
"""


def test_killed_while_applying_the_next_run_ends_where_an_undisturbed_one_does(folder, home, tmp_path):
    def run(place, kill_after):
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "traumatracker.web.settings", **stores.own(place),
        }  # fmt: skip
        command = [sys.executable, "-c", KILLED, str(folder), str(kill_after), AS_OF.isoformat()]
        return subprocess.run(command, env=environment, check=False).returncode

    assert run(home, 5) == -signal.SIGKILL
    left = stored(home)
    assert run(home, 0) == 0
    assert run(tmp_path / "undisturbed", 0) == 0
    assert stored(home) == stored(tmp_path / "undisturbed")
    assert 0 < left["exposure_exposure"].total() < stored(home)["exposure_exposure"].total()


def stored(home):
    """Everything of the store but its own numbers, times and runs."""
    said = {
        "people_person": "SELECT hr_ref, display_name, worker_type, started_on, left_on FROM people_person",
        "people_posting": """SELECT hr_ref, unit_ref, rank_code, role_title, is_supervisor, valid_from, valid_to
            FROM people_posting JOIN people_person p ON person_id = p.id JOIN people_unit u ON unit_id = u.id""",
        "exposure_exposure": "SELECT key, content_hash, reasons FROM exposure_exposure",
        "exposure_openquestion": "SELECT key, content_hash, reasons FROM exposure_openquestion",
        "exposure_exposurechange": "SELECT key, kind FROM exposure_exposurechange",
    }
    return {name: Counter(map(str, stores.rows(home, sql))) for name, sql in said.items()}
