"""Installs and starts the certified provider of the tests: node's oidc-provider, from npm, by its lock file."""

import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import npm
from tests.house.repository import ROOT

HERE = Path(__file__).resolve().parent
SECRET = "a-secret-for-the-tests-alone"
FILES = ("package.json", "package-lock.json", "provider.mjs")


def not_here(reason):
    """Skip, except where CI is set: there an untested sign-in must not look like a tested one."""
    if os.environ.get("CI"):
        pytest.fail(f"CI is set, and {reason}")
    pytest.skip(reason)


def installed():
    """Return the folder the provider is installed in, installing it first where it is not."""
    mark = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:12]
    folder = ROOT / ".tools" / f"oidc-{mark}"
    if folder.exists():
        return folder
    folder.parent.mkdir(exist_ok=True)
    half_done = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        for name in FILES:
            shutil.copy(HERE / name, half_done)
        line = [*npm.command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        done = subprocess.run(line, cwd=half_done, env=npm.environment(), capture_output=True, text=True)
        if done.returncode:
            not_here(f"npm could not install the provider of the tests: {done.stderr.strip()[-300:]}")
        with suppress(OSError):  # another test process was first
            half_done.rename(folder)
    except npm.NodeMissing as missing:
        not_here(str(missing))
    finally:
        shutil.rmtree(half_done, ignore_errors=True)
    return folder


def free_port():
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def provider(url):
    """Start the provider for pages at `url`, give its issuer, and stop it."""
    folder, port = installed(), free_port()
    program = shutil.which("node") or npm.packaged_node()
    line = [program, "provider.mjs", str(port), f"{url}/sign-in/callback/", f"{url}/signed-out/"]
    process = subprocess.Popen(line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        while not (said := process.stdout.readline()).startswith("ready "):
            if not said:
                not_here("the provider of the tests did not start")
        yield said.split()[1]
    finally:
        process.terminate()
        process.wait()
