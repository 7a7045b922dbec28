"""Which files of a folder each table reads: files, and files inside zips."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import IO, Protocol

from traumatracker.errors import CannotRun, RefusedFile
from traumatracker.sources.formats.base import BLOCK, DAMAGED, Chunk, Seen, Survey
from traumatracker.sources.profile import Profile, Table

# A zip that claims to unpack more than this many times its size, or this many bytes, is not an export.
# Source: judgement; text packs some twenty times, and the largest export known is a few gigabytes.
MOST_RATIO, MOST_BYTES = 1_000, 50 * 2**30


class InPlace(Protocol):
    """A source that is no file: it tells what it holds and gives its rows itself."""

    def survey(self, seen: Seen) -> Survey:
        """Return what `formats.survey` does. Raises RefusedFile."""

    def read(self) -> tuple[list[str], Iterator[Chunk]]:
        """Return what `formats.read` does; only after `survey`."""


@dataclass(frozen=True)
class Found:
    """A file of the folder that a table reads. `name` is safe to show: inside a zip, "export.zip/logs.csv"."""

    table: str
    name: str
    path: Path
    member: str = ""
    size: int = 0
    in_place: "InPlace | None" = None

    def open(self) -> IO[bytes]:
        """Return its bytes. Raises RefusedFile when it cannot be opened."""
        try:
            if not self.member:
                return self.path.open("rb")
            with zipfile.ZipFile(self.path) as archive:
                check_unpacked(archive.getinfo(self.member), self.name)
                return archive.open(self.member)  # stays open after the archive is closed
        except DAMAGED as bad:
            raise RefusedFile("unreadable_file", f"{self.name} cannot be opened. Copy it again, unlocked.") from bad


@dataclass
class Listing:
    """What a folder holds: files that a table reads, names of those none does, and zips that cannot be opened."""

    found: list[Found] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    refused: list[tuple[str, RefusedFile]] = field(default_factory=list)


def find_files(profile: Profile, folder: Path) -> Listing:
    """Return the files each table reads and those no table reads, in a stable order.

    Raises CannotRun when the folder is not there or holds nothing that the profile reads.
    """
    if not folder.is_dir():
        raise CannotRun(f"There is no folder {folder}. Give the folder that holds the exports.")
    listing = Listing()
    for path in sorted(entry for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith(".")):
        try:
            held = members(path)
        except RefusedFile as damaged:
            listing.refused.append((path.name, damaged))
            continue
        for name, member, size in held:
            if member.casefold().endswith(".zip"):
                told = f"{name} is a zip inside a zip. Unpack the outer one into the folder."
                listing.refused.append((name, RefusedFile("nested_zip", told)))
            elif table := _table_for(profile, Path(member or path.name).name):
                listing.found.append(Found(table.name, name, path, member, size))
            else:
                listing.ignored.append(name)
    if not listing.found and not listing.refused and not any(table.query_table for table in profile.files):
        wanted = ", ".join(pattern for table in profile.files for pattern in table.files)
        raise CannotRun(f"No file in {folder} is one that profile {profile.id} reads ({wanted}). Check the folder.")
    return listing


def tables_of(profile: Profile, path: Path) -> list[Table]:
    """Return the tables that read a file, or the files in a zip; all of them for a zip that cannot be opened."""
    try:
        names = [Path(member or name).name for name, member, _ in members(path)]
    except (RefusedFile, OSError):
        return list(profile.files)
    return list({table.name: table for name in names if (table := _table_for(profile, name))}.values())


def _table_for(profile: Profile, name: str) -> Table | None:
    folded = name.casefold()
    return next((t for t in profile.tables if any(fnmatch(folded, pattern.casefold()) for pattern in t.files)), None)


def members(path: Path) -> list[tuple[str, str, int]]:
    """Return (name, member, bytes) of each file in a zip, or of the file itself. Raises RefusedFile: a damaged zip."""
    if path.suffix.casefold() != ".zip":
        return [(path.name, "", path.stat().st_size)]
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted((info.filename, info.file_size) for info in archive.infolist() if not info.is_dir())
    except DAMAGED as bad:
        raise RefusedFile("unreadable_file", f"{path.name} is a damaged zip. Copy it again.") from bad
    names = [member for member, _ in members]
    if len(set(names)) < len(names):
        raise RefusedFile("unreadable_file", f"{path.name} holds two files of one name. Zip them again.")
    return [(f"{path.name}/{m}", m, size) for m, size in members if not m.startswith(("__MACOSX", "."))]


def check_unpacked(info: zipfile.ZipInfo, name: str) -> None:
    """Raise RefusedFile where part of a zip claims to unpack to more than any export holds."""
    if info.file_size > MOST_BYTES or info.file_size > max(BLOCK, info.compress_size) * MOST_RATIO:
        raise RefusedFile("too_large", f"{name} unpacks to {info.file_size} bytes. Check where it comes from.")
