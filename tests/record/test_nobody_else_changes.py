"""Through the engine: erasing one person, compacting, and retention change nobody's entries but those they are for."""

from datetime import UTC, date, datetime

import pytest

from traumatracker.engine import bulk
from traumatracker.record.compact import compact
from traumatracker.record.store import Record
from traumatracker.sources import canonical, synthetic
from traumatracker.sources.erasure import erase
from traumatracker.sources.intake import accept
from traumatracker.sources.profile import find_profile
from traumatracker.sources.retention import retain
from traumatracker.web import packs

AS_OF = date(2026, 3, 2)
RECEIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    out = tmp_path_factory.mktemp("force")
    synthetic.write(out, people=30, years=1, seed=11, as_of=AS_OF)
    return out


def exposures(record, profile, tmp_path):
    """Every exposure the record comes to, as rows."""
    with bulk.connect(tmp_path / "spill", memory_mib=500) as connection, record.reading(profile.id):
        canonical.register(connection, profile, record)
        bulk.build(connection, packs.pack_of(profile.pack), AS_OF)
        found = connection.sql("SELECT * FROM exposure")
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def as_text(rows):
    return sorted(map(repr, rows))


def test_nobody_else_changes(exports, tmp_path):
    profile, record = find_profile("synthetic"), Record(tmp_path)
    accept(profile, exports, record, RECEIVED)
    first = exposures(record, profile, tmp_path)
    counts = {row["person_id"]: 0 for row in first}
    for row in first:
        counts[row["person_id"]] += 1
    gone = max(sorted(counts), key=counts.__getitem__)

    erase(profile, record, gone)
    second = exposures(record, profile, tmp_path)
    assert counts[gone] > 5
    assert as_text(second) == as_text(row for row in first if row["person_id"] != gone)

    compact(record, profile.id, forget_history=True)
    assert as_text(exposures(record, profile, tmp_path)) == as_text(second)

    told = retain(profile, record, date(2031, 9, 2))  # as if it were later: half of the year is over
    third = exposures(record, profile, tmp_path)
    kept = [row for row in second if row["exposed_on"] >= date.fromisoformat(told["before"])]
    assert 0 < len(kept) < len(second)
    assert as_text(row for row in third if row["exposed_on"] >= date.fromisoformat(told["before"])) == as_text(kept)
    assert len(third) < len(second)
