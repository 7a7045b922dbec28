"""The published shape of a message (JSON Schema), and the first place at which a message departs from it."""

import json
import re
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

# Faults looked at in one message: enough to find the gravest, few enough that a hostile one costs little.
# Source: judgement.
MOST_FAULTS = 200

_GRAVEST = "undeclared_field"  # what must not be kept is counted as such, whatever else is wrong
_REASONS = {
    "additionalProperties": _GRAVEST, "required": "missing_value", "type": "wrong_type", "const": "unknown_format",
    "minimum": "bad_number", "maximum": "bad_number", "maxLength": "too_long", "maxItems": "too_many",
}  # fmt: skip
_WITHOUT_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\Z")


class Fault(NamedTuple):
    """What is wrong, and where: a JSON Pointer (RFC 6901) made of our own names only, "" for the whole message."""

    reason: str
    place: str


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of a message, as it is published."""
    return json.loads(files(__package__).joinpath("message.schema.json").read_text("utf-8"))


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def first_fault(message: Any) -> Fault | None:
    """Return the gravest fault of a message's shape, the first of several alike; None where it has none.

    Neither the reason nor the place ever holds anything that the message says.
    """
    found = [_fault(error) for error in islice(_validator().iter_errors(message), MOST_FAULTS)]
    return min(found, key=lambda fault: (fault.reason != _GRAVEST, fault.place)) if found else None


def _fault(error: ValidationError) -> Fault:
    path = [str(step) for step in error.absolute_path]
    title = error.schema.get("title", "") if isinstance(error.schema, dict) else ""
    if error.validator == "enum":
        return Fault(f"unknown_{title}", _pointer(path))
    if error.validator == "pattern":
        return Fault(_not_written_so(title, error.instance), _pointer(path))
    if error.validator == "required":
        lacking = [name for name in error.validator_value if name not in error.instance]
        # One error for each name that lacks: the schema's own name, never one from the message.
        named = next((name for name in lacking if error.message.startswith(repr(name))), lacking[0])
        return Fault("missing_value", _pointer([*path, named]))
    return Fault(_REASONS[str(error.validator)], _pointer(path))


def _not_written_so(title: str, text: str) -> str:
    if title != "time":
        return "bad_reference"
    return "no_offset" if _WITHOUT_OFFSET.match(text) else "bad_time"


def _pointer(path: list[str]) -> str:
    return "".join(f"/{step}" for step in path)
