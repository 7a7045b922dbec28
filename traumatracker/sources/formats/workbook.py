"""What a spreadsheet's cells refer to: which sheet is where, its shared texts, and which styles are dates."""

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_datetime
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from traumatracker.errors import RefusedFile
from traumatracker.sources.formats.base import DAMAGED
from traumatracker.sources.formats.elements import elements, local
from traumatracker.sources.formats.folder import check_unpacked

MOST_PART = 64 * 2**20  # bytes of a part held in memory. Source: judgement; a large export's texts are 20 MB
_MEND = "Or export it as CSV."


@dataclass(frozen=True)
class Workbook:
    """`sheets`: (name, part, is hidden) in order; `dates`: style number → "date", "time" or "datetime"."""

    archive: zipfile.ZipFile
    name: str
    sheets: tuple[tuple[str, str, bool], ...]
    texts: list[str]
    dates: dict[int, str]
    epoch: datetime

    def sheet(self, wanted: str) -> IO[bytes]:
        """Open the sheet called `wanted`, or the only visible one. Raises RefusedFile where that is not clear."""
        visible = [(name, part) for name, part, hidden in self.sheets if not hidden]
        if wanted:
            found = [(name, part) for name, part in visible if name == wanted]
            if not found:
                hidden = any(name == wanted for name, _, _ in self.sheets)
                why = "is hidden: ask whoever made it why, and show it" if hidden else "is not there: correct `sheet`"
                raise RefusedFile("wrong_sheet", f"{self.name}: the sheet {wanted!r} {why}.")
        elif len(visible) != 1:
            shown = ", ".join(repr(name[:40]) for name, _ in visible[:5]) or "none"
            raise RefusedFile(
                "wrong_sheet", f"{self.name} shows {len(visible)} sheets ({shown}). Say `sheet = ...` in the profile."
            )
        else:
            found = visible
        return self.archive.open(_checked(self.archive, found[0][1], self.name))


def open_workbook(file: IO[bytes], name: str) -> Workbook:
    """Return what the cells of a workbook refer to. Raises RefusedFile: locked, damaged, or not a workbook."""
    try:
        archive = zipfile.ZipFile(file)
        book = _part(archive, "xl/workbook.xml", name)
        parts = {
            each.attrib["Id"]: posixpath.normpath(posixpath.join("/xl", each.attrib["Target"])).lstrip("/")
            for each in _part(archive, "xl/_rels/workbook.xml.rels", name)
        }
        sheets = tuple(
            (sheet.attrib["name"], parts[_relation(sheet)], sheet.attrib.get("state", "visible") != "visible")
            for sheet in _all(book, "sheet")
        )
        mac = any(each.attrib.get("date1904") in ("1", "true") for each in _all(book, "workbookPr"))
        epoch = CALENDAR_MAC_1904 if mac else CALENDAR_WINDOWS_1900
        return Workbook(archive, name, sheets, _texts(archive, name), _dates(archive, name), epoch)
    except DefusedXmlException as unsafe:
        raise RefusedFile("unsafe_xml", f"{name} defines entities, as no workbook does. Check its origin.") from unsafe
    except (*DAMAGED, LookupError, ValueError, TypeError, ParseError, StopIteration) as bad:
        raise RefusedFile(
            "unreadable_file", f"{name} is damaged, locked with a password, or no .xlsx. Save it again. {_MEND}"
        ) from bad


def _checked(archive: zipfile.ZipFile, part: str, name: str, most: int = 0) -> zipfile.ZipInfo:
    info = archive.getinfo(part)
    check_unpacked(info, name)
    if most and info.file_size > most:
        raise RefusedFile("too_large", f"{name} holds more text than a workbook of a force's export. {_MEND}")
    return info


def _part(archive: zipfile.ZipFile, part: str, name: str) -> Element:
    with archive.open(_checked(archive, part, name, MOST_PART)) as file:
        return fromstring(file.read(MOST_PART), forbid_dtd=True)


def _all(element: Element, name: str) -> Iterator[Element]:
    return (each for each in element.iter() if local(each) == name)


def _relation(sheet: Element) -> str:
    return next(value for name, value in sheet.attrib.items() if name.endswith("}id"))


def _texts(archive: zipfile.ZipFile, name: str) -> list[str]:
    """Return the shared texts; those spelled out in runs joined, without the readings of East Asian signs."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    with archive.open(_checked(archive, "xl/sharedStrings.xml", name, 4 * MOST_PART)) as file:
        return [text_in(item) for item in elements(file, frozenset({"si"}), name, lambda _: None)]


def text_in(item: Element) -> str:
    """Return the text of a shared or inline string."""
    runs = [each for each in item if local(each) != "rPh"]
    return "".join(each.text or "" for run in runs for each in _all(run, "t"))


def _dates(archive: zipfile.ZipFile, name: str) -> dict[int, str]:
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = _part(archive, "xl/styles.xml", name)
    own = {int(each.attrib["numFmtId"]): each.attrib["formatCode"] for each in _all(styles, "numFmt")}
    used = next(_all(styles, "cellXfs"), ())
    formats = [int(each.attrib.get("numFmtId", 0)) for each in used]
    kinds = [is_datetime(own.get(number) or BUILTIN_FORMATS.get(number, "General")) for number in formats]
    return {style: kind for style, kind in enumerate(kinds) if kind}
