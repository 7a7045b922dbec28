"""`sources check`: what a profile would make of a file or a folder. A dry run, in a folder that is gone afterwards."""

import argparse
import tempfile
from argparse import Namespace
from collections import Counter
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from traumatracker.commands.common import DONE, REFUSED_SOME, show, with_json
from traumatracker.commands.refreshing import in_words
from traumatracker.console import table
from traumatracker.engine import bulk
from traumatracker.engine.pack import Pack, find_pack
from traumatracker.errors import CannotRun
from traumatracker.record.store import Record
from traumatracker.sources import canonical
from traumatracker.sources.formats import find_files
from traumatracker.sources.intake import Taken, accept
from traumatracker.sources.profile import Profile, find_profile, load_profile
from traumatracker.sources.watch import Watch


def add_to(command: argparse.ArgumentParser) -> None:
    """Describe the command."""
    command.description = (
        "Read PATH as a refresh would, and say what would come of it: rows and reasons, incidents, what could be "
        "linked, codes nobody has mapped. Nothing is stored."
    )
    command.add_argument("profile", metavar="PROFILE", help="a source profile, or the path of a .toml file")
    command.add_argument("path", type=Path, metavar="PATH", help="a file, a zip or a folder of exports")
    with_json(command)
    command.set_defaults(command=check)


def check(chosen: Namespace) -> int:
    """Try a profile on files, and store nothing."""
    named = chosen.profile
    profile = load_profile(Path(named)) if named.endswith(".toml") else find_profile(named)
    done = checked(profile, find_pack(profile.pack), chosen.path)
    show(chosen, done, _in_words)
    return REFUSED_SOME if done["rows_quarantined"] or done["files_refused"] else DONE


def checked(profile: Profile, pack: Pack, path: Path) -> dict[str, Any]:
    """Return what a refresh of `path` would say, as its JSON does, and the codes for which the source has no label.

    Raises CannotRun when there is nothing at `path` that the profile reads.
    """
    if not path.exists():
        raise CannotRun(f"There is no {path}. Name a file, a zip or a folder of exports.")
    with tempfile.TemporaryDirectory() as name:
        home, folder = Path(name) / "home", Path(name) / "in"
        folder.mkdir()
        for each in sorted(path.iterdir()) if path.is_dir() else [path]:
            (folder / each.name).symlink_to(each.resolve())
        ignored = find_files(profile, folder).ignored
        batches = _in_order(profile, folder, Record(home), home)
        with bulk.connect(Path(name) / "spill") as connection:
            canonical.register(connection, profile, Record(home))
            bulk.build(connection, pack, datetime.now(tz=ZoneInfo(profile.time_zone)).date())
            return _counts(batches) | {"files_ignored": ignored, "profile": profile.id} | _found(connection)


def _in_order(profile: Profile, folder: Path, record: Record, home: Path) -> list[Taken]:
    """Take everything as a watched folder does: of a table without a version one file at a time, oldest first."""
    batches: list[Taken] = []

    def take(handed_over: Path) -> dict[str, Any]:
        batches.append(accept(profile, handed_over, record, datetime.now(tz=UTC)))
        return {}

    whole = replace(profile, tables=tuple(replace(each, complete="stable") for each in profile.tables))
    watch = Watch(whole, folder, home, take, lambda _: None, settle_seconds=0)
    watch.round()  # the first look only remembers sizes and times
    while (found := watch.round()).taken:
        pass
    if found.failed:
        raise CannotRun(f"The files could not be read: {found.failed}")
    return batches


def _counts(batches: list[Taken]) -> dict[str, Any]:
    names = ("rows_read", "rows_accepted", "rows_quarantined", "duplicates")
    reasons: Counter[str] = Counter()
    for batch in batches:
        reasons.update(batch.quarantine_reasons)
    return {
        **{name: sum(getattr(batch, name) for batch in batches) for name in names},
        "quarantine_reasons": dict(sorted(reasons.items())),
        "quarantined": [each for batch in batches for each in batch.quarantined],
        "files_refused": [each for batch in batches for each in batch.refused],
        "notes": sorted({note for batch in batches for note in batch.notes if not note.startswith("No file for")}),
    }


def _found(connection: Any) -> dict[str, Any]:
    tables = {"incidents": "incident", "people": "person", "exposures": "exposure", "open_questions": "question"}
    unmapped = [
        {"code_system": one.code_system, "code": one.code, "label": one.label or "", "count": one.incidents}
        for one in sorted(bulk.unmapped(connection), key=lambda one: (-one.incidents, one.code_system, one.code))
    ]
    nameless = connection.sql(
        # Only of a system that has labels at all: otherwise its source has no key.
        """SELECT DISTINCT code_system, code FROM incident_code WHERE coalesce(label, '') = '' AND code_system IN
           (SELECT code_system FROM incident_code WHERE coalesce(label, '') <> '') ORDER BY ALL"""
    ).fetchall()
    return {
        **{name: connection.sql(f"SELECT count(*) FROM {each}").fetchall()[0][0] for name, each in tables.items()},
        "coverage": asdict(bulk.coverage(connection)),
        "unmapped_codes": unmapped,
        "codes_without_label": [{"code_system": system, "code": code} for system, code in nameless],
    }


def _in_words(done: dict[str, Any]) -> str:
    first = (
        f"Read {done['rows_read']:,} rows: {done['rows_accepted']:,} would be accepted (of them {done['duplicates']:,} "
        f"twice), {done['rows_quarantined']:,} quarantined. Nothing was stored."
    )
    second = (
        f"They would give {done['incidents']:,} incidents, {done['people']:,} people, {done['exposures']:,} exposures "
        f"and {done['open_questions']:,} open questions."
    )
    covered = table(("what could be told", "rows"), [(n.replace("_", " "), v) for n, v in done["coverage"].items()])
    nameless = [f"{each['code_system']}:{each['code']}" for each in done["codes_without_label"]]
    lacking = f"Codes for which the source has no label ({len(nameless)}): {', '.join(nameless)}." if nameless else ""
    return "\n\n".join(part for part in (first, second, covered, in_words(done), lacking) if part)
