"""Which database holds the casework, and how it is opened: SQLite in the home folder, or PostgreSQL."""

from pathlib import Path
from typing import Any

import dj_database_url

from traumatracker.errors import CannotRun

SECONDS_TO_CONNECT = 5  # Source: judgement; somebody waits for a page, and a server that is up answers in milliseconds
SECONDS_FOR_A_LOCK = 10  # Source: judgement; as long as SQLite's writers wait for each other
SECONDS_IDLE_IN_TRANSACTION = 60  # Source: judgement; ours last milliseconds, so one this old belongs to the dead

POSTGRESQL = "django.db.backends.postgresql"
SQLITE = "django.db.backends.sqlite3"


def casework(url: str, home: Path) -> dict[str, Any]:
    """Return Django's settings of the casework store. `url`: what DATABASE_URL says; "" is the file under `home`.

    Raises CannotRun for a URL that cannot be read and for a kind of database that no test runs on. The message never
    repeats the URL, which may hold a password.
    """
    if not url:
        return _sqlite(home / "casework.sqlite3")
    try:
        parsed = dj_database_url.parse(url)
    except (ValueError, KeyError):
        parsed = {}
    if parsed.get("ENGINE") == SQLITE and parsed.get("NAME"):
        return _sqlite(Path(parsed["NAME"]))
    if parsed.get("ENGINE") != POSTGRESQL or not parsed.get("NAME"):
        raise CannotRun(
            "DATABASE_URL names no database that can be used here. Write it as postgresql://user@host/database, or "
            "leave it out to use a file in TRAUMATRACKER_HOME."
        )
    return _postgresql(dict(parsed))


def _sqlite(path: Path) -> dict[str, Any]:
    """Writers take the lock when they begin, so that two of them queue instead of failing half-way (docs/adr)."""
    return {
        "ENGINE": SQLITE,
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=10000;",
        },
    }


def _postgresql(parsed: dict[str, Any]) -> dict[str, Any]:
    """Nothing waits for ever: not for the server, not for a lock; and a connection that died is noticed before use."""
    waits = {
        "lock_timeout": f"{SECONDS_FOR_A_LOCK}s",
        "idle_in_transaction_session_timeout": f"{SECONDS_IDLE_IN_TRANSACTION}s",
    }
    said = parsed.get("OPTIONS", {})
    ours = " ".join(f"-c {name}={value}" for name, value in waits.items())
    options = {"connect_timeout": SECONDS_TO_CONNECT} | said
    options["options"] = f"{ours} {said.get('options', '')}".strip()  # what the force says comes last, and so wins
    return parsed | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}
