"""Seals the head of the chain, by command or every hour while pages are served; and again after a restore."""

import logging
import threading
from pathlib import Path

from django.db import Error, connection

from traumatracker.errors import CannotRun
from traumatracker.web.audit import heads, reads, verify
from traumatracker.web.audit.canonical import GENESIS
from traumatracker.web.audit.chain import RESEALED, Look, append
from traumatracker.web.audit.heads import Sealed

SECONDS_BETWEEN_SEALS = 3600.0  # what was cut off since the last seal cannot be shown. Source: reference threat model
LONGEST_REASON = 200  # characters. Source: judgement; a sentence

log = logging.getLogger(__name__)


def seal(home: Path) -> Sealed:
    """Sign where the chain ends and add it to the heads. Raises CannotRun where it does not go on from the last one.

    Only what came since the last head is walked; `audit verify` walks all of it.
    """
    where = heads.places(home)
    with heads.adding(where) as writer:
        lines = heads.read(where.heads, writer.public)
        if any(line.wrong for line in lines):
            raise CannotRun("The file of sealed heads was changed. `traumatracker audit verify` says where.")
        standing, _ = verify.in_force(lines)
        last = standing[-1] if standing else Sealed(heads.SEAL, 0, GENESIS, "")
        end = reads.end()
        if (last.events and reads.hash_of(last.events) != last.hash) or verify.walk(last.events, last.hash, end):
            raise CannotRun(
                "The audit chain does not go on from the last sealed head. Run `traumatracker audit verify`; after a "
                "restore from a backup, run `traumatracker audit reseal`."
            )
        return writer.add(heads.SEAL, end.sequence or 0, end.hash)


def reseal(home: Path, reason: str) -> tuple[Sealed, int]:
    """Say that the store was restored from a backup, and seal it as it is now.

    Returns the seal and how many sealed events are in doubt.

    The chain gets an event that says so, and the heads keep those that no longer hold. Raises CannotRun when nothing
    was lost, or when the chain is broken in itself, which no restore does.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise CannotRun(f"Give the reason in up to {LONGEST_REASON} characters, without anybody's name.")
    where = heads.places(home)
    with heads.adding(where) as writer:
        standing, _ = verify.in_force(heads.read(where.heads, writer.public))
        if broken := verify.walk(0, GENESIS, reads.end()):
            raise CannotRun(f"The chain is broken in itself at event {broken.at}. A restore does not do that.")
        if verify.walk(0, GENESIS, reads.end(), standing) is None:
            raise CannotRun("The chain passes through every sealed head: there is nothing to seal again.")
        agreed = verify.agreed(standing)
        in_doubt = max(line.events for line in standing) - agreed
        purpose = "restored from a backup and sealed again"
        append([Look(None, None, "command line", purpose, "command line", "audit", "administrator", outcome=RESEALED)])
        end = reads.end()
        return writer.add(heads.RESEAL, end.sequence or 0, end.hash, agreed=agreed, reason=reason.strip()), in_doubt


class Hourly:
    """Seals at once and then every hour, in a thread of its own. `start` and `stop` it with the pages."""

    def __init__(self, home: Path):
        self._home, self._stop = home, threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit seal", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for a seal that is being made."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                seal(self._home)
            except CannotRun as refusal:
                log.error("The audit was not sealed: %s", refusal)
            except (Error, OSError) as error:
                log.error("The audit was not sealed: %s", type(error).__name__)
            finally:
                connection.close()
            if self._stop.wait(SECONDS_BETWEEN_SEALS):
                return
