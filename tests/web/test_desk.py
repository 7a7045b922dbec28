"""The duty desk: which sources are late, what is held and let go; and what the sources cannot see."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web import factories as make
from tests.web.conftest import text_of
from traumatracker.sources.taken import FileTaken
from traumatracker.web.desk import actions, reads
from traumatracker.web.desk.coverage import MEASURED, coverage, share
from traumatracker.web.desk.models import Arrival, DutyCovered, Hold
from traumatracker.web.feed.models import FeedToken
from traumatracker.web.intake.models import InboxMessage
from traumatracker.web.steward import actions as steward
from traumatracker.web.steward.waiting import Found

pytestmark = pytest.mark.django_db
PROFILE = "synthetic"


def files(rows, name="logs.csv"):
    return [FileTaken(name, "logs", f"{name}{rows}", rows_read=rows)]


@pytest.fixture
def usual():
    for _ in range(5):
        actions.may_be_taken(PROFILE, files(1_000))


def signed_in(office):
    client = Client()
    client.post("/sign-in/", {"office": office})
    return client


def test_a_batch_that_is_not_like_the_others_is_held_until_it_is_released(usual):
    for _ in range(2):
        with pytest.raises(actions.BatchHeld, match=r"logs fell to 90 rows, usual are 1,000.*release"):
            actions.may_be_taken(PROFILE, files(90))
    hold = Hold.objects.get()
    assert Arrival.objects.count() == 5
    desk = signed_in("desk")
    page = text_of(desk.get("/feeds/"))
    assert "logs fell to 90 rows" in page
    assert "Release it" in page
    assert "Release it" not in text_of(signed_in("steward").get("/feeds/"))
    desk.post(f"/feeds/held/{hold.id}/release/")
    actions.may_be_taken(PROFILE, files(90))
    with pytest.raises(actions.BatchHeld):  # other files are another batch
        actions.may_be_taken(PROFILE, files(80))
    assert not actions.release(hold_id=hold.id, by="desk")


def test_rows_already_held_count_as_rows_that_came(usual):
    actions.may_be_taken(PROFILE, files(1_000))
    assert Arrival.objects.count() == 6


def test_an_empty_file_is_no_arrival():
    actions.may_be_taken(PROFILE, files(0))
    assert not Arrival.objects.exists()


def test_a_held_batch_keeps_every_row_out_and_a_released_one_is_taken(tmp_path):
    from traumatracker.record.store import Record
    from traumatracker.sources import intake, synthetic
    from traumatracker.sources.profile import find_profile

    synthetic.write(tmp_path / "files", people=20, years=1, seed=7, as_of=make.TODAY)
    record, profile, now = Record(tmp_path), find_profile(PROFILE), timezone.now()
    for _ in range(5):
        Arrival.objects.create(profile=PROFILE, rows={"hr": 100_000})

    def take():
        def check(taken):
            actions.may_be_taken(PROFILE, taken)

        return intake.accept(profile, tmp_path / "files", record, now, check=check)

    held_tables = [table.name for table in profile.files]
    Arrival.objects.update(rows=dict.fromkeys(held_tables, 10**7))
    with pytest.raises(actions.BatchHeld):
        take()
    assert record.of(PROFILE).batches() == []
    assert actions.release(hold_id=Hold.objects.get().id, by="command")
    assert take().rows_stored > 0


def source(kind):
    return next(one for one in reads.sources() if one.kind == kind)


def test_silence_is_late_and_errors_are_not_a_word():
    token = FeedToken.objects.create(profile=PROFILE, source="cad", secret_hash="x")
    FeedToken.objects.update(created_at=timezone.now() - timedelta(minutes=59))
    assert source("live").late_since is None
    FeedToken.objects.update(created_at=timezone.now() - timedelta(minutes=61), last_used_at=timezone.now())
    assert source("live").late_since is not None
    page = text_of(signed_in("desk").get("/feeds/"))
    assert "Late since" in page
    assert "1 source is late" in page
    now = timezone.now()
    InboxMessage.objects.create(
        profile=PROFILE, channel="live", source="cad", key="1", version=1, content_hash="x", known_at=now
    )
    assert source("live").late_since is None
    token.revoked_at = now
    token.save()
    assert [one.kind for one in reads.sources()] == []


def test_files_are_late_by_the_newest_batch_that_brought_rows():
    make.run()
    Arrival.objects.create(profile=PROFILE, rows={"logs": 5})
    Arrival.objects.update(at=timezone.now() - timedelta(days=3))
    assert source("files").late_since is not None
    Arrival.objects.create(profile=PROFILE, rows={"logs": 5})
    assert source("files").late_since is None
    assert source("files").days[-1] == 5


def test_an_unmapped_code_is_named_with_its_owner(force, as_person, tmp_path):
    codes = [{"code_system": "NSIR", "code": "999", "label": "Something new", "count": 40}]
    covered = {
        "teams": [{"team": force.one.unit_ref, "deployments": 10, "deployments_linked": 9}],
        "roles": [
            {"role": "dispatcher", "seen": False},
            {"role": "gone", "seen": False},
            {"role": "scene_guard", "seen": True},
        ],
    }
    counts = {"deployments_attended": 10, "deployments_without_people": 1}
    make.run(counts={"coverage": counts, "unmapped_codes": codes, "covered": covered})
    for client in (signed_in("steward"), signed_in("desk"), as_person(force.reed)):
        page = text_of(client.get("/coverage/"))
        assert "NSIR 999" in page
        assert "nobody yet" in page
        assert "9 (90%)" in page
        assert "has not been measured" in page
        assert "Asha" not in page
    steward.sync(PROFILE, [Found("unmapped", "NSIR", "999", "no_rule", 40)], ("unmapped",))
    from traumatracker.web.steward.models import QueueItem

    steward.resolve(item_id=QueueItem.objects.get().id, how="owned", answer={"note": "test_only"})
    told = coverage(tmp_path)
    assert told.unmapped[0]["owner"] == "Data steward"
    assert len(told.unseen_roles) == 1
    (tmp_path / MEASURED).write_text(json.dumps({"profile": PROFILE, "as_of": "2026-11-22", "truths": 5, "scores": []}))
    assert coverage(tmp_path).measured["truths"] == 5
    (tmp_path / MEASURED).write_text(json.dumps({"profile": "seattle"}))
    assert coverage(tmp_path).measured is None


@pytest.mark.parametrize(
    ("part", "whole", "said"), [(0, 0, ""), (0, 9, "0%"), (9, 9, "100%"), (999, 1000, "over 99%"), (98, 100, "98%")]
)
def test_a_share_is_never_whole_while_something_is_missing(part, whole, said):
    assert share(part, whole) == said


def test_a_person_sees_how_much_of_their_own_duty_is_seen(force, as_person):
    actions.keep_duty({force.asha.hr_ref: (100, 60), "nobody": (1, 1)})
    assert "100 shifts, and could link 60" in text_of(as_person(force.asha).get("/me/"))
    assert "shifts" not in text_of(as_person(force.bea).get("/me/"))
    actions.keep_duty({force.bea.hr_ref: (1, 0)})
    assert list(DutyCovered.objects.values_list("person", "shifts")) == [(force.bea.id, 1)]


def test_nothing_read_yet_is_said():
    assert "No source yet" in text_of(signed_in("desk").get("/feeds/"))
    assert "Nothing has been read yet" in text_of(signed_in("desk").get("/coverage/"))


def command(capsys, *words):
    """The exit code of a command and what it printed."""
    from traumatracker.__main__ import main

    code = main([*words, "--json"])
    said = capsys.readouterr().out
    return code, json.loads(said) if said else None


def test_the_commands_say_what_the_pages_say(usual, capsys):
    code, said = command(capsys, "health")
    assert (code, [(one["source"], one["late_since"]) for one in said["sources"]]) == (0, [])
    make.run(counts={"unmapped_codes": [{"code_system": "NSIR", "code": "999", "label": "", "count": 4}]})
    code, said = command(capsys, "health")
    assert (code, [(one["source"], one["late_since"]) for one in said["sources"]]) == (0, [("files", None)])
    with pytest.raises(actions.BatchHeld):
        actions.may_be_taken(PROFILE, files(0))
    code, said = command(capsys, "health")
    (held,) = said["held"]
    assert (code, held["tables"][0]["kind"]) == (1, "fall")
    assert command(capsys, "release", str(held["id"]))[0] == 0
    assert command(capsys, "release", str(held["id"]))[0] == 2
    assert command(capsys, "health")[0] == 0
    Arrival.objects.update(at=timezone.now() - timedelta(days=3))
    assert command(capsys, "health")[0] == 1
    code, said = command(capsys, "coverage")
    assert (code, said["unmapped"][0]["code"], said["unmapped"][0]["owner"]) == (0, "999", "nobody yet")


def test_what_was_measured_is_left_where_coverage_finds_it(tmp_path):
    from traumatracker import measure

    rate = {"precision": 0.9455, "recall": None}
    scores = {"as_of": "2026-11-22", "truths": 7, "pack": "p@1", "scores": [
        {"missing_percent": 20, "person_event_and_category": rate}]}  # fmt: skip
    measure.publish(scores, tmp_path)
    make.run()
    assert coverage(tmp_path).measured["scores"] == [{"missing": "20%", "precision": "94.5%", "recall": "not known"}]


def test_large_numbers_are_easily_read_and_teams_of_one_name_told_apart(force):
    parents = [make.unit(name, kind="district") for name in ("North Vale", "South Vale")]
    teams = [make.unit("Response team A", parent=parent) for parent in parents]
    codes = [{"code_system": "NSIR", "code": "999", "label": "", "count": 40_123}]
    covered = {"teams": [{"team": team.unit_ref, "deployments": 1_752, "deployments_linked": 1_751} for team in teams]}
    make.run(counts={"coverage": {"deployments_attended": 14_034}, "unmapped_codes": codes, "covered": covered})
    Arrival.objects.create(profile=PROFILE, rows={"logs": 475_618})
    steward.sync(PROFILE, [Found("unmapped", "NSIR", "999", "no_rule", 40_123)], ("unmapped",))
    page = text_of(signed_in("desk").get("/coverage/"))
    for said in ("14,034", "1,752", "40,123", "Response team A, North Vale", "Response team A, South Vale"):
        assert said in page
    assert page.count("475,618") == 0
    assert text_of(signed_in("desk").get("/feeds/")).count("475,618") == 2  # in the newest batch, and of its day
    assert "40,123" in text_of(signed_in("steward").get("/queue/"))
