"""What a person can say is not right: choices and a date, never free text, so that nothing is told again."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from traumatracker.engine.pack import Pack
from traumatracker.engine.windows import years_before

# Only the records may say this of somebody: a form must not ask a person to write down, in what can be disclosed, that
# somebody died by their action.
NOT_ASKED = frozenset({"own_action_death"})
OLDEST_YEARS = 50  # an entry may be older than five years, but not older than a career


class NotRight(forms.Form):
    """Which way an entry is not right. `recorded`: the part the entry says now, which is no correction of it."""

    kind = forms.ChoiceField(
        choices=[("not_there", "It was not me, or I was not there"), ("wrong_part", "My part in it is wrong")],
        error_messages={"required": "Choose what is not right"},
    )
    role = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, pack: Pack, recorded: str = "", **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.recorded = recorded
        self.fields["role"].choices = _choices(pack, "Choose your part")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the right part where the part is wrong, and forget it where it is not."""
        said = super().clean() or {}
        if said.get("kind") == "wrong_part" and not said.get("role"):
            self.add_error("role", "Choose the part you had")
        elif said.get("kind") == "wrong_part" and said["role"] == self.recorded:
            self.add_error("role", "That is the part the record already says. Choose the part you had instead")
        if said.get("kind") == "not_there":
            said["role"] = ""
        return said


class Missing(forms.Form):
    """An entry that ought to be there: its type, its day and, if the person likes, their part."""

    category = forms.ChoiceField(error_messages={"required": "Choose the type"})
    day = forms.CharField(required=False, max_length=2)
    month = forms.CharField(required=False, max_length=2)
    year = forms.CharField(required=False, max_length=4)
    role = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, pack: Pack, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today
        offered = [category for category in pack.categories.values() if category.id not in NOT_ASKED]
        names = sorted((category.name, category.id) for category in offered)
        self.fields["category"].choices = [("", "Choose a type"), *((key, name) for name, key in names)]  # type: ignore[attr-defined]
        self.fields["role"].choices = _choices(pack, "I would rather not say")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Turn day, month and year into one date that has been."""
        said = super().clean() or {}
        try:
            said["on"] = date(*(int(said.get(part) or "") for part in ("year", "month", "day")))
        except (ValueError, OverflowError):
            self.add_error("day", "Enter a real date, such as 27 3 2026")
            return said
        if said["on"] > self.today:
            self.add_error("day", "The date must be today or in the past")
        elif said["on"] < years_before(self.today, OLDEST_YEARS):
            self.add_error("day", f"The date must be within the last {OLDEST_YEARS} years")
        return said


def _choices(pack: Pack, nothing: str) -> Iterable[tuple[str, str]]:
    """Return the parts a person can claim; a name on a log with no part in it is not one."""
    return [("", nothing), *((role.id, role.plain) for role in pack.roles.values() if role.weight)]
