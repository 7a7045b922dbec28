"""The repository's own files, as the house rules see them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "traumatracker"
WEB = PACKAGE / "web"
NOT_OURS = {".git", ".tools", ".venv", "var", "vendor", "screenshots", "__pycache__", "build", "dist"}


@cache
def files() -> tuple[Path, ...]:
    """Every file somebody here wrote: not the vendored ones, nor what commands leave behind."""
    return tuple(sorted(_walk(ROOT)))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in NOT_OURS or path.name.endswith("_cache") or path.name == ".hypothesis":
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.suffix != ".pyc":
            yield path


def ending(*suffixes: str, inside: Path = ROOT) -> list[Path]:
    """Our files with one of these suffixes, in one folder."""
    return [path for path in files() if path.suffix in suffixes and path.is_relative_to(inside)]


def name(path: Path) -> str:
    """A file as an error message names it."""
    return str(path.relative_to(ROOT))


@cache
def text(path: Path) -> str:
    """A file's text."""
    return path.read_text("utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """A Python file, parsed."""
    return ast.parse(text(path))
