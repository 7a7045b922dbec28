"""A person's pages with 1,000 exposures, on the server: the whole request, against merely reading the same rows.

Each request goes through sign-in, gatekeeper, audit row, presenters and templates, in one process with SQLite on disk.
"""

import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the tests' makers of people

EXPOSURES = 1_000
REQUESTS = 60
WARM_UP = 5


def main() -> None:
    """Make one person with 1,000 exposures in five years, ask for each page 60 times and print the table."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "TRAUMATRACKER_HOME": home,
            "TRAUMATRACKER_MODE": "demonstration",
            "DJANGO_SETTINGS_MODULE": "traumatracker.web.settings",
            "TRAUMATRACKER_TODAY": "2026-11-22",
        }
        import django

        django.setup()
        from traumatracker.web import jobs

        jobs.prepare(Path(home))
        _measure(Path(home), *_people())


def _people() -> tuple[str, str]:
    """Return the ids of somebody with 1,000 exposures and of their supervisor, in a team of twelve."""
    from tests.web import factories

    factories.run()
    team = factories.unit()
    busy = factories.person("Busy", team)
    lead = factories.person("Lead", team, supervisor=True, rank="PS")
    for place in range(EXPOSURES):
        factories.exposure(busy, days_ago=1 + place * 1800 // EXPOSURES)
    for other in range(10):
        colleague = factories.person(f"Colleague {other}", team)
        for place in range(60):
            factories.exposure(colleague, days_ago=1 + place * 29)
    return str(busy.pk), str(lead.pk)


def _measure(home: Path, busy: str, lead: str) -> None:
    from traumatracker.console import table

    floor = _times(lambda: _read(home, busy))
    lines = [("read and decode the 1,000 rows (floor)", *_summary(floor), 1.0)]
    for who, address in ((busy, "/me/"), (busy, "/me/?year=2025"), (busy, _entry(busy)), (lead, "/team/")):
        times = _times(_request(who, address))
        shown = "/me/entry/…" if "entry" in address else address
        lines.append((shown, *_summary(times), statistics.median(times) / statistics.median(floor)))
    print(table(("page", "median ms", "95% ms", "worst ms", "times the floor"), lines))


def _summary(seconds: list[float]) -> tuple[float, float, float]:
    ordered = sorted(1000 * value for value in seconds)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95)], ordered[-1]


def _times(action) -> list[float]:
    times = []
    for _ in range(WARM_UP + REQUESTS):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return times[WARM_UP:]


def _read(home: Path, person: str) -> int:
    since = (date(2026, 11, 22) - timedelta(days=1826)).isoformat()
    connection = sqlite3.connect(home / "casework.sqlite3")
    rows = connection.execute(
        "SELECT * FROM exposure_exposure WHERE person_id = ? AND exposed_on >= ?", [person.replace("-", ""), since]
    )
    names = [column[0] for column in rows.description]
    read = [json.loads(row[names.index("reasons")]) for row in rows]
    connection.close()
    if len(read) != EXPOSURES:
        raise SystemExit(f"The floor read {len(read)} rows, not {EXPOSURES}: the comparison means nothing.")
    return len(read)


def _entry(person: str) -> str:
    from traumatracker.web.exposure.models import Exposure

    return f"/me/entry/{Exposure.objects.filter(person=person).values_list('id', flat=True)[0]}/"


def _request(person: str, address: str):
    from django.test import Client

    from traumatracker.web import gatekeeper

    client = Client(headers={"host": "localhost"})
    session = client.session
    session[gatekeeper.SESSION_KEY] = person
    session.save()
    client.cookies["sessionid"] = session.session_key

    def ask() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")

    return ask


if __name__ == "__main__":
    main()
