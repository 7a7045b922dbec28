"""A made-up force with its hidden truth, written as the files a real one would send.

Made for demonstrations, for tests and for measuring: nobody in it exists. What it contains and how much of it is
judgement is told in docs/reference/synthetic-force.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from traumatracker.errors import CannotRun
from traumatracker.sources.synthetic import clock, dirt, figures, files, truth
from traumatracker.sources.synthetic.calls import Calls
from traumatracker.sources.synthetic.careers import Force
from traumatracker.sources.synthetic.degrade import degrade
from traumatracker.sources.synthetic.events import Story
from traumatracker.sources.synthetic.inquiries import Inquiries
from traumatracker.sources.synthetic.shifts import Roster

__all__ = ["Summary", "degrade", "write"]

Progress = Callable[[int, int, str], None]
FEWEST_PEOPLE, MOST_PEOPLE = 20, 7_000


@dataclass(frozen=True)
class Summary:
    """What was written: rows for each file, true exposures (and how many of them no system can see), the figures."""

    people: int
    in_post: int
    rows: dict[str, int]
    true_exposures: int
    not_visible: int
    exposures_by_department: dict[str, float]
    figures: list[figures.Figure]

    def as_dict(self) -> dict[str, object]:
        return vars(self) | {"figures": [figure.as_dict() for figure in self.figures]}


def write(out: Path, people: int, years: int, seed: int, as_of: date, progress: Progress | None = None) -> Summary:
    """Write the files of a made-up force to `out`, and the truth to `out/truth`. The same arguments, the same bytes.

    `people` are in post at any time; leavers and joiners come on top. The export is drawn at midnight at the start of
    `as_of`: nothing in it is later. `progress(done, total, what)` counts days.
    Raises CannotRun for sizes it was not made for.
    """
    if not FEWEST_PEOPLE <= people <= MOST_PEOPLE or not 1 <= years <= 30:
        raise CannotRun(f"A made-up force has {FEWEST_PEOPLE} to {MOST_PEOPLE} people and 1 to 30 years. Change those.")
    end = as_of.toordinal() - 1
    start = _years_before(as_of, years).toordinal()
    force = Force(people, start, end, Random(f"{seed}:people"))
    story = _tell(force, seed, progress or (lambda *_: None))
    story.limit = clock.midnight(end + 1)
    files.number(story)
    rows = list(truth.rows(story, end))
    counts = _save(out, force, story, rows, seed)
    return Summary(
        people=len(force.people),
        in_post=sum(person.left is None for person in force.people),
        rows=counts,
        true_exposures=len(rows),
        not_visible=sum(row[7] == "no" for row in rows),
        exposures_by_department=figures.per_person(force, rows, years),
        figures=figures.compare(force, rows, years),
    )


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 3, 1)


def _tell(force: Force, seed: int, progress: Progress) -> Story:
    story = Story()
    roster = Roster(force, Random(f"{seed}:shifts"))
    inquiries = Inquiries(story, Random(f"{seed}:inquiries"))
    calls = Calls(story, Random(f"{seed}:calls"), inquiries)
    days = force.end - force.start + 1
    for done in range(days):
        duty = roster.day(force.start + done)
        calls.day(force.start + done, duty)
        inquiries.day(force.start + done, duty)
        if done % 50 == 0:
            progress(done, days, "days")
    progress(days, days, "days")
    return story


def _save(out: Path, force: Force, story: Story, rows: list[truth.Row], seed: int) -> dict[str, int]:
    hidden = out / "truth"
    hidden.mkdir(parents=True, exist_ok=True)
    gap = clock.day_text(clock.spring_sunday(date.fromordinal(force.end).year - 1))
    counts: dict[str, int] = {}
    for name, make in files.makers(force, story).items():
        spoiled = dirt.spoil(name, make(), Random(f"{seed}:dirt:{name}"), gap)
        counts[name] = files.save(out / name, files.COLUMNS[name], spoiled, name == "hr_people.csv")
    shown = (list(row) for row in rows)
    counts["truth/truth_exposures.csv"] = files.save(hidden / "truth_exposures.csv", truth.COLUMNS, shown)
    return counts
