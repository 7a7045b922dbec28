"""What the kill harness disturbs: two deliveries of exports, and live messages before, between and after them.

Imported by processes of their own: nothing of Django before it is set up.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.world import AS_OF, Exports, Log, message

PROFILE = "synthetic"
FIRST = [Log(n, crews=(f"A{1 + n % 4}",), status="open" if n % 5 == 0 else "closed") for n in range(1, 25)]


def second_delivery() -> list[Log]:
    """Logs again as they were, corrections, one that says two things, and new ones."""
    again = FIRST[2:4]
    corrected = [
        FIRST[4].next(code="306"),
        FIRST[5].next(crews=("A1", "A2")),
        FIRST[6].next(crews=(), called_off=("A3",)),
    ]
    conflicting = [Log(8, status="open")]
    new = [Log(n, crews=(f"A{1 + n % 4}",)) for n in range(25, 45)]
    return [*again, *corrected, *conflicting, *new]


def waiting() -> list[dict]:
    """Messages: new logs, corrections of them in the wrong order, repeats, a conflict, a retraction, a bad one."""
    new = [Log(n, crews=(f"A{1 + n % 4}",)) for n in range(101, 111)]
    told = [new[0].next(code="306"), *new, new[3], new[4].next(status="retracted"), new[5].next(crews=("A4",))]
    bad = message(Log(120)) | {"narrative": "words"}
    return [*map(message, told), message(Log(102, code="306")), bad]


def lay_out_first(home: Path) -> None:
    """Write the first delivery."""
    exports = Exports(home / "in")
    exports.hr()
    exports.logs(FIRST)


def lay_out_second(home: Path) -> None:
    """Write the second delivery in place of the first."""
    Exports(home / "in").logs(second_delivery())


def refresh(home: Path) -> None:
    """One refresh over the exports of a home."""
    from traumatracker.web import jobs

    jobs.refresh(PROFILE, home / "in", AS_OF, home, lambda *_: None)


def send(messages: list[dict]) -> None:
    """Take messages as the feed does."""
    from traumatracker.sources.feed.message import Reader
    from traumatracker.sources.profile import find_profile
    from traumatracker.web.feed import actions
    from traumatracker.web.feed.models import FeedToken
    from traumatracker.web.feed.reads import Sender

    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    actions.make_token(profile=PROFILE, source="cad")
    read = Reader(find_profile(PROFILE), now)
    sender = Sender(FeedToken.objects.get().id, "cad", PROFILE, None)
    actions.take(sender, [read(json.dumps(one).encode()) for one in messages], now)


def live(home: Path) -> None:
    """The live worker, from wherever the last one got to, until nothing waits; it waits for a store that is away."""
    from traumatracker.web.live.worker import Worker

    seen: list[int] = []

    class Counting(Worker):
        def once(self) -> int:
            seen.append(super().once())
            return seen[-1]

    Counting(PROFILE, home).work(stop=lambda: seen[-1:] == [0])


def first(home: Path) -> None:
    """Make a home that has read the first delivery, with the second laid out and messages that wait."""
    home.mkdir(parents=True, exist_ok=True)
    lay_out_first(home)
    refresh(home)
    lay_out_second(home)
    send(waiting())


def second(home: Path) -> None:
    """See to what waits, live and then by a refresh; this is what is killed."""
    live(home)
    refresh(home)
