"""Incidents become events, and events become signatures: the set of codes the pack knows, as bits of a few numbers.

Set-based, in DuckDB. A force-year has hundreds of thousands of incidents and only thousands of signatures,
so everything that needs judgement is asked of signatures. Tables made here, all temporary:

    code_key    code_system, code, bit, …            distinct codes a rule mentions; `bit` of those that say something
    numbered    number, incident_id, …               every incident, with the number it goes by
    counted     number, bit, …                       codes that count (an opening code may be forgotten)
    live        number                               incidents neither cancelled nor taken out
    event_of    number, event                        the number of the event that a live incident belongs to
    possible_incident  number, incident_id, event, … the incidents of events that come to something for somebody
    event       event, event_id, signature_id, known_on     those events; `event_id` is the smallest incident id
"""

from collections.abc import Iterable, Iterator

import duckdb
import pyarrow as pa

from traumatracker.engine import codes as code_keys
from traumatracker.engine import links
from traumatracker.engine.classify import Classifier
from traumatracker.engine.link_kinds import DUPLICATE_OF
from traumatracker.engine.links import keep
from traumatracker.engine.pack import Pack

Signatures = dict[int, frozenset[str]]


def build(connection: duckdb.DuckDBPyConnection, pack: Pack) -> tuple[Classifier, Signatures]:
    """Make the tables above and return the classifier with the signatures that could count, by number."""
    classifier, saying = _code_keys(connection, pack)
    _number_incidents(connection)
    _counted_codes(connection, pack)
    links.judge(connection)
    _live_incidents(connection)
    _events(connection)
    return classifier, _signatures(connection, classifier, saying)


def _code_keys(connection: duckdb.DuckDBPyConnection, pack: Pack) -> tuple[Classifier, list[str]]:
    pairs = connection.execute(
        "SELECT DISTINCT code_system, code FROM incident_code ORDER BY code_system, code"
    ).fetchall()
    keys = [code_keys.key(*pair) for pair in pairs]
    classifier = Classifier(pack, keys)
    mentioned = [(*pair, key) for pair, key in zip(pairs, keys, strict=True) if classifier.mentions(key)]
    saying = [key for _, _, key in mentioned if classifier.says_something(key)]
    bits = {key: bit for bit, key in enumerate(saying)}
    flags = {
        "begins": [classifier.may_count(key) for _, _, key in mentioned],
        "excludes": [classifier.excludes_incident(key) for _, _, key in mentioned],
        "reviews": [classifier.asks_review(key) for _, _, key in mentioned],
    }
    table = pa.table(
        {
            "code_system": pa.array([row[0] for row in mentioned], pa.string()),
            "code": pa.array([row[1] for row in mentioned], pa.string()),
            "bit": pa.array([bits.get(row[2]) for row in mentioned], pa.int32()),
            **{name: pa.array(values, pa.bool_()) for name, values in flags.items()},
        }
    )
    keep(connection, "code_key", table)
    return classifier, saying


def _number_incidents(connection: duckdb.DuckDBPyConnection) -> None:
    """Every incident gets a number once: joining by numbers is several times cheaper than by references."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT row_number() OVER () AS number, incident_id, opened_at, opened_on, known_on, is_closed,
               coalesce(is_cancelled, false) AS is_cancelled
        FROM incident
        """
    )


def _counted_codes(connection: duckdb.DuckDBPyConnection, pack: Pack) -> None:
    """An opening code is what the caller said; once the incident is closed with a code, that one stands."""
    forgets = pack.opening_counts != "always"
    settled = """
        ANTI JOIN (SELECT number AS settled FROM coded WHERE is_closed AND code_role = 'closing')
        ON settled = number AND code_role = 'opening'"""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE counted AS
        WITH told AS (
            SELECT incident_id, code_role, bit, begins, excludes, reviews,
                   bit IS NOT NULL OR excludes OR reviews AS tells
            FROM incident_code LEFT JOIN code_key USING (code_system, code)
            WHERE bit IS NOT NULL OR excludes OR reviews {"OR code_role = 'closing'" if forgets else ""}),
        coded AS (SELECT number, is_closed, told.* FROM told JOIN numbered USING (incident_id))
        SELECT number, bit, begins, excludes, reviews, code_role = 'opening' AS is_opening
        FROM coded{settled if forgets else ""} WHERE tells
        """
    )


def _live_incidents(connection: duckdb.DuckDBPyConnection) -> None:
    """Neither cancelled nor taken out. A code such as "duplicate" takes an incident out, but not one whose link says
    what it repeats: its people count there, while what was said of it when it opened is forgotten."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE live AS
        SELECT number FROM numbered ANTI JOIN (SELECT number FROM counted WHERE excludes) gone USING (number)
        WHERE NOT is_cancelled;
        CREATE OR REPLACE TEMP TABLE duplicate AS
        WITH RECURSIVE repeats AS MATERIALIZED (
            SELECT f, t FROM link JOIN numbered ON number = f
            WHERE link_kind = '{DUPLICATE_OF}' AND doubt = '' AND NOT is_cancelled),
        found AS (
            SELECT f AS number FROM repeats SEMI JOIN live ON number = t
            UNION SELECT f FROM found JOIN repeats ON t = found.number)
        SELECT number FROM found;
        INSERT INTO live SELECT number FROM duplicate ANTI JOIN live USING (number);
        """
    )
    connection.execute("DELETE FROM counted WHERE is_opening AND number IN (SELECT number FROM duplicate)")


def _events(connection: duckdb.DuckDBPyConnection) -> None:
    """What links join is one event, called by the smallest of its incidents' ids."""
    links.join(connection)
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE event_of AS
        SELECT number, coalesce(up, number) AS event FROM live LEFT JOIN joined ON node = number
        """
    )


def _signatures(connection: duckdb.DuckDBPyConnection, classifier: Classifier, saying: list[str]) -> Signatures:
    """Only events with a code that begins a counting rule get a signature, and of those only the ones that come to
    something for somebody are kept; the others are nothing to anybody."""
    words = range(len(saying) // BITS + 1)
    names = ", ".join(f"word_{word}" for word in words)
    masks = ", ".join(
        f"bit_or(CASE WHEN bit // {BITS} = {word} THEN 1::BIGINT << (bit % {BITS}) ELSE 0 END) AS word_{word}"
        for word in words
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE event_signature AS
        SELECT event, {masks}, bool_or(begins) AS begins FROM counted JOIN event_of USING (number)
        WHERE bit IS NOT NULL GROUP BY event HAVING bool_or(begins)
        """
    )
    rows = connection.execute(f"SELECT DISTINCT {names} FROM event_signature ORDER BY ALL").fetchall()
    codes = [frozenset(saying[bit] for bit in _bits(row)) for row in rows]
    kept = [number for number, each in enumerate(codes) if classifier.comes_to_something(each)]
    columns = {f"word_{word}": pa.array([rows[number][word] for number in kept], pa.int64()) for word in words}
    keep(connection, "signature", pa.table({"signature_id": pa.array(kept, pa.int64()), **columns}))
    connection.execute(_KEPT.format(names=names))
    return {number: codes[number] for number in kept}


BITS = 62  # codes to a word: a BIGINT has 63 bits that are safe to shift into


def _bits(words: Iterable[int]) -> Iterator[int]:
    """Yield the numbers of the bits that are set."""
    for first, word in enumerate(words):
        while word:
            lowest = word & -word
            yield first * BITS + lowest.bit_length() - 1
            word ^= lowest


_KEPT = """
    CREATE OR REPLACE TEMP TABLE kept AS
    SELECT event, signature_id FROM event_signature JOIN signature USING ({names});
    CREATE OR REPLACE TEMP TABLE possible_incident AS
    SELECT number, incident_id, event, opened_on, known_on
    FROM event_of SEMI JOIN kept USING (event) JOIN numbered USING (number);
    CREATE OR REPLACE TEMP TABLE event AS
    SELECT event, signature_id, known_on, event_id
    FROM kept JOIN (SELECT event, max(known_on) AS known_on, min(incident_id) AS event_id
                    FROM possible_incident GROUP BY event) USING (event);
    DROP TABLE event_signature; DROP TABLE signature; DROP TABLE kept;
"""
