"""A denial is a denial however it is written: no rule of the Seattle pack starts on a NON-RAPE text."""

import string
from pathlib import Path

import pytest

import traumatracker
from traumatracker.engine.classify import starts
from traumatracker.engine.pack import load_pack

PACK = load_pack(Path(traumatracker.__file__).parent / "packs" / "seattle")
HIDDEN = ["\u00ad", "\u200b"]  # a soft hyphen, a space of no width
BETWEEN = [*string.punctuation, " ", "  ", " - ", "--", " (", ") ", "-(", "‐", "‑", "–", "—", "−", "\u00a0", *HIDDEN]
AROUND = [
    "{}",
    "--SEX OFFENSES ({}) - OTHER",
    "{} HOMICIDE",
    "{} SHOOTING",
    "{} - DOA",
    "{}/EXPLOSION",
    "HELP THE OFFICER {}",
]


def started(text):
    return [rule.id for rule in PACK.rules if starts(rule, f"US_CALL_TYPE:{text.upper()}")]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("between", BETWEEN)
def test_no_rule_starts_however_the_denial_is_written(around, between):
    for no in ("NON", "NOT", "NO"):
        for what in ("RAPE", "RAPES", "RAPED"):
            assert started(around.format(f"{no}{between}{what}")) == []


@pytest.mark.parametrize("text", ["(NON) RAPE", "RAPE (NON)", "NONRAPE", "NON FORCIBLE RAPE", "THERAPEUTIC", "DRAPERY"])
def test_other_denials_and_other_words_start_nothing(text):
    assert started(text) == []


@pytest.mark.parametrize(
    "text", ["RAPE", "RAPE - IP/JO", "--RAPE - UNKNOWN SUSPECT (STRANGER)", "-RAPE-", "SEX OFFENSES (RAPE)"]
)
def test_the_bare_word_starts_its_rule(text):
    assert started(text) == ["rape"]
