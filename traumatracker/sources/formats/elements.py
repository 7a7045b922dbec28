"""XML read as a stream, element by element, whatever is in it: depth, size and what it refers to are all bounded."""

import io
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from traumatracker.errors import RefusedFile
from traumatracker.sources.formats.base import Seen

DEEPEST = 100  # elements within elements. Source: judgement; exports have fewer than ten
LARGEST = 16 * 2**20  # bytes of one element that is wanted whole. Source: judgement; a row has a few thousand


def elements(file: IO[bytes], wanted: frozenset[str], name: str, seen: Seen) -> Iterator[Element]:
    """Return each element called one of `wanted`, whole, outermost first met; the rest is forgotten as it passes.

    Raises RefusedFile: no XML, cut short, it refers to something outside itself, or it holds other elements only.
    """
    found = others = 0
    try:
        for element, is_wanted in _passing(_Bounded(file, name, seen), wanted, name):
            if is_wanted:
                found += 1
                yield element
            else:
                others += 1
    except DefusedXmlException as unsafe:
        raise RefusedFile(
            "unsafe_xml",
            f"{name} defines entities or a document type, as no export does. Check where it comes from.",
        ) from unsafe
    except (ParseError, LookupError, UnicodeError, ValueError) as bad:
        raise RefusedFile("unreadable_file", f"{name} is not whole XML. Export or copy it again.") from bad
    if others > 1 and not found:
        raise RefusedFile("missing_rows", f"{name} has no element {' or '.join(wanted)}. Correct `row` in the profile.")


def _passing(file: "_Bounded", wanted: frozenset[str], name: str) -> Iterator[tuple[Element, bool]]:
    """Return every element that ends outside a wanted one, and whether it is wanted, then let go of it."""
    stack: list[Element] = []
    inside = 0  # how deep the wanted element is that we are in
    for event, element in iterparse(file, ("start", "end"), forbid_dtd=True):
        if event == "start":
            stack.append(element)
            inside = inside or (len(stack) if local(element) in wanted else 0)
            _check_depth(stack, name)
            continue
        if not inside or inside == len(stack):
            yield element, bool(inside)
            inside = 0
        stack.pop()
        if not inside:
            file.forget()
            if stack:
                stack[-1].remove(element)


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _check_depth(stack: list[Element], name: str) -> None:
    if len(stack) > DEEPEST:
        raise RefusedFile("too_large", f"{name} nests its elements too deep for an export. Check where it comes from.")


class _Bounded(io.RawIOBase):
    """A file that refuses to go on when one element does not end."""

    def __init__(self, file: IO[bytes], name: str, seen: Seen):
        self._file, self._name, self._seen, self._since = file, name, seen, 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._since += len(data)
        self._seen(len(data))
        if self._since > LARGEST:
            raise RefusedFile("too_large", f"{self._name} has one element larger than an export's. Check its `row`.")
        return data

    def forget(self) -> None:
        """Begin to count anew: an element has ended."""
        self._since = 0
