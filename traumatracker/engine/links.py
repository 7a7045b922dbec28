"""Links between incidents, in DuckDB: which stand, which wait for a person, and what they make one event of.

Set-based but for one thing, finding links that go round, which only one-way kinds can. Incidents go by the numbers of
the table `numbered` (see `signature`). Tables made here, all temporary:

    link        f, t (numbers, or nothing), from_incident_id, to_incident_id, link_kind, doubt ('' for one that stands)
    joined      node, up                  every incident that a link joins to another, and the number of its event
    split       part, whole, opened_at    a part split off, the one incident it was split from, when the part opened
"""

from collections import defaultdict

import duckdb
import pyarrow as pa

from traumatracker.engine import link_kinds as kinds
from traumatracker.engine.result import DoubtfulLink


def keep(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Make a temporary table of an Arrow table."""
    connection.register("arriving", table)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arriving")
    connection.unregister("arriving")


def judge(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `link` from the canonical links and `numbered`."""
    connection.execute(_SAID)
    _mark_rounds(connection)
    connection.execute(_LINK)


def doubtful(connection: duckdb.DuckDBPyConnection) -> list[DoubtfulLink]:
    """Return the links that wait for a person, sorted, from the tables left by `judge`."""
    columns = "from_incident_id, to_incident_id, link_kind, doubt"
    rows = connection.execute(f"SELECT {columns} FROM link WHERE doubt <> '' ORDER BY ALL").fetchall()
    return [DoubtfulLink(*row) for row in rows]


def join(connection: duckdb.DuckDBPyConnection) -> int:
    """Make `joined` and `split` from `link` and `live`; return in how many rounds.

    One step brings together nearly everything, for most events are a log and its crimes. What it does not is joined
    by labels alone: each round every label hears from its neighbours' heads, and heads join under smaller heads (the
    FastSV algorithm: Zhang, Azad, Hu 2020), so a chain of thousands takes a handful of rounds rather than thousands.
    """
    connection.execute(_EDGES)
    rounds = changed = connection.execute("SELECT count(*) FROM edge").fetchall()[0][0] and 1
    while changed:
        connection.execute(_HEARD)
        counting = "SELECT count(*) FROM heard JOIN head USING (node) WHERE heard.up <> head.up"
        changed = connection.execute(counting).fetchall()[0][0]
        connection.execute("CREATE OR REPLACE TEMP TABLE head AS SELECT node, up FROM heard")
        rounds += 1
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE joined AS
        SELECT near.node, coalesce(head.up, near.up) AS up FROM near LEFT JOIN head ON head.node = near.up
        """
    )
    return rounds


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


_SAID = f"""
    CREATE OR REPLACE TEMP TABLE said AS
    WITH distinct_link AS (
        SELECT from_incident_id, to_incident_id, coalesce(nullif(link_kind, ''), '{kinds.SAME_INCIDENT}') AS link_kind,
               coalesce(bool_or(is_decided), false) AS is_decided
        FROM incident_link WHERE from_incident_id <> to_incident_id GROUP BY ALL),
    apart AS (
        SELECT from_incident_id, to_incident_id FROM distinct_link WHERE link_kind = '{kinds.NOT_THE_SAME}'
        UNION SELECT to_incident_id, from_incident_id FROM distinct_link WHERE link_kind = '{kinds.NOT_THE_SAME}')
    SELECT a.number AS f, b.number AS t, l.*
    FROM (SELECT *, (from_incident_id, to_incident_id) IN (SELECT (from_incident_id, to_incident_id) FROM apart)
                    AS is_apart FROM distinct_link) l
    LEFT JOIN numbered a ON a.incident_id = from_incident_id
    LEFT JOIN numbered b ON b.incident_id = to_incident_id
    WHERE link_kind <> '{kinds.NOT_THE_SAME}' AND (is_decided OR NOT is_apart);
    CREATE OR REPLACE TEMP VIEW known AS
    SELECT * FROM said WHERE NOT is_apart AND f IS NOT NULL AND t IS NOT NULL;
"""

# Two originals: a duplicate of several whose originals are not all linked with each other.
_LINK = f"""
    CREATE OR REPLACE TEMP TABLE link AS
    WITH original AS (
        SELECT DISTINCT f, t FROM known WHERE link_kind = '{kinds.DUPLICATE_OF}'
        QUALIFY count(DISTINCT t) OVER (PARTITION BY f) > 1),
    pair AS (
        SELECT DISTINCT least(f, t) AS a, greatest(f, t) AS b FROM known
        WHERE link_kind IN ({_listed(kinds.JOINING)})
          AND f IN (SELECT t FROM original) AND t IN (SELECT t FROM original)),
    linked_pairs AS (
        SELECT x.f, count(*) AS pairs FROM pair JOIN original x ON x.t = a JOIN original y ON y.t = b AND y.f = x.f
        GROUP BY x.f),
    two AS (
        SELECT f FROM (SELECT f, count(*) AS n FROM original GROUP BY f) LEFT JOIN linked_pairs USING (f)
        WHERE coalesce(pairs, 0) < n * (n - 1) // 2),
    of_several AS (SELECT f FROM known WHERE link_kind = '{kinds.CRIME_OF_LOG}' GROUP BY f HAVING count(*) > 1),
    far AS (
        SELECT f FROM known SEMI JOIN of_several USING (f) JOIN numbered ON number = t
        WHERE link_kind = '{kinds.CRIME_OF_LOG}'
        GROUP BY f HAVING max(opened_on) - min(opened_on) > {kinds.FAR_APART_DAYS})
    SELECT f, t, from_incident_id, to_incident_id, link_kind,
           CASE WHEN is_apart THEN '{kinds.DECIDED_BOTH_WAYS}'
                WHEN link_kind = '{kinds.SPLIT_FROM}' AND is_round THEN '{kinds.GOES_ROUND}'
                WHEN is_decided THEN ''
                WHEN link_kind NOT IN ({_listed(kinds.KINDS)}) THEN '{kinds.UNKNOWN_KIND}'
                WHEN f IS NULL OR t IS NULL
                THEN CASE link_kind WHEN '{kinds.TRANSFERRED_TO}' THEN '' ELSE '{kinds.NOT_IN_RECORD}' END
                WHEN is_round THEN '{kinds.GOES_ROUND}'
                WHEN link_kind = '{kinds.DUPLICATE_OF}' AND f IN (SELECT f FROM two) THEN '{kinds.TWO_ORIGINALS}'
                WHEN link_kind = '{kinds.CRIME_OF_LOG}' AND f IN (SELECT f FROM far) THEN '{kinds.FAR_APART}'
                ELSE '' END AS doubt
    FROM (SELECT said.*, r.f IS NOT NULL AND NOT is_apart AS is_round
          FROM said LEFT JOIN round r ON r.f = said.f AND r.t = said.t AND r.link_kind = said.link_kind)
"""

# `near`: each incident and the smallest of itself and its neighbours. `edge`: what is still apart after that.
_EDGES = f"""
    CREATE OR REPLACE TEMP TABLE near AS
    WITH ends AS (
        SELECT f, t FROM link SEMI JOIN live a ON a.number = f SEMI JOIN live b ON b.number = t
        WHERE doubt = '' AND link_kind IN ({_listed(kinds.JOINING)})),
    heard AS (
        SELECT f AS node, min(t) AS up FROM ends GROUP BY f UNION ALL SELECT t, min(f) FROM ends GROUP BY t)
    SELECT node, least(node, min(up)) AS up FROM heard GROUP BY node;
    CREATE OR REPLACE TEMP TABLE edge AS
    WITH apart AS (
        SELECT a.up AS a, b.up AS b FROM link JOIN near a ON a.node = f JOIN near b ON b.node = t
        WHERE doubt = '' AND link_kind IN ({_listed(kinds.JOINING)}) AND a.up <> b.up)
    SELECT a, b FROM apart UNION SELECT b, a FROM apart;
    CREATE OR REPLACE TEMP TABLE head AS SELECT a AS node, least(a, min(b)) AS up FROM edge GROUP BY a;
    CREATE OR REPLACE TEMP TABLE split AS
    SELECT f AS part, any_value(t) AS whole, any_value(opened_at) AS opened_at
    FROM link SEMI JOIN live a ON a.number = f SEMI JOIN live b ON b.number = t JOIN numbered n ON n.number = f
    WHERE doubt = '' AND link_kind = '{kinds.SPLIT_FROM}' GROUP BY f HAVING count(DISTINCT t) = 1;
"""

_HEARD = """
    CREATE OR REPLACE TEMP TABLE heard AS
    WITH grand AS (SELECT p.node, p.up, g.up AS head FROM head p JOIN head g ON g.node = p.up),
    word AS (SELECT a AS node, min(head) AS head FROM edge JOIN grand ON node = b GROUP BY a),
    offer AS (
        SELECT node, head FROM word
        UNION ALL SELECT p.up, word.head FROM word JOIN head p USING (node)
        UNION ALL SELECT node, head FROM grand)
    SELECT node, min(head) AS up FROM offer GROUP BY node
"""


def _mark_rounds(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `round`: the links of a one-way kind that lead back to where they began."""
    rows = connection.execute(
        f"SELECT link_kind, f, t FROM known WHERE link_kind IN ({_listed(kinds.ONE_WAY)})"
    ).fetchall()
    found = [(kind, *ends) for kind in kinds.ONE_WAY for ends in _rounds([row[1:] for row in rows if row[0] == kind])]
    table = {
        "link_kind": pa.array([row[0] for row in found], pa.string()),
        "f": pa.array([row[1] for row in found], pa.int64()),
        "t": pa.array([row[2] for row in found], pa.int64()),
    }
    keep(connection, "round", pa.table(table))


def _rounds(edges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the edges inside a strongly connected part (Tarjan 1972, without recursion): linear in the edges."""
    following: dict[int, list[int]] = defaultdict(list)
    for start, end in edges:
        following[start].append(end)
    seen: dict[int, int] = {}
    lowest: dict[int, int] = {}
    part: dict[int, int] = {}
    stack: list[int] = []
    for root in list(following):
        walk = [] if root in seen else [(root, iter(following[root]))]
        while walk:
            node, rest = walk[-1]
            if node not in seen:
                seen[node] = lowest[node] = len(seen)
                stack.append(node)
            step = next(rest, None)
            if step is None:
                walk.pop()
                _close(node, lowest, seen, stack, part)
                if walk:
                    lowest[walk[-1][0]] = min(lowest[walk[-1][0]], lowest[node])
            elif step not in seen:
                walk.append((step, iter(following.get(step, ()))))
            elif step not in part:
                lowest[node] = min(lowest[node], seen[step])
    return [(start, end) for start, end in edges if part[start] == part[end]]


def _close(node: int, lowest: dict[int, int], seen: dict[int, int], stack: list[int], part: dict[int, int]) -> None:
    """Give the node's strongly connected part its number, if the node is where the part was entered."""
    while lowest[node] == seen[node] and node not in part:
        part[stack.pop()] = node
