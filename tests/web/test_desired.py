"""What a finding says is spelled out by DuckDB and, for texts it spells otherwise, by Python: both alike."""

from datetime import date

import duckdb
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from traumatracker.web import desired
from traumatracker.web.desired import EXPOSURE, QUESTION, _findings, finding_of

TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=6)
LISTS = st.lists(TEXTS, max_size=3)
DAYS = st.dates(date(1990, 1, 1), date(2030, 1, 1))
WORDS = ("person_id", "event_id", "occasion", "category", "role", "rule", "pack")
ROWS = st.fixed_dictionaries(
    dict.fromkeys(WORDS, TEXTS)
    | {"exposed_on": DAYS, "known_on": DAYS, "team": st.none() | TEXTS}
    | dict.fromkeys(("category_weight", "role_weight", "points"), st.integers(-9, 10**6))
    | {"codes": LISTS, "source_records": LISTS, "roles": st.none() | LISTS, "tags": st.none() | LISTS}
    | {"evidence": st.none() | LISTS, "links": st.none() | LISTS}
)
LISTED = pa.list_(pa.string())
SCHEMA = pa.schema(
    [(name, pa.string()) for name in (*WORDS, "team")]
    + [("exposed_on", pa.date32()), ("known_on", pa.date32())]
    + [(name, pa.int64()) for name in ("category_weight", "role_weight", "points")]
    + [(name, LISTED) for name in ("codes", "source_records", "roles", "tags", "evidence", "links")]
)


def read(exposures, questions):
    with duckdb.connect() as connection:
        for name, rows in (("exposure", exposures), ("question", questions)):
            arriving = pa.Table.from_pylist(rows, schema=SCHEMA)
            connection.register("arriving", arriving)
            weights = "" if name == "exposure" else "EXCLUDE (category_weight, role_weight, points)"
            connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * {weights} FROM arriving")
            connection.unregister("arriving")
        return list(_findings(connection))


@given(st.lists(ROWS, max_size=3), st.lists(ROWS, max_size=2))
def test_both_say_the_same(exposures, questions):
    expected = [(row["person_id"], finding_of(row | {"kind": EXPOSURE})) for row in exposures]
    expected += [(row["person_id"], finding_of(row | {"kind": QUESTION})) for row in questions]
    assert sorted(read(exposures, questions), key=repr) == sorted(expected, key=repr)


def test_plain_texts_are_spelled_by_duckdb(monkeypatch):
    row = dict.fromkeys(WORDS, 'a "quoted" é\u2028 word') | {
        "exposed_on": date(2026, 1, 1),
        "known_on": date(2026, 1, 2),
    }
    row |= {"team": None, "category_weight": 4, "role_weight": 10_000, "points": 40_000, "codes": ["NSIR:313"]}
    row |= {"source_records": ["cad:1"], "roles": ["r"], "tags": [], "evidence": [], "links": []}
    expected = finding_of(row | {"kind": EXPOSURE})
    monkeypatch.setattr(desired, "finding_of", None)
    assert read([row], []) == [(row["person_id"], expected)]
