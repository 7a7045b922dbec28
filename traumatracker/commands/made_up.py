"""The made-up force: write one, and measure what is found of its hidden truth."""

import argparse
from argparse import Namespace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from traumatracker.commands.common import DONE, day, home, show, with_json
from traumatracker.console import Progress, table


def add(each: Any) -> None:
    """Add these commands to the command line."""
    _synthesise(each.add_parser("synthesise", help="write a made-up force as the files a real one would export"))
    _score(each.add_parser("score-truth", help="measure precision and recall against a made-up force's hidden truth"))


def _synthesise(command: argparse.ArgumentParser) -> None:
    command.description = "Write a made-up force: the same people, years, seed and day give the same bytes."
    command.add_argument("--people", type=int, default=300, help="people in post at any time (default 300)")
    command.add_argument("--years", type=int, default=5, help="years of records (default 5)")
    command.add_argument("--seed", type=int, default=7, help="which force to make up (default 7)")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
    command.add_argument("--as-of", type=day, metavar="DATE", help="the day the export is drawn (default today)")
    with_json(command)
    command.set_defaults(command=synthesise)


def _score(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Precision and recall for each category and part, with 0, 20 and 50% of crews and linked crimes missing."
    )
    command.add_argument("folder", type=Path, metavar="DIR", help="a folder written by synthesise")
    command.add_argument("--as-of", type=day, metavar="DATE", help="count up to this day (default today)")
    with_json(command)
    command.set_defaults(command=score_truth)


def synthesise(chosen: Namespace) -> int:
    """Write a made-up force, and print its figures beside the published ones."""
    from traumatracker.sources import synthetic

    progress = Progress()
    day = chosen.as_of or datetime.now(tz=ZoneInfo("Europe/London")).date()

    def shown(done: int, total: int, what: str) -> None:
        progress(f"making up ({what})", done, total)

    summary = synthetic.write(chosen.out, chosen.people, chosen.years, chosen.seed, day, shown).as_dict()
    progress.finish()
    show(chosen, summary, _synthesised)
    return DONE


def _synthesised(summary: dict[str, Any]) -> str:
    rows = [(name, count) for name, count in summary["rows"].items()]
    figures = [(line["name"], line["published"], line["here"], line["source"]) for line in summary["figures"]]
    return "\n\n".join(
        [
            f"Wrote {summary['people']:,} people, {summary['in_post']:,} of them in post, and "
            f"{summary['true_exposures']:,} true exposures ({summary['not_visible']:,} that no system can see).",
            table(("file", "rows"), rows),
            table(("figure, in percent", "published", "this force", "source"), figures),
        ]
    )


def score_truth(chosen: Namespace) -> int:
    """Measure precision and recall against the hidden truth of a made-up force."""
    from traumatracker import measure

    progress = Progress()
    scores = measure.score_folder(chosen.folder, chosen.as_of, progress)
    progress.finish()
    measure.publish(scores, home())
    show(chosen, scores, measure.in_words)
    return DONE
