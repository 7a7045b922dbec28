"""Fetch the style sheet, script and font the pages use, and the accessibility checker the tests use.

The result is checked in, so neither running nor testing needs Node or a network for them. Run it only to move to a new
version: change PACKAGES, run `python3 tools/vendor.py`, read the difference, commit.
"""

import hashlib
import json
import re
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import npm

ROOT = Path(__file__).resolve().parent.parent
WEB = "traumatracker/web/static/vendor"
TESTS = "tests/vendor"

# name -> version, checksum as npm publishes it, licence
PACKAGES = {
    "govuk-frontend": (
        "6.6.0",
        "sha512-xctkWrQvLnvQt7fyjQ3MGX9S0wz0x0RQuLxCeoXF+s8EjGICG81/DYQGKN5qgO+0KVT12UAaRwUsGY6fulRcRg==",
        "MIT",
    ),
    "@fontsource-variable/inter": (
        "5.3.0",
        "sha512-OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        "OFL-1.1",
    ),
    "axe-core": (
        "4.14.1",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        "MPL-2.0",
    ),
}

# Components whose published fixtures the tests compare our own templates with.
COMPONENTS = ("button", "error-summary", "generic-header", "input", "radios", "select")
# Latin holds English; Latin-ext holds the Welsh w and y with a circumflex, and most European names.
ALPHABETS = ("latin", "latin-ext")

Read = Callable[[str], bytes]


def without_source_map(text: str) -> str:
    """Drop the pointer to a map that is not shipped; hashing of static files would fail on it."""
    return re.sub(r"(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+)\s*$", "\n", text)


def own_style(css: str) -> str:
    """The GOV.UK style sheet without what only GOV.UK may use: its typeface, and the crest in its footer."""
    css = re.sub(r"@font-face\{font-family:GDS Transport;[^}]*\}", "", css)
    css = css.replace("GDS Transport", "Inter Variable")
    css = re.sub(r"\.govuk-footer__copyright-logo:before\{[^}]*\}", "", css)
    css = without_source_map(css)
    if re.search(r"GDS Transport|crest|url\(", css):
        raise SystemExit("The style sheet still names GOV.UK's own font or images: look at own_style().")
    return css


def font_style(css: str) -> str:
    """The @font-face rules of the alphabets we keep, each pointing to the file beside the style sheet."""
    rules = re.findall(r"/\* (inter-([a-z-]+)-wght-normal) \*/\s*(@font-face \{.*?\n\})", css, re.DOTALL)
    kept = [rule for _, alphabet, rule in rules if alphabet in ALPHABETS]
    if len(kept) != len(ALPHABETS):
        raise SystemExit("The font's style sheet has changed shape: look at font_style().")
    return "\n".join(kept).replace("./files/", "") + "\n"


def govuk_files(read: Read) -> dict[str, bytes]:
    """What is kept of govuk-frontend: path in this repository -> content."""
    compiled = "dist/govuk/govuk-frontend.min"
    files = {
        f"{WEB}/govuk-frontend.min.css": own_style(read(f"{compiled}.css").decode()).encode(),
        f"{WEB}/govuk-frontend.min.js": without_source_map(read(f"{compiled}.js").decode()).encode(),
        f"{WEB}/licences/govuk-frontend.txt": (ROOT / "tools/licences/govuk-frontend.txt").read_bytes(),
    }
    for component in COMPONENTS:
        source = f"dist/govuk/components/{component}/fixtures.json"
        files[f"{TESTS}/govuk-frontend/{component}.json"] = read(source)
    return files


def inter_files(read: Read) -> dict[str, bytes]:
    """What is kept of Inter: two alphabets, upright, every weight in one file."""
    files = {
        f"{WEB}/inter.css": font_style(read("wght.css").decode()).encode(),
        f"{WEB}/licences/inter.txt": read("LICENSE"),
    }
    for alphabet in ALPHABETS:
        name = f"inter-{alphabet}-wght-normal.woff2"
        files[f"{WEB}/{name}"] = read(f"files/{name}")
    return files


def axe_files(read: Read) -> dict[str, bytes]:
    """What is kept of axe-core: the checker, unchanged, for tests only."""
    return {
        f"{TESTS}/axe-core/axe.min.js": read("axe.min.js"),
        f"{TESTS}/axe-core/LICENSE.txt": read("LICENSE"),
        f"{TESTS}/axe-core/LICENSE-3RD-PARTY.txt": read("LICENSE-3RD-PARTY.txt"),
    }


KEEP = {"govuk-frontend": govuk_files, "@fontsource-variable/inter": inter_files, "axe-core": axe_files}


def kept(package: str, folder: Path) -> dict[str, bytes]:
    """Fetch one package and return what is kept of it."""
    version, integrity, _ = PACKAGES[package]
    with tarfile.open(npm.fetch(f"{package}@{version}", integrity, folder)) as tarball:

        def read(path: str) -> bytes:
            member = tarball.extractfile(f"package/{path}")
            if member is None:
                raise SystemExit(f"{package} has no file {path} any more.")
            return member.read()

        return KEEP[package](read)


def write(path: str, content: bytes) -> None:
    """Write one file of the repository, making its folder."""
    target = ROOT / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def manifest(names: list[str], files: dict[str, dict[str, bytes]]) -> bytes:
    """What was taken from where: package, version, checksum, licence, and each file's sha256."""
    lines = {
        name: {
            "version": PACKAGES[name][0],
            "integrity": PACKAGES[name][1],
            "licence": PACKAGES[name][2],
            "files": {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files[name].items())},
        }
        for name in names
    }
    return (json.dumps(lines, indent=2) + "\n").encode()


def main() -> int:
    """Fetch every package, write what is kept, then the two manifests."""
    with tempfile.TemporaryDirectory() as folder:
        files = {package: kept(package, Path(folder)) for package in PACKAGES}
    for package, contents in files.items():
        for path, content in contents.items():
            write(path, content)
        print(f"{package} {PACKAGES[package][0]}: {len(contents)} files")
    write(f"{WEB}/manifest.json", manifest(["govuk-frontend", "@fontsource-variable/inter"], files))
    write(f"{TESTS}/manifest.json", manifest(["axe-core"], files))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except npm.FetchFailed as problem:
        sys.exit(str(problem))
