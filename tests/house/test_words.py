"""What no file here may say: a path of somebody's machine, or a password that was left behind."""

import re

import pytest

from tests.house.repository import files, name, text

BINARY = {".woff2", ".png", ".parquet", ".ico", ".zip"}
HERE = "tests/house/test_words.py"
OF_A_MACHINE = {
    "a path of somebody's machine": re.compile(r"(?<![\w.:/-])/(work|root|home/\w+|Users/\w+|mnt|opt)/\w"),
    "a folder outside the repository": re.compile(r"\.\./(shared|\.\./\.\./\.\.)"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a mark left by a merge": re.compile(r"^(<{7}|>{7}) ", re.MULTILINE),
}


@pytest.mark.parametrize("what", OF_A_MACHINE)
def test_no_file_holds(what):
    found = [
        f"{name(path)}: {match.group()}"
        for path in files()
        if path.suffix not in BINARY and name(path) != HERE
        for match in OF_A_MACHINE[what].finditer(text(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line", ["cd /work/main", 'open("/root/x")', "see ../shared/design.md", "<<<<<<< HEAD", "-----BEGIN PRIVATE KEY"]
)
def test_the_rule_sees(line):
    assert any(pattern.search(line) for pattern in OF_A_MACHINE.values())


@pytest.mark.parametrize("line", ["path('me/work/')", "https://a.example/root/x", "/usr/bin/chromium", "../main.css"])
def test_the_rule_lets_pass(line):
    assert not any(pattern.search(line) for pattern in OF_A_MACHINE.values())
