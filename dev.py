#!/usr/bin/env python3
"""Set up, run, test, check and measure Traumatracker with one command each; needs only Python 3.11 or newer and pip.

Everything is installed inside this folder: the package manager uv and the tests' browser in `.tools`, the packages in
`.venv`, the demonstration's data in `var`. Delete those three and nothing is left.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
UV_VERSION = "0.13.9"
PYTHON = ROOT / ".venv" / "bin" / "python"
TRAUMATRACKER = ROOT / ".venv" / "bin" / "traumatracker"
# Tests of the casework store, run on PostgreSQL too. TRAUMATRACKER_TEST_STORE=postgresql runs any tests on it.
STORE_TESTS = (
    "tests/feed/test_together.py",
    "tests/feed/test_verdicts.py",
    "tests/live/test_with_refreshes.py::test_what_live_adds_during_a_refresh_is_not_withdrawn",
    "tests/live/test_with_refreshes.py::test_two_workers_of_one_profile_do_not_both_write",
    "tests/web/test_apply.py",
    "tests/web/test_audit.py",
    "tests/web/test_audit_chain.py",
    "tests/web/test_audit_heads.py",
    "tests/web/test_desk.py",
    "tests/web/test_disputes.py",
    "tests/web/test_durable.py",
    "tests/web/test_queue.py",
    "tests/web/test_retry.py",
    "tests/web/test_sharing.py",
    "tests/web/test_stores.py",
    "tests/web/test_jobs.py::test_killed_while_applying_the_next_run_ends_where_an_undisturbed_one_does",
)
NO_POSTGRESQL = 3  # how tests/postgres.py says that none is installed
MADE_UP_FORCE = ("--people", "300", "--years", "5", "--seed", "7")
PORTS = range(8000, 8020)
NEEDS_NODE = 3  # how tools/chromium.py says that it needs the packages of the group `node`


class Stop(Exception):
    """The command cannot go on; the message says why and what to do next."""


def call(*line: object, environment: dict[str, str] | None = None, good: tuple[int, ...] = (0,)) -> None:
    """Run a command in this folder; when it fails, leave with its exit code, for it has said why itself."""
    code = subprocess.run([str(word) for word in line], cwd=ROOT, env=environment).returncode
    if code not in good:
        raise SystemExit(code)


# --- setup


def uv() -> Path:
    """The pinned uv inside `.tools`, installed there by pip on first use.

    `pip install --target` also works where Debian refuses a plain `pip install`, and it uses the mirror, the proxy and
    the certificates that are set for pip.
    """
    folder = TOOLS / f"uv-{UV_VERSION}"
    program = folder / "bin" / "uv"
    if not program.exists():
        require_pip()
        TOOLS.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=TOOLS) as parent:
            half_done = Path(parent) / "uv"
            pip = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-warn-script-location")
            call(*pip, "--target", half_done, f"uv=={UV_VERSION}")
            shutil.rmtree(folder, ignore_errors=True)
            half_done.rename(folder)  # last, so that an installation cut short leaves nothing that looks whole
    return program


def require_pip() -> None:
    """Raise Stop when this Python has no pip."""
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode:
        raise Stop(
            f"This Python ({sys.executable}) has no pip. On Debian or Ubuntu: apt install python3-pip. Then try again."
        )


def uv_environment() -> dict[str, str]:
    """Tells uv to trust the system's certificates, which inspected networks need, and to use this Python."""
    ours = {
        "UV_SYSTEM_CERTS": "1",
        "UV_PYTHON": getattr(sys, "_base_executable", sys.executable),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PROJECT_ENVIRONMENT": str(ROOT / ".venv"),
    }
    return {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | ours


def sync(*groups: str) -> None:
    """Install exactly the locked packages and those of the groups; what other groups brought earlier stays."""
    wanted = [word for group in groups for word in ("--group", group)]
    line = (uv(), "sync", "--frozen", "--inexact", "--no-default-groups", *wanted)
    call(*line, environment=uv_environment())


def setup(_: argparse.Namespace) -> None:
    """Install everything that running, testing and checking need."""
    sync("dev")
    print(f"Ready. The command line is {TRAUMATRACKER.relative_to(ROOT)}; `python3 dev.py run` shows the pages.")


# --- run


def run(options: argparse.Namespace) -> None:
    """Make a made-up force, refresh from its files and serve the pages until Ctrl-C."""
    port = free_port(options.port)  # asked first: nobody should wait for a force and then be told
    sync()
    home = Path(os.environ.get("TRAUMATRACKER_HOME", ROOT / "var")).resolve()
    environment = os.environ | {"TRAUMATRACKER_HOME": str(home), "TRAUMATRACKER_MODE": "demonstration"}
    force = home / "synthetic"
    if not force.exists():
        make_force(force, environment)
    # Exit code 1: some rows were set aside, each with its reason. The made-up files hold such rows on purpose.
    call(TRAUMATRACKER, "refresh", "--profile", "synthetic", force, environment=environment, good=(0, 1))
    serve(port, environment)


def serve(port: int, environment: dict[str, str]) -> None:
    """Serve the pages until Ctrl-C, which they hear themselves, or until this command is ended, which they do not."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    pages = subprocess.Popen([str(TRAUMATRACKER), "serve", "--port", str(port)], cwd=ROOT, env=environment)
    try:
        code = pages.wait()
    except KeyboardInterrupt:
        pages.terminate()
        pages.wait()
        raise
    if code:
        raise SystemExit(code)


def make_force(folder: Path, environment: dict[str, str]) -> None:
    """Write the made-up force's files; under another name until they are whole."""
    half_done = folder.with_name(folder.name + ".part")
    shutil.rmtree(half_done, ignore_errors=True)
    half_done.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    call(TRAUMATRACKER, "synthesise", *MADE_UP_FORCE, "--out", half_done, environment=environment)
    half_done.rename(folder)


def free_port(wanted: int | None) -> int:
    """The port asked for, or the first free one from 8000 on. Raises Stop when it is taken."""
    for port in [wanted] if wanted else PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    taken = f"Port {wanted} is" if wanted else f"Ports {PORTS.start} to {PORTS.stop - 1} are"
    raise Stop(f"{taken} taken. Stop the other program, or name a free port: python3 dev.py run --port 9000")


# --- test, check, bench


def test(options: argparse.Namespace) -> None:
    """Install what is missing, a browser included, and run every test on every core; then the store's on PostgreSQL."""
    sync("dev")
    fetch_browser()
    call(PYTHON, "-m", "pytest", "-n", "auto", *options.arguments)
    if not options.arguments:  # whoever asks for some tests gets those
        test_on_postgresql()


def test_on_postgresql() -> None:
    """Run the tests of the store again on a private PostgreSQL; without one say so, but in CI that must not be."""
    if subprocess.run([str(PYTHON), "-m", "tests.postgres"], cwd=ROOT).returncode == NO_POSTGRESQL:
        if os.environ.get("CI"):
            raise Stop("There is no PostgreSQL, and CI is set: the store's tests on it may not be skipped here.")
        print("The tests of the store on PostgreSQL are skipped.", flush=True)
        return
    print("--- the store's tests again, on PostgreSQL", flush=True)
    environment = os.environ | {"TRAUMATRACKER_TEST_STORE": "postgresql"}
    call(PYTHON, "-m", "pytest", "-n", "auto", *STORE_TESTS, environment=environment)


def fetch_browser() -> None:
    """Make sure there is a browser for the tests; without one they skip and say so, but in CI they must not."""
    line = [str(PYTHON), str(ROOT / "tools" / "chromium.py")]
    code = subprocess.run(line, cwd=ROOT).returncode
    if code == NEEDS_NODE:
        sync("dev", "node")
        code = subprocess.run(line, cwd=ROOT).returncode
    if code and os.environ.get("CI"):
        raise Stop("There is no browser, and CI is set: the browser's tests may not be skipped here.")
    if code:
        print("The tests that need a browser will be skipped.", flush=True)


CHECKS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "imports": ("lint-imports",),
    "types": ("mypy",),
}


def check(_: argparse.Namespace) -> None:
    """Run every check, so that one run shows everything that is wrong, then fail if any did."""
    sync("dev")
    failed = []
    for name, (program, *words) in CHECKS.items():
        print(f"--- {name}", flush=True)
        if subprocess.run([str(PYTHON.with_name(program)), *words], cwd=ROOT).returncode:
            failed.append(name)
    if failed:
        raise Stop(f"Not right yet: {', '.join(failed)}.")
    print("All checks passed.")


def bench(options: argparse.Namespace) -> None:
    """Measure one benchmark, or all of them; each prints a table with the physical floor beside our own figure."""
    found = {path.stem: path for path in sorted((ROOT / "bench").glob("[!_]*.py"))}
    if options.name and options.name not in found:
        raise Stop(f"There is no benchmark of that name. There are: {', '.join(found) or 'none yet'}.")
    sync("dev")
    for name in [options.name] if options.name else found:
        print(f"--- {name}", flush=True)
        call(PYTHON, found[name])


def faults(options: argparse.Namespace) -> None:
    """Kill a refresh and the live worker again and again, and count the rows that then differ. Exit code 1 if any."""
    sync("dev")
    words = [word for word, asked in (("--json", options.json), ("--careless", options.careless)) if asked]
    words += ["--seed", options.seed] if options.seed is not None else []
    call(PYTHON, "-m", "tests.faults.kills", "--kills", options.kills, *words)


# --- the command line


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="dev.py", description=__doc__.splitlines()[0])
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, action, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=action.__doc__)
        added.set_defaults(action=action)
        return added

    command("setup", setup, "install everything into this folder")
    run_options = command("run", run, "serve the pages with a made-up force")
    run_options.add_argument("--port", type=int, help="serve on this port; else the first free one from 8000 on")
    command("test", test, "run every test; further words go to pytest").add_argument("arguments", nargs="*")
    command("check", check, "format, lint, imports, types")
    command("bench", bench, "run the benchmarks").add_argument("name", nargs="?", help="one benchmark; else all")
    kills = command("faults", faults, "kill it again and again, and compare what it leaves")
    kills.add_argument("--kills", type=int, default=40, help="how often (default 40; a thousand take half an hour)")
    kills.add_argument("--seed", type=int, help="which kills; else by the clock, and printed")
    kills.add_argument("--careless", action="store_true", help="a careless loader instead, which must fail")
    kills.add_argument("--json", action="store_true", help="print kills, rows_expected, rows_different as JSON")
    return top


def main(words: list[str]) -> int:
    """Carry out one command. Returns 0 when done and 2 when it could not go on."""
    options, rest = parser().parse_known_args(words)
    if rest and options.command != "test":
        parser().error(f"unknown: {' '.join(rest)}")
    if options.command == "test":
        options.arguments += rest
    try:
        options.action(options)
    except Stop as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036, for whoever tries an older one
        sys.exit("Traumatracker needs Python 3.11 or newer.")
    sys.exit(main(sys.argv[1:]))
