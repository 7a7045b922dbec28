"""Values that came with a type, as the text a CSV would hold: nothing that a type has already spoilt is passed on.

A number cannot say whether it was typed `4.1` or `4.10`, `0123` or `123`. So a number in a column of codes, references
or people is refused, unless it is whole and the profile says that such numbers are plain (`whole_numbers`).
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from traumatracker.errors import RefusedFile
from traumatracker.sources.profile import Column

SPOILT = "number_in_text_column"
MOST_AT_ONCE = 256 * 2**20  # bytes of one column's cells held at one time. Source: judgement; a batch has 20,000 rows
_NO_FRACTION = r"\.0+$"
NAMES = frozenset({"code", "ref", "person"})  # kinds whose every character means something


def text_of(value: Any, column: Column) -> str | None:
    """Return one typed value as text; None where the type has spoilt it. Times are written in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if column.kind in NAMES and isinstance(value, date | time | timedelta):
        return None  # a spreadsheet has made a date of something like 1-2
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" " if column.kind == "part" else "T")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else _number(value, column)


def _number(value: int | float | Decimal, column: Column) -> str | None:
    if value != value:  # not a number: how some tools write an empty cell
        return ""
    whole = value % 1 == 0
    if column.kind in NAMES and not (whole and column.whole_numbers):
        return None
    return str(int(value)) if whole else str(value)


def texts_of(values: pa.Array, column: Column, name: str) -> pa.Array:
    """Return a typed Arrow column as text. Raises RefusedFile where its type has spoilt it.

    Columns of whole numbers are taken as they are: who wrote such a file declared them so.
    """
    values.validate(full=True)  # text that is no text must not get further
    kind = values.type
    if pa.types.is_dictionary(kind):
        _check_size(values, column, name)
        values, kind = values.cast(kind.value_type), kind.value_type
    if pa.types.is_null(kind):
        return pa.repeat(pa.scalar(""), len(values))
    return pc.fill_null(_as_text(values, kind, column, name), "")


def check_flat(kind: pa.DataType, column: str, name: str) -> None:
    """Raise RefusedFile for a column whose cells hold more than one value."""
    if pa.types.is_nested(kind):
        raise RefusedFile(
            "nested_column", f"{name}: the column '{column}' holds lists or tables. Export one value to a cell."
        )


def _check_size(values: pa.DictionaryArray, column: Column, name: str) -> None:
    """Raise RefusedFile where a few long texts, named again and again, would fill the memory."""
    if pa.types.is_string(values.type.value_type) or pa.types.is_binary(values.type.value_type):
        lengths = pc.binary_length(values.dictionary).take(values.indices)
        if (pc.sum(lengths).as_py() or 0) > MOST_AT_ONCE:
            raise RefusedFile("too_large", f"{name}: the cells of '{column.name}' are far too long.")


def _as_text(values: pa.Array, kind: pa.DataType, column: Column, name: str) -> pa.Array:
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(values, column, name)
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return _times(values, kind)
    try:
        return values.cast(pa.string(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as bad:
        what = f"{name}: the column '{column.name}' holds no text ({kind})."
        raise RefusedFile("unreadable_text", f"{what} Export it as text, or declare it `drop`.") from bad


def _times(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Write times in ISO 8601, fractions only where there are any; an instant in UTC, with its offset."""
    if pa.types.is_time(kind):
        return pc.replace_substring_regex(values.cast(pa.string()), _NO_FRACTION, "")
    instants = values.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.timestamp("us"), safe=False)
    texts = pc.replace_substring_regex(pc.strftime(instants, "%Y-%m-%dT%H:%M:%S"), _NO_FRACTION, "")
    return pc.binary_join_element_wise(texts, "+00:00", "") if kind.tz else texts


def _numbers(values: pa.Array, column: Column, name: str) -> pa.Array:
    texts = [text_of(value, column) for value in values.to_pylist()]
    if None in texts:
        raise RefusedFile(SPOILT, spoilt(name, column.name))
    return pa.array(texts, pa.string())


def spoilt(name: str, column: str) -> str:
    """Return the sentence for a column of codes or identifiers that came as numbers."""
    return (
        f"{name}: the column '{column}' holds numbers, and a number cannot say whether 4.1 was 4.10 or 123 was 0123. "
        "Export it as text; or, where it holds whole numbers that never begin with 0, say `whole_numbers = true`."
    )
