"""The kinds of call: how often, when and where, who goes, how each is opened and closed, and what it truly was.

`Kind.category` is the truth; the codes are what the systems make of it, which is not always the same. Every rate is
judgement unless docs/reference/synthetic-force.md says otherwise: they were set so that a response officer has tens of
counted exposures in five years. Codes are the published Metropolitan Police list; those starting with L are made up
and mapped by nobody.
"""

from dataclasses import dataclass, field
from typing import Any

Chances = tuple[tuple[str, float], ...]

# When: multipliers for the early, late and night shift. Where: for a town centre, an estate, a rural beat.
WHEN = {"F": (1.0, 1.0, 1.0), "D": (1.5, 1.1, 0.4), "L": (0.7, 1.4, 0.9), "N": (0.4, 1.1, 1.6)}
WHERE = {"any": (1.0, 1.0, 1.0), "centre": (2.0, 0.7, 0.4), "estate": (0.7, 1.6, 0.6), "rural": (0.4, 0.6, 2.0)}


@dataclass(frozen=True)
class Kind:
    """`rate`: out of about 10,000 attended calls. `opens`, `closes`: one of these, by weight; `closes` holds codes
    joined by "+". `quals`, `marks`, `texts`: each with its own chance of being recorded. `crime`: "SYSTEM:CODE" by
    weight; `crimed`: chance that a crime is recorded, `linked`: that it names the log. `extra`: chance of each
    specialist or follow-up, see response.py and inquiries.py. `live`: still going on when the call was taken."""

    id: str
    category: str
    rate: float
    opens: Chances
    closes: Chances
    when: str = "F"
    where: str = "any"
    grade: str = "2"
    quals: Chances = ()
    marks: Chances = ()
    texts: Chances = ()
    units: tuple[int, int] = (1, 1)
    minutes: int = 45
    live: bool = False
    crime: Chances = ()
    crimed: float = 0.0
    linked: float = 0.93
    under_18: float = 0.012
    died: bool = False
    domestic: float = 0.0
    unit: str = "CID"
    extra: dict[str, float] = field(default_factory=dict)


def _one(code: str) -> Chances:
    return ((code, 1.0),)


DEATH_OPENS = (("309", 5.0), ("308", 4.0), ("313", 3.0))
VIOLENT_OPENS = (("001", 6.0), ("309", 1.0), ("202", 1.0), ("308", 1.0))
SEX_CLOSES = (("018", 6.0), ("002", 3.0), ("309", 1.0))
RAPE_CRIME = (("HO_CLASS:19C", 80.0), ("HO_CLASS:19F", 8.0), ("HO_CLASS:20A", 8.0), ("HO_CLASS:22A", 4.0))
CHILD_SEX_CRIME = (
    ("HO_CLASS:19D", 25.0), ("HO_CLASS:19E", 15.0), ("HO_CLASS:20B", 20.0), ("HO_CLASS:17B", 8.0),
    ("HO_CLASS:22B", 20.0), ("HO_CLASS:21", 6.0), ("HO_CLASS:71", 6.0),
)  # fmt: skip
SCENE = {
    "csi": 0.9,
    "sgt": 0.9,
    "cordon": 0.9,
    "sio": 0.9,
    "flo": 0.9,
    "custody": 0.7,
    "read": 0.5,
    "graphic": 0.6,
    "det": 0.9,
    "dep": 4.0,
}

DEATHS = (
    Kind("sudden-death", "sudden_death", 62, DEATH_OPENS, _one("313"), "D", "estate", marks=(("FATAL", 0.7),),
         minutes=110, texts=(("CARDIAC ARREST", 0.03),),
         units=(1, 2), extra={"deathmsg": 0.25, "csi": 0.08, "sgt": 0.15}),
    Kind("death-difficult", "sudden_death_difficult", 8, DEATH_OPENS, _one("313"), "D", "estate",
         marks=(("FATAL", 0.7), ("DECOMP", 0.7)), minutes=150, units=(1, 2),
         extra={"csi": 0.6, "sgt": 0.5, "det": 0.3}),
    Kind("suicide", "suicide", 12, (("309", 6.0), ("308", 2.0), ("311", 1.0)), _one("313"), marks=(("SUSPSUIC", 0.8),
         ("FATAL", 0.8)), texts=(("FOUND HANGING", 0.35),), grade="1", minutes=160, units=(2, 3),
         extra={"csi": 0.5, "sgt": 0.8, "deathmsg": 0.7, "cordon": 0.1, "det": 0.5, "arv": 0.08}),
    Kind("drug-death", "drug_death", 6, DEATH_OPENS, _one("313"), "L", "estate", marks=(("DRUG", 0.7), ("FATAL", 0.8)),
         minutes=120, units=(1, 2), extra={"csi": 0.3, "sgt": 0.4, "deathmsg": 0.4, "det": 0.4}),
    Kind("cpr-died", "failed_resuscitation", 9, _one("308"), (("313", 7.0), ("308", 3.0)), marks=(("CPR", 0.8),
         ("FATAL", 0.9)), texts=(("CPR IN PROGRESS", 0.4),), grade="1", live=True, minutes=90, units=(1, 2),
         extra={"sgt": 0.3, "deathmsg": 0.3, "arv": 0.2, "rpu": 0.2}),
    Kind("child-death", "child_death", 1.5, (("308", 5.0), ("309", 2.0)), _one("313"), marks=(("CHILD", 0.85),
         ("FATAL", 0.9)), quals=(("609", 0.7),), texts=(("SUDI", 0.45),), grade="1", live=True, minutes=200,
         units=(2, 3), unit="PPU", extra={"csi": 0.7, "sgt": 1.0, "sio": 0.8, "peer": 0.4, "cpr": 0.4}),
    Kind("fatal-rtc", "fatal_collision", 5, (("101", 9.0), ("102", 1.0)), (("105", 9.0), ("101", 1.0)), "L", "rural",
         marks=(("FATAL", 0.8),), grade="1", live=True, minutes=240, units=(2, 3), unit="RPU",
         crime=(("HO_CLASS:4.4", 5.0), ("HO_CLASS:4.8", 5.0), ("HO_CLASS:4.6", 1.0)), crimed=0.5, died=True,
         extra={"rpu": 1.0, "fci": 0.9, "sgt": 0.8, "flo": 0.9, "deathmsg": 0.8, "graphic": 0.3}),
    Kind("rail-fire-water", "rail_fire_water_death", 2.2, (("104", 5.0), ("308", 2.0), ("309", 3.0)),
         (("104", 5.0), ("313", 5.0)), marks=(("FATAL", 0.85),), quals=(("664", 0.35),),
         texts=(("BODY IN WATER", 0.2), ("PERSON UNDER TRAIN", 0.25)), grade="1", minutes=200, units=(2, 3),
         extra={"dvi": 0.35, "sgt": 0.9, "csi": 0.4}),
    Kind("missing-dead", "missing_found_dead", 1.5, _one("311"), (("311+313", 6.0), ("311", 2.0), ("313", 2.0)), "D",
         marks=(("FOUNDDEAD", 0.7), ("FATAL", 0.7), ("HIGHRISK", 0.8)), grade="1", minutes=240, units=(2, 4),
         extra={"sgt": 0.9, "deathmsg": 0.9, "flo": 0.3}),
    Kind("homicide", "homicide", 1.6, VIOLENT_OPENS, (("001", 8.0), ("313", 2.0)), "N", "estate", grade="1", live=True,
         quals=(("633", 0.6), ("626", 0.6), ("604", 0.5)), texts=(("STABBING", 0.35),), marks=(("FATAL", 0.6),),
         minutes=300, units=(3, 5), crime=(("HO_CLASS:1", 9.0), ("HO_CLASS:4.1", 1.5), ("HO_CLASS:4.10", 0.2)),
         crimed=1.0, linked=0.95, died=True, extra=SCENE | {"arv": 0.5, "deathmsg": 0.9, "peer": 0.3, "cpr": 0.3}),
)  # fmt: skip

HARM = (
    Kind("serious-violence", "serious_violence", 19, VIOLENT_OPENS, (("001", 8.0), ("005", 1.0)), "N", "centre",
         grade="1", live=True, quals=(("633", 0.5), ("626", 0.5), ("660", 0.04)), texts=(("STABBING", 0.25),),
         marks=(("INJURY", 0.5),), minutes=110, units=(2, 3), crime=(("HO_CLASS:5D", 9.0), ("HO_CLASS:2", 1.0)),
         crimed=0.95, extra={"csi": 0.4, "sgt": 0.6, "custody": 0.4, "cordon": 0.2, "graphic": 0.2, "arv": 0.3,
                             "det": 0.3, "dep": 0.7}),
    Kind("rape", "rape_sso", 18, (("018", 5.0), ("002", 2.0), ("309", 3.0)), SEX_CLOSES, "D", "centre", minutes=140,
         units=(1, 2), crime=RAPE_CRIME, crimed=0.95, unit="PPU",
         extra={"soit": 0.9, "csi": 0.35, "read": 0.4, "custody": 0.15}),
    Kind("child-sexual", "child_sexual_abuse", 6, (("018", 3.0), ("002", 4.0), ("309", 3.0)), SEX_CLOSES, "D", "estate",
         quals=(("609", 0.75),), marks=(("CHILD", 0.5),), minutes=110, units=(1, 2), crime=CHILD_SEX_CRIME, crimed=0.92,
         under_18=0.97, unit="PPU", extra={"soit": 0.8, "read": 0.4}),
    Kind("child-harm", "child_serious_harm", 5, (("309", 5.0), ("001", 4.0)), (("001", 5.0), ("309", 3.0)), "L",
         "estate", quals=(("609", 0.8), ("626", 0.3)), marks=(("INJURY", 0.5),), minutes=120, units=(1, 2), unit="PPU",
         crime=(("HO_CLASS:11A", 9.0), ("HO_STAT:004/11", 1.0)), crimed=0.85, under_18=0.97, grade="1",
         extra={"soit": 0.6, "sgt": 0.4, "read": 0.3}),
    Kind("domestic-high", "domestic_high_risk", 32, (("304", 8.0), ("001", 3.0)), (("304", 8.0), ("001", 2.0)), "N",
         "estate", grade="1", live=True, quals=(("606", 0.85), ("626", 0.5), ("633", 0.08)), marks=(("INJURY", 0.6),),
         minutes=90, units=(1, 2), crime=(("HO_CLASS:8N", 8.0), ("HO_STAT:008/77", 2.0)), crimed=0.85, domestic=0.95,
         unit="RSP", extra={"sgt": 0.1, "custody": 0.3, "arv": 0.06}),
    Kind("serious-rtc", "serious_injury_collision", 9, _one("101"), (("101", 9.0), ("100", 0.6)), "L", "rural",
         grade="1", live=True, quals=(("626", 0.75),), marks=(("INJURY", 0.7),), minutes=150, units=(1, 2), unit="RPU",
         crime=_one("HO_STAT:004/12"), crimed=0.25, extra={"rpu": 0.8, "fci": 0.3, "sgt": 0.4}),
    Kind("adult-abuse", "adult_abuse_neglect", 3, (("309", 6.0), ("503", 2.0)), (("309", 5.0), ("016", 4.0)), "D",
         crime=(("HO_CLASS:106", 7.0), ("HO_CLASS:72", 3.0)), crimed=0.85, minutes=100, units=(1, 2), unit="PPU",
         extra={"soit": 0.3, "read": 0.3}),
    Kind("armed-threat", "life_threat_self", 7, (("320", 6.0), ("001", 2.0)), _one("320"), "N", "centre", grade="1",
         live=True, quals=(("662", 0.55), ("670", 0.3), ("658", 0.08)), marks=(("ARMED", 0.6),), minutes=120,
         units=(1, 3), extra={"arv": 0.9, "sgt": 0.8, "neg": 0.05}, crime=_one("HO_CLASS:10A"), crimed=0.6),
    Kind("siege", "life_threat_self", 0.9, (("309", 4.0), ("320", 3.0)), (("320", 4.0), ("309", 5.0)), "N",
         grade="1", live=True, quals=(("604", 0.6), ("670", 0.5), ("662", 0.3)), minutes=260, units=(2, 3),
         crime=_one("HO_STAT:036/04"),
         crimed=0.6, extra={"neg": 1.0, "arv": 0.8, "sgt": 1.0, "sio": 0.8}),
    Kind("disorder", "public_disorder", 1.3, (("322", 5.0), ("202", 4.0)), (("322", 6.0), ("202", 3.0)), "N", "centre",
         grade="1", live=True, marks=(("MISSILES", 0.7), ("INJURY", 0.3)), minutes=150, units=(4, 6),
         crime=_one("HO_CLASS:62A"), crimed=0.6, extra={"sgt": 1.0, "custody": 0.4}),
    Kind("major", "mass_casualty", 0.12, _one("101"), _one("302"), quals=(("605", 1.0),), marks=(("CASUALTIES", 0.9),
         ("FATAL", 0.9)), grade="1", live=True, minutes=400, units=(4, 7),
         extra={"sgt": 1.0, "csi": 0.9, "dvi": 0.9, "sio": 1.0, "cordon": 1.0, "peer": 0.6}),
    Kind("device", "cbrn_explosive", 0.5, _one("306"), _one("306"), "D", quals=(("671", 0.5), ("666", 0.4)), grade="1",
         live=True, minutes=220, units=(2, 3), extra={"sgt": 1.0, "cordon": 0.5}),
)  # fmt: skip

CRISES = (
    Kind("stopped-suicide", "suicide_intervention", 12, (("309", 8.0), ("311", 2.0)), (("309", 9.0), ("L31", 1.0)), "N",
         texts=(("THREATS TO JUMP", 0.75),), marks=(("S136", 0.65),), grade="1", live=True, minutes=120, units=(1, 3),
         extra={"neg": 0.12, "sgt": 0.3, "arv": 0.2, "rpu": 0.15}),
    Kind("mental-health", "mental_health_crisis", 40, (("309", 8.0), ("308", 2.0)), (("309", 9.0), ("L31", 0.6)), "L",
         marks=(("S136", 0.75), ("INJURY", 0.15)), texts=(("MHA ASSESSMENT", 0.06),), grade="1", live=True, minutes=180,
         units=(1, 2)),
    Kind("missing-high", "missing_high_risk", 18, _one("311"), (("311", 9.0), ("L21", 0.5)), "L", minutes=120,
         marks=(("HIGHRISK", 0.85), ("CHILD", 0.4)), units=(1, 3), grade="1",
         extra={"sgt": 0.3, "sio": 0.1}),
    Kind("message", "death_message", 5, _one("502"), _one("502"), "D", texts=(("DEATH MESSAGE", 0.85),), minutes=60,
         units=(1, 1)),
    Kind("animal", "animal_cruelty", 4, (("307", 5.0), ("324", 5.0)), (("324", 5.0), ("307", 5.0)), "D", "rural",
         quals=(("L44", 0.1),), texts=(("ANIMAL CRUELTY", 0.4),), minutes=60),
    Kind("police-crash", "colleague_serious_injury", 0.5, _one("101"), _one("101"), "N",
         marks=(("INJURY", 0.8), ("POLINJ", 0.7)),
         texts=(("POLICE COLLISION", 0.8),), grade="1", live=True, minutes=120, units=(2, 3), extra={"sgt": 1.0}),
    Kind("post-mortem", "postmortem", 2.5, _one("503"), _one("503"), "D", texts=(("POST MORTEM", 0.8),), minutes=180,
         extra={"csi": 0.9}),
)  # fmt: skip


def _plain(id_: str, rate: float, opens: str, closes: str, when: str = "F", where: str = "any", **more: Any) -> Kind:
    weights = (5.0, 2.0, 1.0)
    return Kind(
        id_,
        "",
        rate,
        tuple(zip(opens.split(), weights, strict=False)),
        tuple(zip(closes.split(), weights, strict=False)),
        when,
        where,
        **more,
    )


BACKGROUND = (
    _plain("concern", 1500, "309 308", "309 L14", "F", "estate", marks=(("S136", 0.003), ("NOCHILD", 0.2))),
    _plain("domestic", 1250, "304 001", "304", "N", "estate", quals=(("606", 0.85), ("626", 0.0015)), grade="1",
           units=(1, 2), crime=_one("HO_CLASS:8Q"), crimed=0.3, domestic=0.97, unit="RSP", live=True),
    _plain("violence", 900, "001 202", "001", "N", "centre", quals=(("633", 0.002),), grade="1", units=(1, 2),
           crime=(("HO_CLASS:8N", 5.0), ("HO_CLASS:105A", 4.0)), crimed=0.85, unit="RSP"),
    _plain("missing", 500, "311", "311 L21", "L", quals=(("675", 0.8),), marks=(("HIGHRISK", 0.004),), minutes=70),
    _plain("rowdy", 1000, "202 215 214", "202 215", "N", "centre"),
    _plain("shoplifting", 650, "013", "013", "D", "centre", crime=_one("HO_CLASS:46"), crimed=0.25, unit="RSP"),
    _plain("burglary", 420, "003 004", "003 004", "D", "estate", crime=_one("HO_CLASS:28E"), crimed=0.5),
    _plain("theft", 500, "008 007 006", "008 007", "D", crime=_one("HO_CLASS:49"), crimed=0.3, unit="RSP"),
    _plain("damage", 450, "010", "010", "N", "estate", crime=_one("HO_CLASS:58C"), crimed=0.3, unit="RSP"),
    _plain("rtc", 650, "100 101", "100 100 101", "D", "rural", units=(1, 2), unit="RPU"),
    _plain("highway", 500, "102 103", "102 103", "D", "rural"),
    _plain("alarm", 450, "318 316", "318 316", "N"),
    _plain("suspicious", 700, "314 306", "314", "N"),
    _plain("dispute", 350, "305 204", "305 204", "D", "estate"),
    _plain("wanted", 450, "312", "312", "D", units=(1, 2)),
    _plain("licensing", 120, "301", "301", "N", "centre"),
    _plain("protest", 30, "322", "322", "D", "centre", units=(2, 3)),
    _plain("animals", 120, "307 324", "307 324", "D", "rural"),
    _plain("self-start", 520, "503", "503 L52", "F"),
    _plain("hoax-bomb", 8, "012", "012", "D", "centre", marks=(("HOAX", 0.8),)),
    _plain("imitation", 40, "320", "320", "N", "centre", quals=(("659", 0.5), ("663", 0.4)), grade="1", live=True),
    _plain("first-aid", 250, "308", "308", "F", grade="1", live=True),
    _plain("test-log", 25, "509", "509", "D"),
    _plain("mistake", 30, "505", "505", "F"),
)  # fmt: skip

KINDS = DEATHS + HARM + CRISES + BACKGROUND
BY_ID = {kind.id: kind for kind in KINDS}

# How much worse one category is than another, only to settle which is the true one when somebody had two parts in one
# event. Source: the category weights of the ptec_aligned pack.
HEAVIER = {
    "child_death": 10, "child_serious_harm": 9, "mass_casualty": 9, "child_sexual_abuse": 8, "homicide": 8,
    "colleague_serious_injury": 8, "disaster_victim_id": 8, "life_threat_self": 7, "serious_assault_self": 7,
    "suicide": 7, "fatal_collision": 7, "rail_fire_water_death": 7, "rape_sso": 7, "failed_resuscitation": 6,
    "serious_violence": 6, "missing_found_dead": 6, "hostage_negotiation": 6, "iioc_session": 6, "drug_death": 5,
    "sudden_death_difficult": 5, "serious_injury_collision": 5, "suicide_intervention": 5,
    "graphic_material_session": 5, "cbrn_explosive": 5, "sudden_death": 4, "death_message": 4, "postmortem": 4,
    "domestic_high_risk": 4, "adult_abuse_neglect": 4, "public_disorder": 4, "mental_health_crisis": 3,
    "missing_high_risk": 3, "assault_self_minor": 3, "targeted_abuse": 3, "animal_cruelty": 2,
    "colleague_suicide": 9, "distressing_other": 3,
}  # fmt: skip
