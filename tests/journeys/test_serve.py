"""`traumatracker serve`: the pages come up on an empty home and go away on Ctrl-C."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("traumatracker")
PATIENCE = 60  # seconds, on a machine that is busy with the other tests


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(port, home):
    # A group of its own, so that the signal reaches the pages and not these tests.
    return subprocess.Popen(
        [PROGRAM, "serve", "--port", str(port)],
        env={"TRAUMATRACKER_HOME": str(home), "TRAUMATRACKER_MODE": "demonstration", "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def first_page(port, serving):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and serving.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=5) as page:
                return page.read().decode()
        except OSError:
            time.sleep(0.1)
    pytest.fail(
        f"no page came: {serving.communicate(timeout=5)[0] if serving.poll() is not None else 'still starting'}"
    )


def test_the_pages_come_up_and_stop_on_ctrl_c(port, tmp_path):
    serving = started(port, tmp_path)
    try:
        assert "<h1" in first_page(port, serving)
        serving.send_signal(signal.SIGINT)
        assert serving.wait(timeout=PATIENCE) == 0
        said = serving.stdout.read()
    finally:
        serving.kill()
    assert f"http://127.0.0.1:{port}/" in said
    assert "Traceback" not in said


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        serving = started(taken, tmp_path)
        said, _ = serving.communicate(timeout=PATIENCE)
    assert serving.returncode == 2
    assert said == f"traumatracker: Port {taken} is taken. Stop the other program, or choose another: --port 9000\n"
