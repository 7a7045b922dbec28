"""Kill a refresh again and again, let it run on, and compare what it leaves with what an undisturbed one leaves.

    python -m tests.faults.kills --kills 1000 --json

Each round starts from a copy of a home that has read one delivery and holds messages that wait. A second delivery
(corrections, new logs, repeats, a conflict) is read by a process that is killed with SIGKILL, half of the times at a
named step, half at a random moment; up to three times in a row; then the same command runs to its end. `rows_different`
counts the rows by which the state differs from the undisturbed one: of the record, of what was set aside, and of
everything derived. `--careless` does the same to the careless loader, and must find differences.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

KILLS_IN_A_ROW = 3
LONGEST_SECONDS = 60  # a run that takes longer hangs; nothing here takes more than a few


def prepare_django(home: Path) -> None:
    """Make this process a Traumatracker of its own. Before anything else is imported."""
    for name in [name for name in os.environ if name.startswith("TRAUMATRACKER_")]:
        del os.environ[name]
    os.environ.update(
        TRAUMATRACKER_HOME=str(home),
        TRAUMATRACKER_MODE="demonstration",
        DJANGO_SETTINGS_MODULE="traumatracker.web.settings",
    )
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()


def move_to(home: Path) -> None:
    """Point this process at another home's store. Only for a process that forks, with no connection open."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = str(home / "casework.sqlite3")


def in_a_fork(work, *arguments, kill_after: float | None = None, **environment: str) -> int:
    """Run `work(*arguments)` in a forked process and return how it ended: 0, an exit code, or minus a signal."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            os.environ.update(environment)
            with Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
            work(*arguments)
            code = 0
        except BaseException as failed:
            sys.stderr.write(f"{type(failed).__name__}: {failed}\n")
        finally:
            os._exit(code)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


class Ours:
    """The product: a refresh over the exports and the messages that wait."""

    def __init__(self, base: Path):
        self.template = base / "template"

    def make_template(self) -> None:
        """One delivery read, a second one laid out, messages waiting."""
        from tests.faults import scenario

        assert in_a_fork(self._do, scenario.first, self.template) == 0

    def run(self, home: Path) -> None:
        from tests.faults import scenario

        self._do(scenario.second, home)

    def state(self, home: Path) -> dict:
        from tests.faults import state

        with (home / "state.json").open("w") as file:
            json.dump(state.whole(home), file)

    def _do(self, work, home: Path) -> None:
        move_to(home)
        work(home)

    def read_state(self, home: Path) -> dict:
        assert in_a_fork(self._do, self.state, home) == 0
        return json.loads((home / "state.json").read_text())


class Careless(Ours):
    """The careless loader over the same exports."""

    def make_template(self) -> None:
        from tests.faults import careless, scenario

        scenario.lay_out_first(self.template)
        careless.load(self.template)
        scenario.lay_out_second(self.template)

    def run(self, home: Path) -> None:
        from tests.faults import careless

        careless.load(home)

    def read_state(self, home: Path) -> dict:
        from tests.faults import careless

        return careless.whole(home)


def harness(kills: int, seed: int, careless: bool = False, told=None) -> dict:
    """Return kills, rows_expected, rows_different, how often each step was hit, and seconds."""
    from tests.faults import state

    began, chance = time.monotonic(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="traumatracker-kills-") as folder:
        base = Path(folder)
        loader = (Careless if careless else Ours)(base)
        loader.make_template()
        expected, steps, usual_seconds = _undisturbed(loader, base)
        hit: Counter[str] = Counter()
        done = different = 0
        while done < kills:
            home = base / "round"
            shutil.copytree(loader.template, home)
            done += _killed(loader, home, chance, steps, usual_seconds, hit, kills - done)
            ended = in_a_fork(loader.run, home)
            different += state.differing(expected, loader.read_state(home)) + (ended != 0)
            shutil.rmtree(home)
            if told:
                told(done, kills, different)
        return {
            "kills": done,
            "rows_expected": state.rows_in(expected),
            "rows_different": different,
            "steps_hit": dict(sorted(hit.items())),
            "seed": seed,
            "seconds": round(time.monotonic() - began, 1),
        }


def _undisturbed(loader: Ours, base: Path) -> tuple[dict, list[str], float]:
    """The state of a run that nothing disturbs, the steps it passes, and how long it takes."""
    home, passed = base / "undisturbed", base / "steps"
    shutil.copytree(loader.template, home)
    passed.touch()
    start = time.monotonic()
    assert in_a_fork(loader.run, home, TRAUMATRACKER_TEST_STEPS_TO=str(passed)) == 0
    seconds = time.monotonic() - start
    return loader.read_state(home), passed.read_text().split(), seconds


def _killed(loader: Ours, home: Path, chance, steps: list[str], usual: float, hit: Counter, most: int) -> int:
    """Kill runs in a row, and return how many died of it (a run may end before the random moment comes)."""
    died = 0
    for _ in range(min(most, chance.randint(1, KILLS_IN_A_ROW))):
        if steps and chance.random() < 0.5:
            at = chance.randrange(len(steps))
            step = steps[at]
            number = steps[: at + 1].count(step)
            ended = in_a_fork(loader.run, home, TRAUMATRACKER_TEST_KILL_AT=f"{step}:{number}")
            hit[step] += ended == -signal.SIGKILL
        else:
            ended = in_a_fork(loader.run, home, kill_after=chance.uniform(0, usual))
            hit["a random moment"] += ended == -signal.SIGKILL
        died += ended == -signal.SIGKILL
    return died


def _worker(arguments: tuple[int, int, bool]) -> dict:
    """One process of several; each has a home of its own."""
    kills, seed, careless = arguments
    with tempfile.TemporaryDirectory(prefix="traumatracker-home-") as home:
        prepare_django(Path(home))

        def told(done: int, total: int, different: int) -> None:
            if os.environ.get("CI") is None and sys.stderr.isatty():
                sys.stderr.write(f"\r{done} of {total} kills, {different} rows different ")

        return harness(kills, seed, careless, told)


def spread(kills: int, seed: int, careless: bool = False, processes: int | None = None) -> dict:
    """The harness on every core; the same keys, added up."""
    count = processes or min(os.cpu_count() or 1, kills)
    shares = [kills // count + (at < kills % count) for at in range(count)]
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        parts = pool.map(_worker, [(share, seed + at, careless) for at, share in enumerate(shares)])
    hit: Counter[str] = Counter()
    for part in parts:
        hit.update(part["steps_hit"])
    return {
        "kills": sum(part["kills"] for part in parts),
        "rows_expected": max(part["rows_expected"] for part in parts),
        "rows_different": sum(part["rows_different"] for part in parts),
        "steps_hit": dict(sorted(hit.items())),
        "seed": seed,
        "seconds": max(part["seconds"] for part in parts),
    }


def main() -> int:
    """The command line of the harness; exit code 1 when a row differs."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=40)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--careless", action="store_true", help="the careless loader instead: it must fail")
    options.add_argument("--json", action="store_true", help="print JSON")
    chosen = options.parse_args()
    done = spread(chosen.kills, chosen.seed, chosen.careless)
    if chosen.json:
        print(json.dumps(done, indent=2))
    else:
        print(
            f"{done['kills']} kills, {done['rows_expected']} rows expected, {done['rows_different']} rows different "
            f"(seed {done['seed']}, {done['seconds']} s)"
        )
        for step, times in done["steps_hit"].items():
            print(f"  {times:5}  {step}")
    return 1 if done["rows_different"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
