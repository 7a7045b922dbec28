"""Precision and recall against a made-up force's hidden truth: reads its files as a refresh would, keeps nothing."""

import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from traumatracker.console import Progress, table
from traumatracker.engine import bulk, evaluate
from traumatracker.engine.pack import Pack, find_pack
from traumatracker.engine.result import Result
from traumatracker.engine.signature import keep
from traumatracker.engine.tables import ENTITIES
from traumatracker.record.store import Record
from traumatracker.sources import canonical, intake
from traumatracker.sources.profile import find_profile
from traumatracker.sources.synthetic import degrade

PROFILE = "synthetic"
MEASURED = "measured.json"  # in the home folder; web.desk.coverage reads it


def score_folder(folder: Path, as_of: date | None, progress: Progress) -> dict[str, Any]:
    """Return the scores of the made-up force in `folder`, with 0, 20 and 50% of crews and linked crimes missing.

    `scores`: one entry for each share, each with precision and recall overall, by category and by role, and the
    counts behind them. Raises CannotRun for a folder without a truth.
    """
    truths = evaluate.read_truth(folder)
    profile = find_profile(PROFILE)
    pack = find_pack(profile.pack)
    day = as_of or datetime.now(tz=ZoneInfo(profile.time_zone)).date()
    with tempfile.TemporaryDirectory() as name:
        record = Record(Path(name))
        intake.accept(
            profile, folder, record, datetime.now(tz=UTC), lambda done, total, _: progress("reading", done, total)
        )
        with bulk.connect(Path(name)) as connection:
            canonical.register(connection, profile, record)
            tables = {entity: connection.sql(f"SELECT * FROM {entity}").to_arrow_table() for entity in ENTITIES}
        scores = evaluate.score_with_missing(
            tables, truths, degrade, lambda kept: _evaluated(kept, pack, day, Path(name), progress)
        )
    return {"pack": pack.label, "as_of": day.isoformat(), "truths": len(truths), "scores": scores}


def publish(scores: dict[str, Any], home: Path) -> None:
    """Leave what was measured where the coverage page finds it; a file half written is never found."""
    told = {
        "profile": PROFILE, "as_of": scores["as_of"], "truths": scores["truths"], "pack": scores["pack"],
        "scores": [
            {"missing": f"{entry['missing_percent']}%"}
            | {name: _in_percent(entry["person_event_and_category"][name]) for name in ("precision", "recall")}
            for entry in scores["scores"]
        ],
    }  # fmt: skip
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    half_done = home / f"{MEASURED}.part"
    half_done.write_text(json.dumps(told, indent=1), "utf-8")
    half_done.replace(home / MEASURED)


def _in_percent(rate: float | None) -> str:
    return "not known" if rate is None else f"{100 * rate:.1f}%"


def _evaluated(tables: Mapping[str, pa.Table], pack: Pack, as_of: date, spill: Path, progress: Progress) -> Result:
    progress("evaluating", 0)
    with bulk.connect(spill) as connection:
        for entity, rows in tables.items():
            keep(connection, entity, rows)
        return bulk.evaluate(connection, pack, as_of)


def in_words(scores: dict[str, Any]) -> str:
    """Return the scores as tables for a person."""
    parts = [f"{scores['truths']:,} true exposures, scored with {scores['pack']} as of {scores['as_of']}."]
    overall = [
        (f"{entry['missing_percent']}%", what.replace("_", " "), *_rates(entry[what]))
        for entry in scores["scores"]
        for what in ("person_and_event", "person_event_and_category")
    ]
    parts.append(table(("missing", "of", "precision", "recall", "claimed", "true"), overall))
    for title, by in (("category", "by_category"), ("part", "by_role")):
        whole, *degraded = scores["scores"]
        rows = [
            (name, *_rates(rate), *(later[by].get(name, {}).get("recall") for later in degraded))
            for name, rate in whole[by].items()
        ]
        missing = [f"recall at {later['missing_percent']}%" for later in degraded]
        parts.append(table((title, "precision", "recall", "claimed", "true", *missing), rows))
    return "\n\n".join(parts)


def _rates(rate: dict[str, Any]) -> tuple[Any, ...]:
    return rate["precision"], rate["recall"], rate["claimed"], rate["true"]
