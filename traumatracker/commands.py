"""The commands behind the command line: each does one job, prints what happened and returns an exit code."""

import os
import socket
import sys
from argparse import Namespace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from traumatracker.console import Progress, as_json, table
from traumatracker.errors import CannotRun

DONE, REFUSED_SOME = 0, 1
PAGE_THREADS = 8  # pages answered at the same time; each keeps a connection to the store open
SECONDS_TO_STOP = 2  # granian 2.8.7 never ends by itself once it has answered a page, even of a trivial application


def home() -> Path:
    """Return the folder that holds the record and the casework store: TRAUMATRACKER_HOME, else ./var."""
    return Path(os.environ.get("TRAUMATRACKER_HOME", "var")).resolve()


def synthesise(chosen: Namespace) -> int:
    """Write a made-up force, and print its figures beside the published ones."""
    from traumatracker.sources import synthetic

    progress = Progress()
    day = chosen.as_of or datetime.now(tz=ZoneInfo("Europe/London")).date()

    def shown(done: int, total: int, what: str) -> None:
        progress(f"making up ({what})", done, total)

    summary = synthetic.write(chosen.out, chosen.people, chosen.years, chosen.seed, day, shown).as_dict()
    progress.finish()
    _print(chosen, summary, _synthesised)
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


def refresh(chosen: Namespace) -> int:
    """Read a folder of exports, and say what was taken, what was refused and why, and what nobody has mapped."""
    _django()
    from traumatracker.web import jobs

    progress = Progress()
    done = jobs.refresh(chosen.profile, chosen.folder, chosen.as_of, home(), progress)
    progress.finish()
    _print(chosen, done, _refreshed)
    return REFUSED_SOME if done["rows_quarantined"] or done["files_refused"] else DONE


def _refreshed(done: dict[str, Any]) -> str:
    parts = [
        f"Read {done['rows_read']:,} rows: {done['rows_accepted']:,} accepted (of them {done['duplicates']:,} "
        f"already held), {done['rows_quarantined']:,} quarantined.",
        f"{done['incidents']:,} incidents and {done['people']:,} people gave {done['exposures']:,} exposures "
        f"as of {done['as_of']}: {done['new']:,} new, {done['changed']:,} changed, {done['withdrawn']:,} withdrawn, "
        f"{done['unchanged']:,} unchanged. {done['open_questions']:,} open questions.",
    ]
    if done["quarantined"]:
        places = [(item["file"], item["reason"], item["rows"], _places(item["first"])) for item in done["quarantined"]]
        parts.append(table(("file", "quarantined because", "rows", "first on line (column)"), places))
        meanings = {item["reason"]: item["meaning"] for item in done["quarantined"]}
        parts.append("\n".join(f"{reason}: {meaning}" for reason, meaning in sorted(meanings.items())))
    if done["files_refused"]:
        refused = [(item["file"], item["reason"], item["message"]) for item in done["files_refused"]]
        parts.append(table(("file refused", "reason", "what to do"), refused))
    if done["notes"]:
        parts.append("\n".join(done["notes"]))
    if done["files_ignored"]:
        parts.append(f"Files the profile does not know, left alone: {', '.join(done['files_ignored'])}.")
    unmapped = [(item["code_system"], item["code"], item["label"], item["count"]) for item in done["unmapped_codes"]]
    if unmapped:
        parts.append(
            "Codes nobody has mapped: accepted and counted, but they make no exposure until a pack knows them."
        )
        parts.append(table(("code system", "code", "label", "incidents"), unmapped))
    return "\n\n".join(parts)


def _places(first: list[dict[str, Any]]) -> str:
    return ", ".join(f"{place['row']} ({place['column']})" if place["column"] else str(place["row"]) for place in first)


def exposures(chosen: Namespace) -> int:
    """List one person's exposures with their reasons."""
    _django()
    from traumatracker.web import jobs

    jobs.prepare(home())
    _print(chosen, jobs.exposures_of(chosen.person), _listed)
    return DONE


def _listed(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "No exposures."
    shown = [(row["exposed_on"], row["category"], row["role"], row["points"], row["team"] or "") for row in rows]
    return table(("day", "category", "part", "points", "team"), shown) + f"\n\n{len(rows)} exposures."


def score_truth(chosen: Namespace) -> int:
    """Measure precision and recall against the hidden truth of a made-up force."""
    from traumatracker import measure

    progress = Progress()
    scores = measure.score_folder(chosen.folder, chosen.as_of, progress)
    progress.finish()
    _print(chosen, scores, measure.in_words)
    return DONE


def serve(chosen: Namespace) -> int:
    """Serve the pages until Ctrl-C."""
    _django()
    from traumatracker.web import jobs
    from traumatracker.web.mode import require_demonstration

    require_demonstration()
    _require_free(chosen.port)
    jobs.prepare(home())
    from granian import Granian
    from granian.constants import Interfaces

    address = f"http://127.0.0.1:{chosen.port}/"
    if chosen.json:
        print(as_json({"address": address, "sign_in_as": _who_can_sign_in()}), flush=True)
    else:
        print(f"Open {address} and choose who to be: {_who_can_sign_in()}")
        print("Press Ctrl-C to stop.", flush=True)
    server = Granian(
        "traumatracker.web.wsgi:application",
        port=chosen.port,
        interface=Interfaces.WSGI,
        log_enabled=False,
        blocking_threads=PAGE_THREADS,
        workers_kill_timeout=SECONDS_TO_STOP,
    )
    server.serve()
    return DONE


def _require_free(port: int) -> None:
    """Raise CannotRun when another program listens on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as taken:
            raise CannotRun(f"Port {port} is taken. Stop the other program, or choose another: --port 9000") from taken


def _who_can_sign_in() -> str:
    from traumatracker.web import demonstration

    people = demonstration.people()
    if not people:
        return "nobody yet. Run a refresh first."
    names = ", ".join(f"{item.person.name} ({item.why.lower()})" for item in demonstration.picked()[:3])
    return f"{len(people)} people, for example {names}."


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "traumatracker.web.settings")
    import django

    django.setup()


def _print(chosen: Namespace, value: Any, in_words: Any) -> None:
    """JSON when asked for, or when another program reads the output; words for a person."""
    if chosen.json or not sys.stdout.isatty():
        print(as_json(value))
    else:
        print(in_words(value))
