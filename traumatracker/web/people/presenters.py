"""View models of "Who looked": every look is in it, those of one person at one thing on one day as one line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from traumatracker.web.gatekeeper import NAME_ONLY, Looked

SAW = {
    NAME_ONLY: "Your name on their team list, nothing else",
    "team_exposure": "Your counts and points on their team page",
    "disputes": "What you said is not right, and the entry it is about; not your name",
    "exposure": "Your entries: type, part, date and points",
}
WITHOUT_A_NAME = {"steward": "The data steward"}  # offices, by basis
SUPERVISED = "They supervised your team that day; "
WHY = {"wellbeing conversation": "to help start a wellbeing conversation"}  # a purpose as stored, said in full


@dataclass(frozen=True)
class Line:
    """One line of the list. `times`: when on that day, latest first."""

    on: str
    by: str
    saw: str
    why: str
    times: list[str]


def lines(looks: Iterable[Looked]) -> list[Line]:
    """Return the looks by day, newest day first."""
    together: dict[tuple[date, str | None, str, str], list[Looked]] = {}
    for look in looks:
        day = timezone.localtime(look.at).date()
        together.setdefault((day, look.by, look.data_class, look.purpose), []).append(look)
    return [
        Line(
            on=f"{day:%-d %B %Y}",
            by=by or WITHOUT_A_NAME.get(same[0].basis, "Whoever runs the machine"),
            saw=SAW.get(data_class, "Something of your record"),
            why=f"{SUPERVISED if same[0].basis == 'supervisor' else ''}{WHY.get(purpose, purpose)}",
            times=[f"{timezone.localtime(look.at):%H:%M}" for look in same],
        )
        for (day, by, data_class, purpose), same in together.items()
    ]
