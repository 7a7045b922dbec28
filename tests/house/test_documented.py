"""Every command, setting and link that a reader meets is written down, and nothing is that does not exist."""

import argparse
import re
import runpy

import pytest

from tests.house.repository import ROOT, ending, text
from traumatracker.__main__ import parser as command_line

SETTINGS = ROOT / "docs/reference/settings.md"
SETTING = re.compile(r"\bTRAUMATRACKER_[A-Z][A-Z_]*[A-Z]\b")
DOCUMENTS = [ROOT / "README.md", *ending(".md", inside=ROOT / "docs")]


def commands(parser):
    """name -> parser of every command."""
    return next(action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))


def options(parser):
    """Every long option but --help, those of the commands inside it included."""
    own = {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    inside = [action.choices.values() for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return own.union(*(options(inner) for group in inside for inner in group)) - {"--help"}


def with_inner(named):
    """The commands, and after each those inside it: "feed", "feed token", …"""
    for name, parser in named.items():
        yield name, parser
        if any(isinstance(action, argparse._SubParsersAction) for action in parser._actions):
            yield from ((f"{name} {inner}", found) for inner, found in commands(parser).items())


DEV = commands(runpy.run_path(str(ROOT / "dev.py"), run_name="dev")["parser"]())
TRAUMATRACKER = dict(with_inner(commands(command_line())))


@pytest.mark.parametrize("command", DEV)
def test_the_readme_names_every_command_of_dev_py(command):
    assert f"python3 dev.py {command}" in text(ROOT / "README.md")


@pytest.mark.parametrize("command", TRAUMATRACKER)
def test_the_readme_names_every_command_of_the_command_line(command):
    assert f"traumatracker {command}" in text(ROOT / "README.md")


@pytest.mark.parametrize("command", TRAUMATRACKER)
def test_every_command_explains_itself(command):
    helped = TRAUMATRACKER[command].format_help()
    assert TRAUMATRACKER[command].description
    if " " in command or not any(f"{command} " in other for other in TRAUMATRACKER):
        assert options(TRAUMATRACKER[command]) <= set(re.findall(r"--[a-z-]+", helped))
    assert all(action.help for action in TRAUMATRACKER[command]._actions)


def test_commands_in_documents_exist():
    for page in DOCUMENTS:
        for program, known in (("python3 dev.py", DEV), ("traumatracker", TRAUMATRACKER)):
            lines = re.findall(rf"^\|? ?`?(?:\.venv/bin/)?{program} ([a-z-]+)(.*)", text(page), re.MULTILINE)
            for command, rest in lines:
                assert command in known, f"{page.name}: {program} {command}"
                if command != "test":  # its further words are pytest's
                    unknown = set(re.findall(r"(?<=\s)--[a-z-]+", rest)) - options(known[command])
                    assert not unknown, f"{page.name}: {command}"


def test_every_setting_is_written_down_and_no_other():
    code = [path for path in ending(".py") if "house" not in path.parts]
    used = {setting for path in code for setting in SETTING.findall(text(path))}
    assert set(SETTING.findall(text(SETTINGS))) == used - {"TRAUMATRACKER_TEST"}


def test_links_between_documents_lead_somewhere():
    pages = [*DOCUMENTS, ROOT / "DEVELOPERS.md", ROOT / "CHANGELOG.md", ROOT / "GLOSSARY.md"]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text(page)):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}, which is not there"
