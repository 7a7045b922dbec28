"""A watched folder: nothing is taken before it is whole, nothing twice, nothing out of order."""

import json
import os
from hashlib import sha256

import pytest

from tests.sources import written
from tests.sources.made_up import PROFILE, RECEIVED, line, lines, text
from traumatracker.errors import CannotRun
from traumatracker.record.store import Record
from traumatracker.sources.intake import accept
from traumatracker.sources.profile import parse_profile
from traumatracker.sources.watch import LONGEST_WAIT, Watch


class Watched:
    """A folder, its watcher, a clock that moves when told, and all that was taken and said."""

    def __init__(self, path, profile_text=PROFILE, refresh=None):
        self.home, self.folder = path / "home", path / "in"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.profile = parse_profile(profile_text, "tiny")
        self.now, self.rounds, self.events, self.order = 0.0, [], [], 1_700_000_000
        self._refresh = refresh or self.accept
        self.watch = Watch(
            self.profile, self.folder, self.home, self._take, self.events.append, 10, clock=lambda: self.now
        )

    def accept(self, folder):
        taken = accept(self.profile, folder, Record(self.home), RECEIVED)
        return {"rows_read": taken.rows_read, "conflicts": taken.quarantine_reasons.get("conflict", 0)}

    def _take(self, folder):
        self.rounds.append(sorted(path.name for path in folder.iterdir()))
        return self._refresh(folder)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.order += 1
        os.utime(path, (self.order, self.order))

    def look(self, seconds=10):
        self.now += seconds
        return self.watch.round()

    def rows(self, connection):
        return {row[0] for row in Record(self.home).of("tiny").current(connection, "logs").project("_key").fetchall()}


@pytest.fixture
def watched(tmp_path):
    return Watched(tmp_path)


def test_a_file_is_taken_when_it_stayed_the_same_and_not_again(watched):
    watched.write("logs.csv", text(*lines(3)))
    watched.look()
    watched.look(9)
    assert watched.rounds == []
    assert watched.look(1).taken == 1
    assert [watched.look().taken for _ in range(3)] == [0, 0, 0]
    assert watched.rounds == [["logs.csv"]]


def test_a_file_that_is_still_being_written_is_never_taken(watched, connection):
    whole = text(*lines(40))
    for at in range(100, len(whole), 300):
        watched.write("logs.csv", whole[:at])
        watched.look()
        watched.look(5)
    assert watched.rounds == []
    watched.write("logs.csv", whole)
    watched.look()
    watched.look()
    assert watched.rounds == [["logs.csv"]] and len(watched.rows(connection)) == 40


def test_a_file_cut_where_a_writer_paused_comes_in_whole_when_it_grew(watched, connection):
    whole = text(*lines(40))
    watched.write("logs.csv", whole[:1_500])
    watched.look()
    watched.look()
    assert len(watched.rounds) == 1
    watched.write("logs.csv", whole)
    watched.look()
    watched.look()
    assert watched.rows(connection) == {f"G{at}" for at in range(1, 41)}
    assert watched.events[-1]["conflicts"] == 0


@pytest.mark.parametrize("name", ["logs.csv.part", ".logs.csv", "~$logs.csv", "logs.csv.tmp", "readme.txt"])
def test_what_is_marked_unfinished_or_nobody_reads_is_left_alone(watched, name):
    watched.write(name, text(*lines(3)))
    watched.look()
    watched.look()
    assert watched.rounds == []


DONE = PROFILE.replace('key = ["Urn"]', 'complete = "done"\nkey = ["Urn"]')
MANIFEST = PROFILE.replace('key = ["Urn"]', 'complete = "manifest"\nkey = ["Urn"]')


def test_a_done_file_says_that_a_file_is_whole(tmp_path):
    watched = Watched(tmp_path, DONE)
    watched.write("logs.csv", text(*lines(3)))
    for _ in range(5):
        watched.look()
    assert watched.rounds == []
    assert watched.events[-1] == {"event": "waiting", "file": "logs.csv", "why": "there is no logs.csv.done yet"}
    watched.write("logs.csv.done", "")
    watched.look(0)
    assert watched.rounds == [["logs.csv"]]


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ({"sha256": "0" * 64}, "its bytes are not those"),
        ({"rows": 4}, "it holds 3 rows"),
        ({}, "neither"),
        ([1], "neither"),
        (None, "no logs.csv.manifest.json"),
    ],
)
def test_a_manifest_that_does_not_fit_keeps_a_file_waiting(tmp_path, manifest, why):
    watched = Watched(tmp_path, MANIFEST)
    content = text(*lines(3))
    watched.write("logs.csv", content)
    if manifest is not None:
        watched.write("logs.csv.manifest.json", json.dumps(manifest))
    watched.look()
    watched.look()
    assert watched.rounds == [] and why in watched.events[-1]["why"]
    right = {"sha256": sha256(content.encode()).hexdigest(), "rows": 3}
    watched.write("logs.csv.manifest.json", json.dumps(right))
    watched.look()
    assert watched.rounds == [["logs.csv"]]


def test_of_a_table_without_a_version_one_file_a_batch_oldest_first(tmp_path, connection):
    plain = PROFILE.replace('version = "Updated"\n', "").replace('known_at = "Updated"\n', "")
    watched = Watched(tmp_path, plain)
    for at in (10, 9, 11):
        watched.write(f"logs_{at}.csv", text(line(Urn="A", Marker=f"poll {at}")))
    watched.write("codes.csv", text("HO,4.10,Label", header="System,Code,Label"))
    for _ in range(6):
        watched.look()
    assert watched.rounds == [["codes.csv", "logs_10.csv"], ["logs_9.csv"], ["logs_11.csv"]]
    (row,) = Record(watched.home).of("tiny").current(connection, "logs").project('"Marker"').fetchall()
    assert row == ("poll 11",)


def test_files_of_one_moment_go_by_the_number_in_their_name(tmp_path):
    watched = Watched(tmp_path, PROFILE.replace('version = "Updated"\n', "").replace('known_at = "Updated"\n', ""))
    for at in (10, 9, 100):
        watched.write(f"logs_{at}.csv", text(*lines(1)))
        os.utime(watched.folder / f"logs_{at}.csv", (1, 1))
    for _ in range(5):
        watched.look()
    assert watched.rounds == [["logs_9.csv"], ["logs_10.csv"], ["logs_100.csv"]]


def test_a_restart_goes_on_where_it_was(tmp_path):
    first = Watched(tmp_path)
    first.write("logs.csv", text(*lines(3)))
    first.look()
    first.look()
    again = Watched(tmp_path)
    again.write("logs_new.csv", text(*lines(3, start=7)))
    again.look()
    again.look()
    assert again.rounds == [["logs_new.csv"]]


def test_a_failing_refresh_is_told_and_tried_again_less_and_less_often(tmp_path):
    failures = [CannotRun("Another refresh is running."), OSError("SECRET"), RuntimeError("SECRET"), *[KeyError()] * 9]

    def fails(folder):
        if failures:
            raise failures.pop(0)
        return {}

    watched = Watched(tmp_path, refresh=fails)
    watched.write("logs.csv", text(*lines(3)))
    watched.look()
    waits = [watched.look().wait_seconds for _ in range(12)]
    assert waits[:3] == [5, 10, 20] and waits[-1] == LONGEST_WAIT
    assert [event["why"] for event in watched.events[1:4]] == ["Another refresh is running.", "OSError", "RuntimeError"]
    assert watched.look().taken == 1
    assert len(watched.rounds) == 13


def test_a_second_watcher_is_refused(tmp_path):
    first, second = Watched(tmp_path).watch.alone(), Watched(tmp_path).watch.alone()
    with first, pytest.raises(CannotRun, match="already watches"), second:
        pass


def test_a_folder_that_is_away_is_waited_for_and_a_damaged_zip_is_told(watched):
    watched.folder.rmdir()
    assert watched.look().left == []
    watched.folder.mkdir()
    watched.write("exports.zip", written.zipped(logs__csv=text(*lines(3)))[:-30])
    watched.look()
    assert watched.look().taken == 1  # it is refused by the refresh, which says so


def test_a_file_that_changes_while_it_is_taken_is_taken_again(tmp_path):
    watched = Watched(tmp_path)

    def grows(folder):
        if len(watched.rounds) == 1:
            watched.write("logs.csv", text(*lines(4)))
        return {}

    watched._refresh = grows
    watched.write("logs.csv", text(*lines(3)))
    for _ in range(6):
        watched.look()
    assert watched.rounds == [["logs.csv"], ["logs.csv"]]
