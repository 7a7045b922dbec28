"""How codes are written. A code and its system are one key, because systems share numbers.

Home Office class 106 is modern slavery, court code 106/xx is betting: `HO_CLASS:106` and `HO_STAT:106/01`
never meet. A normaliser takes the spellings seen in exports and gives one canonical text; it never goes
through a number, so `4.10` (corporate manslaughter) stays apart from `4.1` (manslaughter).
"""

import re
from collections.abc import Callable

_SPACES = re.compile(r"\s+")


def as_text(raw: str) -> str:
    """Return the code as upper-case text with single spaces: the notation of every list without a rule."""
    return _SPACES.sub(" ", raw).strip().upper()


def as_nsir(raw: str) -> str:
    """Return a three-digit closing code or qualifier: "18" and "018" are both "018"."""
    text = as_text(raw)
    return text.zfill(3) if text.isdigit() else text


def as_ho_class(raw: str) -> str:
    """Return a recorded-crime class: "4/10", "4.10", "004/10" and "00410" are "4.10"; "019C" is "19C".

    Grouped classes of the open data ("1/4.1/4.2") are kept as they stand.
    """
    text = as_text(raw)
    if text.count("/") > 1:
        return text
    if text.isdigit() and len(text) == 5:  # "00410": three digits of class, two of sub-class
        text = f"{text[:3]}.{text[3:].lstrip('0')}".rstrip(".")
    head, _, tail = text.replace("/", ".").partition(".")
    head = head.lstrip("0") or "0"
    return f"{head}.{tail}" if tail else head


def as_ho_stat(raw: str) -> str:
    """Return a statistics (court) code: "1/2", "001/02" and "00102" are "001/02"."""
    text = as_text(raw)
    if text.isdigit() and len(text) == 5:
        return f"{text[:3]}/{text[3:]}"
    head, slash, tail = text.partition("/")
    return f"{head.zfill(3)}/{tail.zfill(2)}" if slash else text


NOTATIONS: dict[str, Callable[[str], str]] = {
    "text": as_text,
    "nsir": as_nsir,
    "ho_class": as_ho_class,
    "ho_stat": as_ho_stat,
}


def key(system: str, code: str) -> str:
    """Return the one text that stands for a code everywhere: "HO_CLASS:4.10"."""
    return f"{system}:{code}"
