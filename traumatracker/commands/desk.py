"""How the sources are, what is held, and what they cannot see."""

import argparse
from argparse import Namespace
from dataclasses import asdict
from typing import Any

from traumatracker.commands.common import DONE, REFUSED_SOME, django, home, show, with_json
from traumatracker.console import table
from traumatracker.errors import CannotRun


def add(each: Any) -> None:
    """Add these commands to the command line."""
    _health(each.add_parser("health", help="say how old each source is, which are late and what is held"))
    _release(each.add_parser("release", help="let a held batch through"))
    _coverage(each.add_parser("coverage", help="say what the sources cannot see"))


def _health(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Say of each source when it last brought rows and whether it is late. Exit code 1 when any is late or a batch "
        "is held, so that a scheduler may raise the alarm; run it every 5 minutes."
    )
    with_json(command)
    command.set_defaults(command=health)


def _release(command: argparse.ArgumentParser) -> None:
    command.description = "Let a held batch through: the next refresh of the same files takes it."
    command.add_argument("hold", type=int, metavar="ID", help="its number, as `health` prints it")
    with_json(command)
    command.set_defaults(command=release)


def _coverage(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Say what share of resources could be linked to people, by team, which parts no record shows, which codes "
        "nobody has mapped and who owns them, and the measured precision and recall. Never a person's figures."
    )
    with_json(command)
    command.set_defaults(command=coverage)


def health(chosen: Namespace) -> int:
    """Say how every source is."""
    _ready()
    from django.utils import timezone

    from traumatracker.web.desk import presenters, reads

    now = timezone.now()
    sources, held = reads.sources(now), reads.held()
    lines = [presenters.line(source, now) for source in sources]
    told = {
        "sources": [
            {
                "profile": source.profile, "source": source.name, "kind": source.kind, "last": source.last,
                "expected": line.expected, "late_since": source.late_since, "rows": source.rows,
                "refused": source.refused, "age": line.age,
            }
            for source, line in zip(sources, lines, strict=True)
        ],
        "held": [one._asdict() for one in held],
    }  # fmt: skip
    show(chosen, told, lambda _: _in_words(lines, [presenters.held(one) for one in held]))
    return REFUSED_SOME if held or any(line.is_late for line in lines) else DONE


def _in_words(lines: list[Any], held: list[dict[str, Any]]) -> str:
    if not lines:
        return "No source yet: none has been read, and none may send live messages."
    rows = [(line.profile, line.name, line.age, line.expected, line.state) for line in lines]
    parts = [table(("profile", "source", "last rows", "expected", "state"), rows)]
    parts += [f"Held, number {one['id']}, {one['profile']}: {'; '.join(one['tables'])}." for one in held]
    return "\n\n".join(parts)


def release(chosen: Namespace) -> int:
    """Let a held batch through."""
    _ready()
    from traumatracker.web.desk import actions

    if not actions.release(hold_id=chosen.hold, by="command"):
        raise CannotRun("No batch of this number is held. `traumatracker health` lists those that are.")
    show(chosen, {"released": chosen.hold}, lambda _: "Released. Run the refresh again; it takes this batch.")
    return DONE


def coverage(chosen: Namespace) -> int:
    """Say what the sources cannot see."""
    _ready()
    from traumatracker.web.desk.coverage import coverage as read

    told = read(home())
    if told is None:
        raise CannotRun("Nothing has been read yet. Run `traumatracker refresh` first.")
    show(chosen, asdict(told), _covered)
    return DONE


def _covered(told: dict[str, Any]) -> str:
    linked = told["linked"]
    parts = [
        f"As of {told['as_of']}, {told['profile']}: somebody could be linked to {linked['resources_linked']:,} of "
        f"{linked.get('deployments_attended', 0):,} resources that attended ({linked['share'] or 'none attended'})."
    ]
    if told["teams"]:
        rows = [(one["team"], one["resources"], one["linked"], one["share"]) for one in told["teams"]]
        parts.append(table(("team", "resources at a scene", "linked", "share"), rows))
    if told["unseen_roles"]:
        parts.append("Parts no record shows: " + "; ".join(told["unseen_roles"]) + ".")
    if told["unmapped"]:
        codes = [
            (one["code_system"], one["code"], one["label"], one["count"], one["owner"]) for one in told["unmapped"]
        ]
        parts.append(table(("code system", "code nobody has mapped", "label", "incidents", "owner"), codes))
    if told["measured"]:
        scores = [(one["missing"], one["precision"], one["recall"]) for one in told["measured"]["scores"]]
        parts.append(table(("crews and linked crimes missing", "precision", "recall"), scores))
    else:
        parts.append("Precision and recall have not been measured for these sources.")
    return "\n\n".join(parts)


def _ready() -> None:
    django()
    from traumatracker.web import jobs

    jobs.prepare(home())
