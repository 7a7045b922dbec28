"""The sources: watch a folder for files that arrive."""

import argparse
import json
import re
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from traumatracker.commands import checking
from traumatracker.commands.common import DONE, REFUSED_SOME, django, home, show, with_json
from traumatracker.console import Progress
from traumatracker.engine.pack import load_pack
from traumatracker.errors import CannotRun
from traumatracker.sources.profile import SHIPPED, parse_profile


def add(each: Any) -> None:
    """Add these commands to the command line."""
    group = each.add_parser("sources", help="draft and check a source's profile, and watch its folder")
    group.description = "The force's sources: what their files look like, and taking them as they arrive."
    inner = group.add_subparsers(dest="sources_command", required=True, metavar="WHAT", help="what to do")
    _draft(inner.add_parser("draft", help="write a first profile for files nobody has seen"))
    checking.add_to(inner.add_parser("check", help="try a profile on files, and store nothing"))
    _watch(inner.add_parser("watch", help="take files from a folder as they arrive"))


def _draft(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Look at files nobody has described and write a commented profile: what each column probably is, what is "
        "unsure, and for each code the closest that a criteria pack knows. Nothing personal is shown."
    )
    command.add_argument("path", type=Path, metavar="PATH", help="a file, a zip or a folder of exports")
    command.add_argument("--out", type=Path, metavar="FILE", help="write the profile there, as <id>.toml")
    command.add_argument("--pack", default="ptec_aligned", help="the criteria pack (default ptec_aligned)")
    command.add_argument(
        "--time-zone", default="Europe/London", metavar="ZONE", help="of local times (default Europe/London)"
    )
    with_json(command)
    command.set_defaults(command=draft)


def _watch(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Look into DIR again and again. A file is taken when it is whole: unchanged for some seconds, or confirmed by "
        "the file beside it that the profile asks for. Stop it with Ctrl-C; started again, it goes on where it was."
    )
    command.add_argument("--profile", required=True, help="the source profile, or the path of a .toml file")
    command.add_argument("folder", type=Path, metavar="DIR", help="the folder that the exports arrive in")
    command.add_argument(
        "--settle", type=float, default=10.0, metavar="SECONDS", help="how long a file must stay the same (default 10)"
    )
    command.add_argument("--once", action="store_true", help="stop when nothing is left to take")
    with_json(command)
    command.set_defaults(command=watch)


def draft(chosen: Namespace) -> int:
    """Write a first profile for files nobody has seen."""
    from traumatracker.sources.draft.recognise import recognise
    from traumatracker.sources.draft.sample import sample
    from traumatracker.sources.draft.write import Head, next_command, profile_text

    if chosen.out and chosen.out.exists():
        raise CannotRun(f"{chosen.out} is there already. Name another file, or remove it.")
    named = chosen.out.stem if chosen.out else chosen.path.stem
    profile_id = re.sub(r"[^a-z0-9]+", "_", named.casefold()).strip("_") or "draft"
    if chosen.out and chosen.out.name != f"{profile_id}.toml":
        raise CannotRun(f"Name the file {profile_id}.toml: small letters, digits and _, as its id.")
    kinds = [(seen, recognise(seen)) for seen in sample(chosen.path)]
    text = profile_text(Head(profile_id, chosen.pack, chosen.time_zone), kinds, known_codes())
    parse_profile(text, profile_id)
    if chosen.out:
        chosen.out.write_text(text, "utf-8")
    kept = [each.name for _, proposals in kinds for each in proposals if each.keep]
    told = {
        "profile": profile_id,
        "text": "" if chosen.out else text,
        "tables": len(kinds),
        "columns_kept": len(kept),
        "columns_dropped": sum(len(proposals) for _, proposals in kinds) - len(kept),
        "unsure": text.count("UNSURE") - 1,  # the first line only says what the word means
        "next": next_command(str(chosen.out or f"{profile_id}.toml"), str(chosen.path)),
    }
    show(chosen, told, _drafted)
    return DONE


def _drafted(done: dict[str, Any]) -> str:
    counts = (
        f"{done['tables']} kinds of file, {done['columns_kept']} columns kept and {done['columns_dropped']} dropped; "
        f"{done['unsure']} lines say UNSURE. Read them, and every drop."
    )
    return "\n".join(part for part in (done["text"], counts, f"Next: {done['next']}") if part)


def known_codes() -> list[tuple[str, str]]:
    """Return every code that a shipped criteria pack knows, with its label, or its own text where it has none."""
    found: dict[str, str] = {}
    for folder in sorted((SHIPPED.parent).iterdir()):
        if (folder / "pack.toml").exists():
            pack = load_pack(folder)
            found |= {code: pack.code_labels.get(code) or code.partition(":")[2] for code in sorted(pack.mentioned)}
    return sorted(found.items())


def watch(chosen: Namespace) -> int:
    """Watch a folder until Ctrl-C, or with --once until all that is there was taken."""
    django()
    from traumatracker.sources.adopted import adopt
    from traumatracker.sources.profile import find_profile
    from traumatracker.sources.watch import Watch
    from traumatracker.web import jobs

    if not chosen.folder.is_dir():
        raise CannotRun(f"There is no folder {chosen.folder}. Give the folder that the exports arrive in.")
    profile, progress = find_profile(adopt(chosen.profile)), Progress()

    def take(folder: Path) -> dict[str, Any]:
        done = jobs.refresh(profile.id, folder, None, home(), progress)
        progress.finish()
        return {name: done[name] for name in _TOLD}

    told = _tell(as_lines=chosen.json or not sys.stdout.isatty())
    watched = Watch(profile, chosen.folder, home(), take, told, chosen.settle)
    with watched.alone():
        while True:
            found = watched.round()
            if chosen.once and found.failed:
                raise CannotRun(found.failed)
            if chosen.once and not found.taken and not found.may_settle:
                return REFUSED_SOME if found.left else DONE
            time.sleep(found.wait_seconds)


_TOLD = ("rows_read", "rows_accepted", "rows_quarantined", "incidents", "exposures", "new", "changed", "withdrawn")


def _tell(as_lines: bool) -> Callable[[dict[str, Any]], None]:
    """Return what says each event: a line of JSON for a program, a sentence for a person."""

    def tell(event: dict[str, Any]) -> None:
        stamped = {"at": datetime.now(tz=UTC).isoformat(timespec="seconds"), **event}
        print(json.dumps(stamped, ensure_ascii=False) if as_lines else _in_words(stamped), flush=True)

    return tell


def _in_words(event: dict[str, Any]) -> str:
    at = event["at"][:19].replace("T", " ")
    if event["event"] == "waiting":
        return f"{at}  {event['file']} waits: {event['why']}."
    if event["event"] == "failed":
        return f"{at}  Nothing was taken: {event['why']} Trying again in {event['again_in_seconds']:.0f} s."
    counts = ", ".join(f"{event[name]:,} {name.replace('_', ' ')}" for name in _TOLD)
    return f"{at}  Took {', '.join(event['files'])}: {counts}."
