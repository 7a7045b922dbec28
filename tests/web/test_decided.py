"""What a data steward decides counts with the next refresh, and no longer once it is taken back: files to pages."""

import csv
import shutil
from datetime import date

import pytest

from traumatracker.errors import CannotRun
from traumatracker.sources import synthetic
from traumatracker.web import jobs
from traumatracker.web.desk.models import Arrival, DutyCovered, Hold
from traumatracker.web.exposure.actions import dispute_entry
from traumatracker.web.exposure.models import Exposure
from traumatracker.web.intake.models import Run
from traumatracker.web.steward import actions
from traumatracker.web.steward.models import QueueItem

pytestmark = pytest.mark.django_db
AS_OF = date(2026, 3, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("force")
    synthetic.write(out, people=20, years=1, seed=7, as_of=AS_OF)
    return out


@pytest.fixture
def refresh(folder, tmp_path):
    return lambda: jobs.refresh("synthetic", folder, AS_OF, tmp_path / "home", lambda *_: None)


def entries():
    return dict(Exposure.objects.values_list("key", "role"))


def test_a_dispute_that_is_upheld_takes_the_entry_away_and_undoing_gives_it_back(refresh):
    counts = refresh()
    before = entries()
    assert counts["covered"]["teams"]
    assert DutyCovered.objects.exists()
    kinds = set(QueueItem.objects.values_list("kind", flat=True))
    assert {"quarantined", "unmapped"} <= kinds
    gone, corrected = Exposure.objects.order_by("id")[:2]
    said = "crime_scene_investigator" if corrected.role != "crime_scene_investigator" else "family_liaison"
    dispute_entry(entry_id=gone.id, kind="not_there", by=gone.person_id)
    dispute_entry(entry_id=corrected.id, kind="wrong_part", role=said, by=corrected.person_id)
    for item in QueueItem.objects.filter(kind="dispute"):
        assert actions.resolve(item_id=item.id, how="upheld", answer={})
    refresh()
    after = entries()
    assert before.keys() - after.keys() == {gone.key}
    assert after[corrected.key] == said
    assert {key: role for key, role in after.items() if key != corrected.key}.items() <= before.items()
    for item in QueueItem.objects.filter(kind="dispute"):
        assert actions.undo(item_id=item.id)
    refresh()
    assert entries() == before


def test_a_sudden_fall_is_held_and_pages_stay_until_it_is_released(refresh):
    for _ in range(5):
        Arrival.objects.create(profile="synthetic", rows={"logs": 10**7, "hr": 10**7})
    Arrival.objects.update(rows=dict.fromkeys(_tables(), 10**7))
    with pytest.raises(CannotRun, match="is held and nothing of it was taken"):
        refresh()
    assert not Exposure.objects.exists()
    assert Run.objects.get().state == "failed"
    from traumatracker.web.desk import actions as desk

    assert desk.release(hold_id=Hold.objects.get().id, by="command")
    refresh()
    assert Exposure.objects.exists()


def _tables():
    from traumatracker.sources.profile import find_profile

    return [table.name for table in find_profile("synthetic").files]


def test_the_steward_chooses_between_two_versions_of_one_row_and_it_counts(folder, tmp_path, settings, client):
    settings.HOME = tmp_path / "home"
    own = tmp_path / "files"
    shutil.copytree(folder, own)

    def refresh():
        return jobs.refresh("synthetic", own, AS_OF, settings.HOME, lambda *_: None)

    refresh()
    with (own / "logs.csv").open(newline="", encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    with (own / "logs.csv").open("a", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, row).writerow(row | {"Type": "L99"})  # the same log and version, another type
    refresh()
    item = QueueItem.objects.get(kind="conflict")
    assert row["Urn"] in item.reference
    client.post("/sign-in/", {"office": "steward"})
    page = client.get(f"/queue/{item.id}/").content.decode()
    assert "Type: L99" in page
    other = item.about["hashes"][1]
    assert client.post(f"/queue/{item.id}/", {"how": "choose", "hash": other}).status_code == 302
    assert "L99" in {code["code"] for code in refresh()["unmapped_codes"]}
