"""Templates keep to the content security policy and never switch escaping off."""

import re

import pytest

from tests.house.repository import WEB, ending, name, text

FORBIDDEN = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an address outside": re.compile(r"""(src|href|action)\s*=\s*["']?\s*(https?:)?//""", re.IGNORECASE),
    "escaping switched off": re.compile(r"\|\s*safe\b|autoescape\s+off"),
}
FAULTS = {
    "an inline script": "<script>alert()</script>",
    "an inline style": '<p class="a" style="color:red">',
    "an event attribute": '<button type="button" onclick="go()">',
    "an address outside": '<img src="https://elsewhere.example/a.png">',
    "escaping switched off": "{{ words|safe }}",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what):
    pages = ending(".html", inside=WEB)
    assert pages
    found = [f"{name(page)}: {match.group()}" for page in pages for match in FORBIDDEN[what].finditer(text(page))]
    assert found == []


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_rule_sees_its_fault(what):
    assert FORBIDDEN[what].search(FAULTS[what])
    assert not FORBIDDEN[what].search('<script type="module" src="/static/a.js"></script><a href="/me/">{{ on }}</a>')
