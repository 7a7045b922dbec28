"""The reference pages of the packs say what the packs say."""

import re

import pytest

import pack_pages
from tests.spec.cases import NAMES, PACKS, pack

REFERENCE = pack_pages.PAGES


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_pack_is_up_to_date(name):
    written = pack_pages.page_of(PACKS / name).read_text("utf-8")
    assert written == pack_pages.page(PACKS / name), "Run `.venv/bin/python tools/pack_pages.py` and commit the page."


def test_every_pack_has_a_page():
    assert [folder.name for folder in pack_pages.folders()] == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_every_category_part_and_rule(name):
    found = pack(name)
    named = set(re.findall(r"`([^`]+)`", pack_pages.page(PACKS / name)))
    assert {*found.categories, *found.roles, *(rule.id for rule in found.rules)} - named == set()


def test_the_format_page_explains_every_key_a_rule_may_have():
    told = (REFERENCE / "packs.md").read_text("utf-8")
    keys = {
        key for name in NAMES for file in (PACKS / name).glob("rules*.toml") for key in _keys(file.read_text("utf-8"))
    }
    assert [key for key in sorted(keys) if f"`{key}`" not in told and f"\n{key} = " not in told] == []


def _keys(text):
    return re.findall(r"^([a-z_]+) = ", text, re.MULTILINE)
