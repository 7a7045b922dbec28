"""What actions refuse by themselves, whoever calls them: the page's own check is not the only one."""

from datetime import date

import pytest

from tests.web import factories as make
from traumatracker.web.exposure import actions
from traumatracker.web.exposure.models import Dispute
from traumatracker.web.people import actions as sharing
from traumatracker.web.people.models import SharingChoice


def test_nobody_can_say_anything_about_somebody_elses_entry(force):
    entry = make.exposure(force.asha, 3)
    assert not actions.dispute_entry(entry_id=entry.id, kind="not_there", by=force.bea.id)
    assert not Dispute.objects.exists()


def test_nobody_can_take_back_what_somebody_else_said(force):
    actions.report_missing(category="suicide", on=date(2026, 11, 3), by=force.asha.id)
    assert not actions.take_back(dispute_id=Dispute.objects.get().id, by=force.bea.id)
    assert Dispute.objects.get().taken_back_at is None


@pytest.mark.parametrize(("kind", "role"), [("wrong_part", ""), ("not_there", "negotiator"), ("missing", ""), ("", "")])
def test_a_word_that_says_nothing_is_refused(force, kind, role):
    entry = make.exposure(force.asha, 3)
    with pytest.raises(ValueError, match="wrong part"):
        actions.dispute_entry(entry_id=entry.id, kind=kind, role=role, by=force.asha.id)


@pytest.mark.parametrize("level", ["prompts", "private", "", "everyone"])
def test_a_level_that_is_not_offered_is_refused(force, level):
    with pytest.raises(ValueError, match="not offered"):
        sharing.choose_sharing(level=level, by=force.asha.id)
    assert not SharingChoice.objects.exists()


def test_choices_are_added_and_never_changed(force):
    for level in ("out", "out", "full", "out"):
        sharing.choose_sharing(level=level, by=force.asha.id)
    assert list(SharingChoice.objects.order_by("id").values_list("level", flat=True)) == ["out", "full", "out"]
