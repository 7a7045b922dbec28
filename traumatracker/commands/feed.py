"""The live feed: who may send to it, and a small sender to try it with."""

import argparse
import sys
from argparse import Namespace
from datetime import datetime
from pathlib import Path
from typing import Any

from traumatracker.commands.common import DONE, REFUSED_SOME, django, home, show, with_json
from traumatracker.console import as_json, table
from traumatracker.errors import CannotRun


def add(each: Any) -> None:
    """Add these commands to the command line."""
    group = each.add_parser("feed", help="let a source send live messages, and send some")
    group.description = "The live feed: tokens of the sources that may send, and a sender to try it with."
    inner = group.add_subparsers(dest="feed_command", required=True, metavar="WHAT", help="what to do")
    _token(inner.add_parser("token", help="make a token for a source; its secret is shown once"))
    _tokens(inner.add_parser("tokens", help="list the tokens, without their secrets"))
    _revoke(inner.add_parser("revoke", help="revoke the tokens of a source, at once"))
    _send(inner.add_parser("send", help="post a file of messages, one on each line"))


def _token(command: argparse.ArgumentParser) -> None:
    command.description = "Make a token with which one source may send messages of one profile. Keep what is printed."
    command.add_argument("--profile", required=True, help="the source profile its messages belong to")
    command.add_argument("--source", required=True, metavar="NAME", help="the system that sends; any name of your own")
    command.add_argument("--json", action="store_true", help="print JSON; otherwise the token alone, also into a file")
    command.set_defaults(command=token)


def _tokens(command: argparse.ArgumentParser) -> None:
    command.description = "List every token ever made: whose it is, when it was last used, whether it is revoked."
    with_json(command)
    command.set_defaults(command=tokens)


def _revoke(command: argparse.ArgumentParser) -> None:
    command.description = "Revoke the tokens of a source. Its next request is refused; what it sent stays."
    command.add_argument("--source", required=True, metavar="NAME", help="the source whose tokens to revoke")
    command.add_argument(
        "--keep-newest", action="store_true", help="revoke all but the newest, after a change of token"
    )
    with_json(command)
    command.set_defaults(command=revoke)


def _send(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Post every line of FILE as a message, in order, and go on trying while the feed cannot be reached. "
        "Sending the same file again is safe."
    )
    command.add_argument("file", type=Path, metavar="FILE", help="messages as NDJSON, one on each line")
    command.add_argument("--url", required=True, help="such as https://HOST/feed/v1/messages")
    command.add_argument("--token-file", type=Path, required=True, metavar="FILE", help="a file that holds the token")
    with_json(command)
    command.set_defaults(command=send)


def token(chosen: Namespace) -> int:
    """Make a token and print its secret, which is not kept."""
    _store()
    from traumatracker.web.feed import actions

    secret = actions.make_token(profile=chosen.profile, source=chosen.source)
    if chosen.json:
        print(as_json({"profile": chosen.profile, "source": chosen.source, "token": secret}))
        return DONE
    print(secret)  # alone, also into a file: what is kept there is the token and nothing else
    sys.stdout.flush()
    print("This is the only time it is shown. Put it into a file that only the source reads.", file=sys.stderr)
    return DONE


def tokens(chosen: Namespace) -> int:
    """List the tokens."""
    _store()
    from traumatracker.web.feed import reads

    def words(issued: list[dict[str, Any]]) -> str:
        heads = ("source", "profile", "made", "last used", "revoked")
        names = ("source", "profile", "created_at", "last_used_at", "revoked_at")
        return table(heads, [tuple(each[name] or "never" for name in names) for each in issued])

    show(chosen, [_plain(issued._asdict()) for issued in reads.tokens()], words)
    return DONE


def revoke(chosen: Namespace) -> int:
    """Revoke the tokens of a source."""
    _store()
    from traumatracker.web.feed import actions, reads

    if chosen.source not in {issued.source for issued in reads.tokens()}:
        raise CannotRun(f"There is no token of {chosen.source!r}. `traumatracker feed tokens` lists them.")
    count = actions.revoke(source=chosen.source, keep_newest=chosen.keep_newest)
    show(chosen, {"source": chosen.source, "revoked": count}, lambda done: f"{done['revoked']} revoked.")
    return DONE


def send(chosen: Namespace) -> int:
    """Post a file of messages, and say what became of them."""
    from traumatracker.console import Progress
    from traumatracker.sources.feed import client

    secret = next(iter(chosen.token_file.read_text("utf-8").split()), "")
    if not secret:
        raise CannotRun("The token file is empty. Make a token with `traumatracker feed token` and keep it there.")
    progress = Progress()
    with chosen.file.open("rb") as file:
        lines = sum(1 for line in file if line.strip())
    sent = client.send(
        chosen.file,
        client.poster(chosen.url, secret),
        lambda done: progress("sending", done, lines),
    )
    progress.finish()
    show(chosen, {"messages": sent.messages, "counts": dict(sent.counts), "refused": sent.refused}, _sent)
    return REFUSED_SOME if sent.refused else DONE


def _sent(done: dict[str, Any]) -> str:
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(done["counts"].items()))
    parts = [f"Sent {done['messages']:,} messages: {counts or 'nothing'}."]
    if done["refused"]:
        rows = [(item["line"], item["verdict"], item["reason"], item["place"]) for item in done["refused"]]
        parts.append(table(("line", "verdict", "because", "where"), rows))
        meanings = {item["reason"]: item["what_to_do"] for item in done["refused"]}
        parts.append("\n".join(f"{reason}: {meaning}" for reason, meaning in sorted(meanings.items())))
    return "\n\n".join(parts)


def _store() -> None:
    """Make the casework store usable, and up to date."""
    django()
    from traumatracker.web import jobs

    jobs.prepare(home())


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
        for name, value in values.items()
    }
