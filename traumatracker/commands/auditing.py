"""The audit: seal where its chain ends, verify it, and seal it again after a restore."""

import argparse
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from traumatracker.commands.common import DONE, REFUSED_SOME, django, home, show, with_json


def add(each: Any) -> None:
    """Add these commands to the command line."""
    group = each.add_parser("audit", help="seal and verify the record of who looked")
    group.description = "The audit: a chain of every look and change, and signed heads of it outside the store."
    inner = group.add_subparsers(dest="audit_command", required=True, metavar="WHAT", help="what to do")
    _seal(inner.add_parser("seal", help="sign where the chain ends now, outside the store"))
    _verify(inner.add_parser("verify", help="say whether anything of it was changed, removed or added"))
    _reseal(inner.add_parser("reseal", help="after a restore from a backup: say so, and seal again"))


def _seal(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Sign how many events the chain has and its last hash, and add that to the file of heads. `serve` does it "
        "every hour. Send the file where whoever runs the database cannot change it."
    )
    with_json(command)
    command.set_defaults(command=seal)


def _verify(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Check every event of the chain, its numbers, its head, and that it passes through every sealed head. "
        "Exit code 1 when anything is wrong or the database's own guards are gone."
    )
    command.add_argument("--heads", type=Path, metavar="FILE", help="a copy of the heads, kept elsewhere")
    command.add_argument("--public", type=Path, metavar="FILE", help="a copy of the public key, kept elsewhere")
    with_json(command)
    command.set_defaults(command=verify)


def _reseal(command: argparse.ArgumentParser) -> None:
    command.description = (
        "After the store was restored from a backup: keep in the chain and in the heads that events after the backup "
        "are lost, and why; `verify` says it from then on."
    )
    command.add_argument("--reason", required=True, help="why, in a sentence that names nobody")
    with_json(command)
    command.set_defaults(command=reseal)


def seal(chosen: Namespace) -> int:
    """Seal the chain's head."""
    _ready()
    from traumatracker.web.audit import heads, sealing

    sealed = sealing.seal(home())
    where = heads.places(home())
    told = {"events": sealed.events, "hash": sealed.hash, "at": sealed.at}
    words = f"Sealed {sealed.events:,} events in {where.heads}. Keep a copy elsewhere, and one of {where.public}."
    show(chosen, told | {"heads": str(where.heads), "public": str(where.public)}, lambda _: words)
    return DONE


def verify(chosen: Namespace) -> int:
    """Verify the whole chain."""
    _ready()
    from traumatracker.web.audit import heads
    from traumatracker.web.audit import verify as verifying

    here = heads.places(home())
    where = heads.Places(here.key, chosen.heads or here.heads)
    lines, are_missing = verifying.lines_of(where, chosen.public)
    found = verifying.verify(lines, heads_are_missing=are_missing)
    first = found.first and asdict(found.first) | {"meaning": verifying.MEANING[found.first.kind]}
    told = {
        "events": found.events, "valid": found.valid, "first_wrong": first, "heads_sealed": found.sealed,
        "events_since_last_seal": found.unsealed, "restored": found.restored, "guarded": found.guarded,
    }  # fmt: skip
    show(chosen, told, _in_words)
    return DONE if found.valid and found.guarded else REFUSED_SOME


def _in_words(told: dict[str, Any]) -> str:
    if first := told["first_wrong"]:
        parts = [f"NOT VALID, first at event {first['at']:,}: {first['meaning']}"]
    else:
        parts = [f"Valid: {told['events']:,} events, through {told['heads_sealed']:,} sealed heads."]
    parts += [f"{told['events_since_last_seal']:,} events since the last seal."] if told["heads_sealed"] else []
    parts += [] if told["heads_sealed"] else ["No head is sealed, so a cut or a rewriting could not be seen."]
    parts += [
        f"Restored at {one['at']}: {one['in_doubt']:,} sealed events lost or in doubt. {one['reason']}"
        for one in told["restored"]
    ]
    parts += [] if told["guarded"] else ["The triggers that refuse changes are not in place: somebody took them away."]
    return "\n".join(parts)


def reseal(chosen: Namespace) -> int:
    """Say that the store was restored, and seal it."""
    _ready()
    from traumatracker.web.audit import sealing

    sealed, in_doubt = sealing.reseal(home(), chosen.reason)
    told = {"events": sealed.events, "agreed": sealed.agreed, "in_doubt": in_doubt, "at": sealed.at}
    show(
        chosen,
        told,
        lambda _: f"Sealed again at {sealed.events:,} events; {in_doubt:,} that were sealed are lost or in doubt.",
    )
    return DONE


def _ready() -> None:
    django()
    from traumatracker.web import jobs

    jobs.prepare(home())
