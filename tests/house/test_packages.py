"""Every package we depend on is pinned and says what it is for; what is vendored is what its manifest says."""

import hashlib
import json
import re
import subprocess
import sys
import tomllib

import pytest

from tests.house.repository import ROOT, text

PYPROJECT = ROOT / "pyproject.toml"
MANIFESTS = ("traumatracker/web/static/vendor/manifest.json", "tests/vendor/manifest.json")


def requirements():
    declared = tomllib.loads(text(PYPROJECT))
    yield from declared["project"]["dependencies"]
    for group in declared["dependency-groups"].values():
        yield from group


@pytest.mark.parametrize("requirement", list(requirements()))
def test_every_package_is_pinned_and_says_what_it_is_for(requirement):
    assert re.fullmatch(r"[a-z0-9-]+==[\w.]+", requirement)
    lines = text(PYPROJECT).splitlines()
    at = next(number for number, line in enumerate(lines) if f'"{requirement}"' in line)
    assert "# " in lines[at] or lines[at - 1].strip().startswith("# "), "say in a comment what it is for"


def test_the_lock_holds_every_package():
    locked = {
        f"{package['name']}=={package['version']}" for package in tomllib.loads(text(ROOT / "uv.lock"))["package"]
    }
    assert set(requirements()) <= locked, "run `.tools/uv-*/bin/uv lock` and commit uv.lock"


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_vendored_files_are_those_of_the_manifest(manifest):
    for package, entry in json.loads(text(ROOT / manifest)).items():
        assert entry["integrity"].startswith("sha512-"), package
        for path, checksum in entry["files"].items():
            assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == checksum, f"{path} was changed by hand"


def test_the_vendored_style_sheet_has_no_typeface_or_crest_of_gov_uk():
    folder = ROOT / "traumatracker/web/static/vendor"
    css = (folder / "govuk-frontend.min.css").read_text("utf-8")
    assert "GDS Transport" not in css
    assert "crest" not in css
    assert "Inter Variable" in css
    assert not [path for path in folder.rglob("*") if "crest" in path.name or "crown" in path.name]


def test_dev_py_needs_nothing_but_python():
    code = "import runpy; runpy.run_path('dev.py', run_name='dev')"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=ROOT, check=True)
