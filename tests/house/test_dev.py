"""`dev.py` and the tools it uses keep their promises when something is missing, taken, cut short or not what it was."""

import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

import chromium
import dev
import npm


@pytest.fixture
def taken_port():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_is_named(taken_port):
    with pytest.raises(dev.Stop, match=f"Port {taken_port} is taken"):
        dev.free_port(taken_port)


def test_the_next_free_port_is_found(taken_port, monkeypatch):
    monkeypatch.setattr(dev, "PORTS", range(taken_port, taken_port + 50))
    assert taken_port < dev.free_port(None) < taken_port + 50


def test_a_force_cut_short_does_not_look_whole(tmp_path, monkeypatch):
    def cut_short(program, command, *words, environment):
        words[-1].mkdir()
        raise SystemExit(2)

    monkeypatch.setattr(dev, "call", cut_short)
    with pytest.raises(SystemExit):
        dev.make_force(tmp_path / "home" / "synthetic", {})
    assert not (tmp_path / "home" / "synthetic").exists()


def test_a_failing_command_passes_its_exit_code_on():
    with pytest.raises(SystemExit) as left:
        dev.call(sys.executable, "-c", "raise SystemExit(7)")
    assert left.value.code == 7
    dev.call(sys.executable, "-c", "raise SystemExit(1)", good=(0, 1))


def test_without_pip_the_reader_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=1))
    with pytest.raises(dev.Stop, match=r"has no pip.*apt install python3-pip"):
        dev.require_pip()


@pytest.fixture
def browser_fetch(monkeypatch):
    """Plays tools/chromium.py: gives the exit codes one after another, and notes what was installed between."""
    codes, installed = [], []
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=codes.pop(0)))
    monkeypatch.setattr(dev, "sync", lambda *groups: installed.append(groups))
    monkeypatch.delenv("CI", raising=False)
    return SimpleNamespace(codes=codes, installed=installed)


def test_node_is_installed_only_where_it_is_needed(browser_fetch):
    browser_fetch.codes += [0]
    dev.fetch_browser()
    assert browser_fetch.installed == []
    browser_fetch.codes += [dev.NEEDS_NODE, 0]
    dev.fetch_browser()
    assert browser_fetch.installed == [("dev", "node")]
    assert dev.NEEDS_NODE == chromium.NEEDS_NODE


def test_a_missing_browser_stops_ci_and_nobody_else(browser_fetch, monkeypatch, capsys):
    browser_fetch.codes += [1, 1]
    dev.fetch_browser()
    assert "will be skipped" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    with pytest.raises(dev.Stop, match="no browser"):
        dev.fetch_browser()


@pytest.fixture
def fake_npm(tmp_path, monkeypatch):
    """An npm that gives a small file whatever is asked."""
    program = tmp_path / "npm"
    program.write_text("#!/bin/sh\nprintf 'a package' > package.tgz\necho package.tgz\n")
    program.chmod(0o755)
    monkeypatch.setattr(npm, "command", lambda: [str(program)])
    return tmp_path


def test_a_package_with_another_checksum_is_thrown_away(fake_npm):
    with pytest.raises(npm.FetchFailed, match="checksum differs"):
        npm.fetch("thing@1", "sha512-AAAA", fake_npm / "into")
    assert list((fake_npm / "into").iterdir()) == []


def test_a_package_with_its_checksum_is_kept(fake_npm):
    (fake_npm / "same").write_text("a package")
    kept = npm.fetch("thing@1", npm.sha512(fake_npm / "same"), fake_npm / "into")
    assert kept.read_text() == "a package"


def test_an_npm_that_fails_is_reported(fake_npm):
    (fake_npm / "npm").write_text("#!/bin/sh\necho no route >&2\nexit 1\n")
    with pytest.raises(npm.FetchFailed, match=r"could not fetch thing@1.*\n.*no route"):
        npm.fetch("thing@1", "sha512-AAAA", fake_npm / "into")
