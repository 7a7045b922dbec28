"""Small forces that nobody thought of: Hypothesis draws canonical tables that meet and miss each other often.

Everything is drawn from short lists on purpose (three days, five people, four callsigns), so that links,
shared callsigns, reissued identifiers and parts in the same event happen in most examples.
"""

from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from traumatracker.engine.link_kinds import KINDS
from traumatracker.engine.pack import Category, Pack, Role, Rule
from traumatracker.engine.tables import Tables

DAYS = [date(2024, 2, 28) + timedelta(days=step) for step in range(4)]
INSTANTS = [datetime(2024, 2, 28, 22) + timedelta(minutes=45 * step) for step in range(60)]
LONG_BEFORE = DAYS[0] - timedelta(days=9)
PEOPLE = ["A1", "B2", "C3", "D4", "E5"]
IDENTIFIERS = ["0123", "123", "77", "9"]
CALLSIGNS = ["AB1", "AB2", "CD1", ""]
INCIDENTS = [f"cad:{n}" for n in range(6)] + [f"rms:{n}" for n in range(3)]
MAKING = st.sampled_from


def _category(name: str, weight: int, is_session: bool = False) -> Category:
    return Category(name, name, "", weight, "test", "low", "judgement", is_session)


def _role(name: str, weight: int, counting: str = "event") -> Role:
    return Role(name, name, name, weight, counting, "test", "judgement")


def _codes(*codes: str) -> frozenset[str]:
    return frozenset(codes)


# One rule for each feature a rule can have; `test_every_rule_feature_was_generated` reads this list.
RULES = (
    Rule("direct", "death", "direct", _codes("NSIR:313")),
    Rule("evidence_upgrades", "child", "direct", _codes("NSIR:313"), needs_any=_codes("FLAG:CHILD", "Q:609")),
    Rule("all_evidence", "homicide", "direct", _codes("HO_CLASS:1", "HO_CLASS:4.10"), needs_all=_codes("FLAG:DIED")),
    Rule("negation", "death", "direct", _codes("NSIR:309"), unless_any=_codes("FLAG:HOAX")),
    Rule(
        "conditional", "violence", "conditional", _codes("NSIR:001"), needs_any=_codes("Q:633"),
        unless_any=_codes("FLAG:HOAX"), when_missing="question", asks="Was anyone hurt?",
    ),
    Rule("always_asks", "crisis", "conditional", _codes("NSIR:308"), when_missing="question", asks="What happened?"),
    Rule("silent_conditional", "violence", "conditional", _codes("NSIR:304"), needs_all=_codes("Q:606", "Q:633")),
    Rule("only_the_harmed", "assault", "direct", _codes("HO_CLASS:8S"), only_roles=_codes("directly_harmed")),
    Rule("only_viewers", "images", "conditional", _codes("HO_CLASS:86"), only_roles=_codes("reviewed_iioc"),
         when_missing="question", asks="Who viewed it?"),
    Rule("words", "rape", "direct", word_systems=("TEXT",), words_any=("RAPE",), words_none=("NON-RAPE",)),
    Rule("tag", "knife", "tag", _codes("Q:633")),
    Rule("ignore", "", "ignore", _codes("NSIR:305")),
    Rule("takes_the_incident_out", "", "ignore", _codes("NSIR:509"), whole_incident=True),
    Rule("review", "", "review", _codes("HO_CLASS:3A")),
    Rule("material", "images", "direct", _codes("MATERIAL:IIOC")),
)  # fmt: skip
CODES = [
    ("NSIR", "313"), ("NSIR", "309"), ("NSIR", "001"), ("NSIR", "308"), ("NSIR", "304"), ("NSIR", "305"),
    ("NSIR", "509"), ("Q", "609"), ("Q", "606"), ("Q", "633"), ("FLAG", "CHILD"), ("FLAG", "DIED"), ("FLAG", "HOAX"),
    ("HO_CLASS", "1"), ("HO_CLASS", "4.1"), ("HO_CLASS", "4.10"), ("HO_CLASS", "8S"), ("HO_CLASS", "86"),
    ("HO_CLASS", "3A"), ("TEXT", "RAPE"), ("TEXT", "--RAPE - STRANGER"), ("TEXT", "SEX OFFENCE (NON-RAPE)"),
    ("TEXT", "DRAPERY"), ("MATERIAL", "IIOC"), ("LOCAL", "MISPER"),
]  # fmt: skip


def pack(opening_counts: str = "until_closed") -> Pack:
    categories = [
        _category("child", 10), _category("homicide", 8), _category("rape", 7), _category("violence", 6),
        _category("death", 4), _category("crisis", 3), _category("assault", 3), _category("images", 6, True),
    ]  # fmt: skip
    roles = [
        _role("first_at_scene", 10_000), _role("attended_during", 8_000), _role("attended_later", 6_000),
        _role("directly_harmed", 10_000), _role("oic_investigator", 5_000), _role("scene_guard", 5_000),
        _role("supervisor_remote", 2_500), _role("interviewer_victim", 6_000, "occasion"),
        _role("reviewed_material", 6_000, "session"), _role("reviewed_iioc", 7_500, "session"),
        _role("logged_only", 0),
    ]  # fmt: skip
    return Pack(
        id="generated", version="1", title="", owner="", statement="", opening_counts=opening_counts,
        later_after_minutes=120, windows_days=(28, 183, 365),
        categories={item.id: item for item in categories}, roles={item.id: item for item in roles}, rules=RULES,
    )  # fmt: skip


ROLES = list(pack().roles)
_days, _instants, _people, _identifiers = (
    MAKING(DAYS),
    MAKING(INSTANTS),
    MAKING(PEOPLE),
    MAKING(IDENTIFIERS),
)
_maybe_day = st.none() | _days
_often = MAKING([True, True, True, False])
_rarely = MAKING([False, False, False, False, True])


def _unique(rows: st.SearchStrategy[tuple], least: int, most: int, *columns: int) -> st.SearchStrategy[list]:
    return st.lists(
        rows,
        min_size=least,
        max_size=most,
        unique_by=lambda row: tuple(row[column] for column in columns),
    )


def _deployments(draw: st.DrawFn) -> list[tuple]:
    rows = []
    for number in range(draw(st.integers(2, 8))):
        at = draw(st.none() | _instants)
        role = draw(MAKING([None, None, None, "", "scene_guard"]))
        rows.append((f"d{number}", draw(MAKING(INCIDENTS)), draw(MAKING(CALLSIGNS)), draw(_often),
                     at, at.date() if at else None, role, draw(_maybe_day)))  # fmt: skip
    return rows


_hows = MAKING(["rms_role", "rms_role", "decided_by_steward"])
_stated_roles = MAKING([*ROLES, "reviewed_iioc", "reviewed_material"])


@st.composite
def _involvement(draw: st.DrawFn, deployments: list[tuple]) -> tuple:
    common = ("collar", draw(_identifiers))
    on_deployment = bool(deployments) and draw(st.booleans())
    if on_deployment:
        deployment = draw(MAKING(deployments))
        return (
            deployment[1],
            deployment[0],
            *common,
            None,
            "status_at_scene",
            None,
            draw(_maybe_day),
        )
    return (draw(MAKING(INCIDENTS)), draw(MAKING([None, ""])), *common, draw(_stated_roles), draw(_hows),
            draw(_maybe_day), draw(_maybe_day))  # fmt: skip


# Codes that matter twice as often as the rest, and the one that takes an incident out seldom.
_code_pairs = MAKING(
    [*CODES[:6], *CODES[7:], *CODES[:5], ("HO_CLASS", "86"), ("NSIR", "509"), *CODES[7:13], ("NSIR", "304"),
     ("Q", "606"), ("Q", "633"), ("MATERIAL", "IIOC")]
)  # fmt: skip
_code_roles = MAKING(["closing", "closing", "qualifier", "flag", "opening"])
_incidents = st.tuples(
    MAKING(INCIDENTS),
    st.just("log"),
    st.none() | _instants,
    MAKING([*DAYS, LONG_BEFORE]),
    st.booleans(),
    _rarely,
    st.none(),
    _maybe_day,
)
_shifts = st.tuples(MAKING(CALLSIGNS), st.just("collar"), _identifiers, st.none() | MAKING(INSTANTS[:20]),
                    st.none() | MAKING(INSTANTS[20:]), _maybe_day)  # fmt: skip
_coded = st.tuples(MAKING(INCIDENTS), _code_roles, _code_pairs)
# Few incidents and one more that is never there: links often meet, contradict each other, go round or lead nowhere.
_ends = MAKING([*INCIDENTS, "cad:elsewhere"])
_kinds = MAKING([*KINDS, "crime_of_log", "duplicate_of", "duplicate_of", "split_from", "split_from", "not_the_same",
                 "a new kind", "", None])  # fmt: skip
_links = st.tuples(_ends, _ends, _kinds, _rarely)
# Links that mean something only together: two originals, a round, a chain, a crime of two logs, two decisions.
_KNOTS = (
    [("a", "b", "duplicate_of"), ("a", "c", "duplicate_of")],
    [("a", "b", "duplicate_of"), ("b", "a", "duplicate_of")],
    [("a", "b", "duplicate_of"), ("b", "c", "duplicate_of")],
    [("a", "b", "split_from"), ("b", "c", "split_from")],
    [("a", "b", "split_from"), ("b", "a", "split_from")],
    [("a", "b", "split_from")],
    [("a", "b", "crime_of_log"), ("a", "c", "crime_of_log")],
    [("a", "b", "merged_into"), ("b", "a", "not_the_same")],
)


def _early(draw: st.DrawFn, incident: str) -> tuple:
    """A resource that arrived before most logs were opened: it belongs to what a part was split from."""
    at = draw(MAKING(INSTANTS[:10]))
    return ("early", incident, draw(MAKING(CALLSIGNS)), True, at, at.date(), None, None)


def _knot(draw: st.DrawFn, incidents: list[str]) -> list[tuple]:
    ends = dict(zip("abc", draw(st.permutations(incidents))[:3], strict=True))
    decided = draw(_rarely)
    return [(ends[a], ends[b], kind, decided) for a, b, kind in draw(MAKING(_KNOTS))]


_corrections = st.tuples(_people, MAKING(INCIDENTS))
_extra_identifiers = st.tuples(_people, st.just("collar"), _identifiers, _days, _maybe_day, st.booleans())
_held = [(person, "collar", number, DAYS[0], None) for person, number in zip(PEOPLE, IDENTIFIERS, strict=False)]
_postings = st.tuples(_people, MAKING(["T1", "T2", "T3"]), st.just("PC"), st.just(""), st.just(False), _days,
                      _maybe_day)  # fmt: skip


def _viewing_day(draw: st.DrawFn) -> list[tuple]:
    """One person's day of viewing material of several cases, often none."""
    cases = draw(st.sets(MAKING(INCIDENTS), max_size=5))
    roles = MAKING(["reviewed_iioc", "reviewed_material"])
    return [(case, None, "collar", "0123", draw(roles), "material_booking", DAYS[1], None) for case in sorted(cases)]


@st.composite
def forces(draw: st.DrawFn) -> Tables:
    """Draw the canonical tables of one small force."""
    incidents = draw(_unique(_incidents, 6, 9, 0))
    knot = _knot(draw, [row[0] for row in incidents])
    deployments = [*_deployments(draw), _early(draw, knot[0][0])]
    return Tables(
        incident=incidents,
        incident_code=[(at, role, *pair, "") for at, role, pair in draw(_unique(_coded, 12, 26, 0, 1, 2))],
        incident_link=draw(_unique(_links, 0, 4, 0, 1, 2, 3)) + knot,
        correction=draw(_unique(_corrections, 0, 2, 0, 1)),
        deployment=deployments,
        involvement=draw(st.lists(_involvement(deployments), min_size=5, max_size=12)) + _viewing_day(draw),
        crew=draw(st.lists(_shifts, min_size=3, max_size=8)),
        identifier=_held[: draw(st.sampled_from([4, 4, 4, 2]))] + draw(_unique(_extra_identifiers, 0, 3, 0, 2, 3)),
        posting=draw(_unique(_postings, 2, 6, 0, 1, 5)),
    )
