"""The fast evaluator gives the same rows as the reference, on forces nobody thought of."""

import os
from collections import Counter
from dataclasses import replace

import duckdb
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.generative.forces import DAYS, RULES, forces, pack
from traumatracker.engine import bulk, covered, reference, windows
from traumatracker.engine.link_kinds import KINDS, REASONS
from traumatracker.engine.tables import ENTITIES, Tables, arrow

EXAMPLES = int(os.environ.get("TRAUMATRACKER_TEST_EXAMPLES", "100"))
# No shrinking: a failing force is small already, and shrinking one costs minutes.
_settings = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def in_duckdb(tables: Tables) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for entity in ENTITIES:
        connection.register("arriving", arrow(entity, tables[entity]))
        connection.execute(f"CREATE TABLE {entity} AS SELECT * FROM arriving")
        connection.unregister("arriving")
    return connection


@_settings
@given(forces(), st.sampled_from(["until_closed", "always"]), st.sampled_from(DAYS))
def test_bulk_equals_reference(tables, opening_counts, as_of):
    criteria = pack(opening_counts)
    expected = reference.evaluate(tables, criteria, as_of)
    connection = in_duckdb(tables)
    found = bulk.evaluate(connection, criteria, as_of)
    assert found.exposures == expected.exposures
    assert found.questions == expected.questions
    assert found.unmapped == expected.unmapped
    assert found.coverage == expected.coverage
    assert found.doubtful_links == expected.doubtful_links
    assert (found.unmatched, found.ambiguous) == (expected.unmatched, expected.ambiguous)
    assert covered.covered(connection, criteria, as_of) == covered.plain(tables, criteria, as_of)
    assert bulk.loads(connection, as_of, [1, 3]) == plain_loads(expected.exposures, as_of, [1, 3])


def plain_loads(exposures, as_of, windows_days):
    people = sorted({row.person_id for row in exposures})
    own = {person: [row for row in exposures if row.person_id == person] for person in people}
    five_years = (windows.five_years_start(as_of), as_of)
    return {
        person: [*(windows.load(rows, as_of, days) for days in windows_days), windows.load_between(rows, *five_years)]
        for person, rows in own.items()
    }


def what_people_changed(tables, opening_counts, result):
    """What a person's decisions, a split and a duplicate made different, by leaving each out."""
    changes = {
        "a correction": {"correction": []},
        "a decided identifier": {"identifier": [row._replace(is_decided=False) for row in tables["identifier"]]},
        "a split": {"incident_link": [row for row in tables["incident_link"] if row.link_kind != "split_from"]},
    }  # fmt: skip
    for name, without in changes.items():
        other = Tables(**tables | without)
        if without != {name: tables[name] for name in without}:
            found = reference.evaluate(other, pack(opening_counts), DAYS[-1]).exposures
            mine, theirs = ([replace(row, links=()) for row in rows] for rows in (result.exposures, found))
            if mine != theirs:
                yield f"changed by {name}"


def test_every_rule_feature_was_generated():
    """Equality proves nothing about a feature that no generated force reaches."""
    seen: Counter[str] = Counter()

    @settings(_settings, max_examples=800, derandomize=True)
    @given(forces(), st.sampled_from(["until_closed", "always"]))
    def generate(tables, opening_counts):
        result = reference.evaluate(tables, pack(opening_counts), DAYS[-1])
        seen.update({f"rule {row.rule}" for row in result.exposures})
        seen.update({f"question {row.rule}" for row in result.questions})
        seen.update({f"tag {tag}" for row in result.exposures for tag in row.tags})
        seen.update({f"role {role}" for row in result.exposures for role in row.roles})
        seen.update({f"occasion {row.occasion.split(':')[0]}" for row in result.exposures})
        seen.update({f"how {line.split('|')[1]}" for row in result.exposures for line in row.evidence})
        seen["linked events"] += any(len(row.source_records) > 1 for row in result.exposures)
        seen["several cases in one day"] += any(len({line.split("|")[2] for line in row.evidence}) > 1
                                                for row in result.exposures if row.event_id == "material")  # fmt: skip
        seen["capped role weight"] += any(row.role_weight == 12_500 for row in result.exposures)
        seen["no team"] += any(row.team is None for row in result.exposures)
        seen["a team"] += any(row.team is not None for row in result.exposures)
        seen.update(name for name in result.coverage.__slots__ if getattr(result.coverage, name))
        seen.update({f"unmapped {row.code}" for row in result.unmapped})
        seen.update({f"doubt {row.reason}" for row in result.doubtful_links})
        seen.update({f"link {line.split('|')[0]}" for row in result.exposures for line in row.links})
        seen.update(what_people_changed(tables, opening_counts, result))

    generate()
    exposing = {f"rule {rule.id}" for rule in RULES if rule.strength in ("direct", "conditional")}
    wanted = exposing - {"rule always_asks"} | {
        "question conditional", "question always_asks", "tag knife", "tag death", "occasion event",
        "occasion interviewer_victim", "occasion session", "how crew_from_duty", "how status_at_scene",
        "how rms_role", "linked events", "several cases in one day", "capped role weight", "no team", "a team",
        "incidents_left_out", "deployments_without_people", "identifiers_unmatched", "identifiers_ambiguous",
        "review_incidents", "unmapped MISPER", "role first_at_scene", "role attended_during", "role attended_later",
        "role scene_guard", "role directly_harmed", "changed by a correction", "changed by a decided identifier",
        "changed by a split",
    } | {f"doubt {reason}" for reason in REASONS} | {f"link {kind}" for kind in KINDS}  # fmt: skip
    print(sorted(seen.items()))
    missing = wanted - {name for name, count in seen.items() if count}
    assert not missing
