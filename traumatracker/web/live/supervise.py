"""One live worker for each profile, and one process that sees that it runs: started again whenever it ends."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import Error, connection

from traumatracker.web.intake.reads import profiles_read
from traumatracker.web.live.worker import Worker
from traumatracker.web.locks import alone

SECONDS_BETWEEN_LOOKS = 2.0  # Source: judgement; a worker that died is back within seconds
LONGEST_PAUSE = 60.0  # seconds between starts of one that dies each time. Source: judgement
SECONDS_TO_END = 5.0  # Source: judgement; a worker ends between two steps, which take tenths of a second


_REFUSAL = "Another live worker sees to this profile. One is enough."


@contextmanager
def only_worker(profile: str, home: Path) -> Iterator[Worker]:
    """Yield the worker of this profile, and let go of everything it holds at the end.

    Raises CannotRun while another one works, BadProfile where there is no such profile. The system lets go of the
    lock of a process that died.
    """
    folder = home / "live"
    folder.mkdir(mode=0o700, exist_ok=True)
    with alone(folder / f"{profile}.lock", lambda holder: _REFUSAL):
        for left in folder.glob(f"{profile}-*"):  # by a worker that was killed
            shutil.rmtree(left, ignore_errors=True)
        worker = Worker(profile, home)
        try:
            yield worker
        finally:
            worker.close()


@dataclass
class _Child:
    process: "subprocess.Popen[bytes] | None" = None
    pause: float = 0.0
    start_at: float = 0.0


@dataclass
class Supervisor:
    """Keeps a live worker running for each profile that was ever read. `start` and `stop` it with the pages."""

    children: dict[str, _Child] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread = threading.Thread(target=self._watch, name="live supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End every worker and wait for it."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        running = [child.process for child in self.children.values() if child.process]
        for process in running:
            if process.stdin:
                process.stdin.close()  # which is how a worker sees that its parent ends
        for process in running:
            try:
                process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _watch(self) -> None:
        while not self._stop.wait(SECONDS_BETWEEN_LOOKS if self.children else 0.1):
            try:
                for profile in profiles_read():
                    self.children.setdefault(profile, _Child())
            except Error:  # the store is away: the workers there are go on, and wait for it themselves
                pass
            finally:
                connection.close()
            for profile, child in self.children.items():
                self._see_that_it_runs(profile, child)

    def _see_that_it_runs(self, profile: str, child: _Child) -> None:
        """Start the worker, or start it again: at once the first time, then after longer and longer pauses."""
        now = time.monotonic()
        if child.process and child.process.poll() is None:
            if now > child.start_at + LONGEST_PAUSE:
                child.pause = 0.0
            return
        if now < child.start_at + child.pause:
            return
        command = [sys.executable, "-m", "traumatracker", "live", "--profile", profile, "--with-parent"]
        child.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        child.start_at, child.pause = now, min(max(1.0, 2 * child.pause), LONGEST_PAUSE)
