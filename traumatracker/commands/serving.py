"""Serve the pages."""

import argparse
import socket
from argparse import Namespace
from typing import Any

from traumatracker.commands.common import DONE, django, home, with_json
from traumatracker.console import as_json
from traumatracker.errors import CannotRun

PAGE_THREADS = 8  # pages answered at the same time; each keeps a connection to the store open
SECONDS_TO_STOP = 2  # granian 2.8.7 never ends by itself once it has answered a page, even of a trivial application


def add(each: Any) -> None:
    """Add these commands to the command line."""
    _serve(each.add_parser("serve", help="serve the pages on this machine"))


def _serve(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Serve the pages on this machine until Ctrl-C, and see to live messages as they come. "
        "A demonstration, or a force's own with sign-in: TRAUMATRACKER_MODE says which."
    )
    command.add_argument("--port", type=int, default=8000, help="default 8000")
    with_json(command)
    command.set_defaults(command=serve)


def serve(chosen: Namespace) -> int:
    """Serve the pages until Ctrl-C."""
    django()
    from traumatracker.web import jobs
    from traumatracker.web.mode import require_mode

    require_mode()
    _require_free(chosen.port)
    jobs.prepare(home())
    from granian import Granian
    from granian.constants import Interfaces

    address = f"http://127.0.0.1:{chosen.port}/"
    _say(chosen, address)
    server = Granian(
        "traumatracker.web.wsgi:application",
        port=chosen.port,
        interface=Interfaces.WSGI,
        log_enabled=False,
        blocking_threads=PAGE_THREADS,
        workers_kill_timeout=SECONDS_TO_STOP,
    )
    from traumatracker.web.audit.sealing import Hourly
    from traumatracker.web.live.supervise import Supervisor

    beside = (Supervisor(), Hourly(home()))
    for each in beside:
        each.start()
    try:
        server.serve()
    finally:
        for each in beside:
            each.stop()
    return DONE


def _say(chosen: Namespace, address: str) -> None:
    """Print where the pages are and, in a demonstration, who can be signed in as."""
    from django.conf import settings

    if settings.IS_FORCE:
        told = {"address": address, "people_open": settings.SIGN_IN.url}
        words = f"Serving {settings.SIGN_IN.url} at {address}, for the proxy in front."
    else:
        told = {"address": address, "sign_in_as": _who_can_sign_in()}
        words = f"Open {address} and choose who to be: {told['sign_in_as']}"
    print(as_json(told) if chosen.json else f"{words}\nPress Ctrl-C to stop.", flush=True)


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
