"""A drafted profile as text: commented TOML that loads, for a person to correct line by line."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from traumatracker.sources.draft.recognise import Proposal
from traumatracker.sources.draft.sample import Sampled
from traumatracker.sources.draft.words import CHANGED, words_of

MOST_SHOWN = 60  # codes listed for one column; the rest is counted. Source: judgement
SHORTEST = 5  # letters of a word that is compared with labels: shorter ones are like anything. Source: judgement
ALIKE = 0.72  # how alike a code's text and a label must be to be suggested. Source: judgement; nothing is taken unasked

Known = Sequence[tuple[str, str]]  # codes that criteria packs know, such as "NSIR:313", and their labels


@dataclass(frozen=True)
class Head:
    """What stands at the top of a profile."""

    id: str
    pack: str
    time_zone: str


def profile_text(head: Head, kinds: list[tuple[Sampled, list[Proposal]]], known: Known) -> str:
    """Return the profile of all kinds of files. `known`: what codes are compared with. It loads as it stands."""
    files = sum(len(seen.files) for seen, _ in kinds)
    lines = [
        f"# A draft, made by looking at {files} file(s). Read every line that says UNSURE, and every drop.",
        "# What may be personal, holds free text or was not recognised is dropped: nothing of it is stored.",
        "# The words used here are explained in docs/reference/profiles.md.",
        "",
        f"id = {_quoted(head.id)}",
        f"title = {_quoted(head.id + ' (draft)')}",
        f"pack = {_quoted(head.pack)}",
        f"time_zone = {_quoted(head.time_zone)} # UNSURE: the zone of local times in these files",
        "demonstration = false # true only for made-up or published data",
        'placeholders = ["-", "N/A", "Unknown"]',
    ]
    names: set[str] = set()
    for seen, proposals in kinds:
        lines += ["", *_table(seen, proposals, known, _table_name(seen, names))]
    return "\n".join(lines) + "\n"


def next_command(out: str, path: str) -> str:
    """Return what to type next."""
    return f"traumatracker sources check {out} {path}"


def _table(seen: Sampled, proposals: list[Proposal], known: Known, name: str) -> list[str]:
    by_name = {each.name: each for each in proposals}
    combined = _combine(proposals)
    key, doubt = _key(proposals)
    version = next((p for p in proposals if p.keep == "time" and words_of(p.name) & CHANGED), None)
    for each in [*(by_name[one] for one in key), *([version] if version else [])]:
        each.options["required"] = True
    lines = ["[[table]]", f"name = {_quoted(name)}", f"files = [{_quoted(_pattern(seen))}]"]
    lines.append(f"key = {_list(key)}" + (f" # UNSURE: {doubt}" if doubt else ""))
    if version:
        lines.append(f"version = {_quoted(version.name)} # UNSURE: does it change whenever the row does?")
        lines.append(f"known_at = {_quoted(version.name)}")
    else:
        lines.append("# version = ... # UNSURE: what tells that a row was changed? Else the newest file counts")
    lines += _layout(seen)
    lines += ["", "  [table.columns]", *(_column(each) for each in proposals)]
    if combined:
        lines += ["", "  [table.combined]", combined[1]]
    when = combined[0] if combined else next((p.name for p in proposals if p.keep == "time" and p is not version), "")
    lines += _gives(name, key, when or (version.name if version else ""), proposals)
    for each in proposals:
        lines += _codes(each, known)
    return lines


def _layout(seen: Sampled) -> list[str]:
    told = []
    if not seen.has_header:
        told += ["# UNSURE: no header was found; give the columns names that say what they are, here and below"]
        told.append(f"header = {_list(seen.columns)}")
    if seen.delimiter != ",":
        told.append(f"delimiter = {_quoted(seen.delimiter)}")
    if seen.row:
        told.append(f"row = {_quoted(seen.row)}")
    if seen.sheet:
        told.append(f"sheet = {_quoted(seen.sheet)} # UNSURE: the first of several sheets")
    if seen.format == "csv" and not seen.ends:
        told.append('last_line = "whole" # the files end without a line break; else the last line is set aside')
    return told


def _combine(proposals: list[Proposal]) -> tuple[str, str] | None:
    """Make a time of a date and a clock in two columns; a clock alone says nothing."""
    day = next((each for each in proposals if each.keep == "date"), None)
    clock = next((each for each in proposals if each.keep == "clock"), None)
    for each in proposals:
        if each.keep == "clock":
            each.keep, each.drop = "", "a clock without its date"
    if not day or not clock:
        return None
    formats = [day.options.pop("format"), clock.options.pop("format")]
    for each in (day, clock):
        each.keep, each.drop = "part", ""
    line = f'  happened_at = {{ keep = "time", from = {_list([day.name, clock.name])}, formats = {_list(formats)} }}'
    return "happened_at", line


def _key(proposals: list[Proposal]) -> tuple[list[str], str]:
    """Return the columns of the key and what is unsure of it."""
    kept = [each for each in proposals if each.keep in ("ref", "code", "person", "text")]
    unique = [each for each in kept if each.is_key]
    if unique:
        best = max(unique, key=lambda each: each.distinct)
        others = [each.name for each in unique if each is not best and each.distinct == best.distinct]
        return [best.name], f"{' and '.join(others)} would do too" if others else ""
    if kept:
        best = max(kept, key=lambda each: (each.filled, each.distinct))
        return [best.name], "no column names a row; which do together?"
    first = proposals[0]
    first.keep, first.drop, first.options = "ref", "", {}
    return [first.name], "nothing was recognised that names a row"


def _column(each: Proposal) -> str:
    doubts = f" # UNSURE: {'; '.join(each.unsure)}" if each.unsure else ""
    if not each.keep:
        return f"  {_quoted(each.name)} = {{ drop = {_quoted(each.drop)} }}{doubts}"
    told = {"keep": each.keep} | (each.options if each.keep != "part" else {})
    said = ", ".join(f"{name} = {_value(value)}" for name, value in told.items())
    return f"  {_quoted(each.name)} = {{ {said} }}{doubts}"


def _gives(name: str, key: list[str], when: str, proposals: list[Proposal]) -> list[str]:
    incident = _quoted(name + ":" + "/".join("{" + each + "}" for each in key))
    lines = ["", "  # What a row means. UNSURE: is each row an incident of its own?", "  [[table.gives]]"]
    lines += ['  entity = "incident"', f"  incident_id = {incident}", '  kind = "log"']
    if when:
        lines += [f'  opened_at = "{{{when}}}"', f'  opened_on = "{{{when}}}"']
    for each in proposals:
        if each.keep == "code" and each.name not in key:
            lines += ["", "  [[table.gives]]", '  entity = "incident_code"', f"  incident_id = {incident}"]
            lines.append('  code_role = "opening" # UNSURE: or "closing", "qualifier", "offence"')
            system = re.sub(r"\W+", "_", f"{name}_{each.name}").upper()
            lines.append(f"  code_system = {_quoted(system)} # UNSURE: as the criteria pack writes it")
            lines.append(f'  code = "{{{each.name}}}"')
        if each.keep == "person" and each.name not in key:
            lines += ["", "  [[table.gives]]", '  entity = "involvement"', f"  incident_id = {incident}"]
            lines += ['  identifier_type = "collar"', f'  identifier = "{{{each.name}}}"']
            lines.append('  evidence = "named_on_log" # UNSURE: does anything say that they were there?')
            lines += [f'  happened_on = "{{{when}}}"'] if when else []
    return lines


def _codes(each: Proposal, known: Known) -> list[str]:
    """Return, as comments, the words of a column of codes with the closest that a criteria pack knows."""
    if each.keep not in ("code", "choice") or not each.values:
        return []
    lines = ["", f"  # Words found in {each.name}, how often, and the closest that a criteria pack knows:"]
    lines.append("  # a suggestion, for whoever owns the pack to accept. Nothing is mapped by this list.")
    labels = {label.casefold(): (code, label) for code, label in known}
    codes = {code.partition(":")[2].casefold(): (code, label) for code, label in known}
    for word, count in each.values.most_common(MOST_SHOWN):
        close = [codes[word.casefold()]] if word.casefold() in codes else []
        if not close and len(word) >= SHORTEST:
            close = [labels[found] for found in get_close_matches(word.casefold(), labels, n=1, cutoff=ALIKE)]
        told = f"closest: {close[0][0]} {_quoted(close[0][1])}" if close else "nothing close"
        lines.append(f"  #   {_quoted(word)}  {count}  {told}")
    if left := each.distinct - min(MOST_SHOWN, len(each.values)):
        lines.append(f"  #   and {left} more that are not shown here: rare, or one of a kind")
    return lines


def _table_name(seen: Sampled, taken: set[str]) -> str:
    stem = re.sub(r"[^a-z]+", "_", seen.files[0].rpartition(".")[0].casefold()).strip("_") or "rows"
    name = stem if stem not in taken else f"{stem}_{len(taken) + 1}"
    taken.add(name)
    return name


def _pattern(seen: Sampled) -> str:
    """Return a pattern of the files' names: what differs, and every number, is anything."""
    first = seen.files[0]
    stem, dot, ending = first.rpartition(".")
    starts = _common([each.rpartition(".")[0] or each for each in seen.files]) or stem
    starts = re.sub(r"\d+", "*", starts) if len(seen.files) == 1 else re.sub(r"\d.*", "", starts) + "*"
    return re.sub(r"\*+", "*", starts) + dot + ending


def _common(names: list[str]) -> str:
    shortest = min(names, key=len)
    return next(
        (shortest[:at] for at in range(len(shortest), 0, -1) if all(n.startswith(shortest[:at]) for n in names)), ""
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: Sequence[Any]) -> str:
    return "[" + ", ".join(_quoted(str(text)) for text in texts) + "]"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_quoted(name)} = {_quoted(told)}" for name, told in value.items()) + " }"
    return _list(value) if isinstance(value, list) else _quoted(str(value))
