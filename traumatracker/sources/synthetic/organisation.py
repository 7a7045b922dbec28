"""Units and posts of the made-up force, in proportion to its size."""

from dataclasses import dataclass

from traumatracker.sources.synthetic.words import DISTRICTS


@dataclass(frozen=True)
class Unit:
    """A district, a department or a team. `district`: its code, SO for the specialists."""

    ref: str
    name: str
    kind: str
    parent: str
    department: str
    district: str


@dataclass(frozen=True)
class Post:
    """A chair somebody sits in. `worker`: officer, staff or pcso."""

    number: int
    unit: Unit
    rank: str
    title: str
    supervisor: bool
    worker: str


@dataclass(frozen=True)
class Department:
    """`share`: of the force's people. Source: judgement; a territorial force with its specialists in-house."""

    code: str
    name: str
    share: float
    local: bool
    worker: str
    rank: str
    head: str
    title: str


DEPARTMENTS = (
    Department("RSP", "Response", 0.37, True, "officer", "PC", "PS", "Response officer"),
    Department("NPT", "Neighbourhood", 0.13, True, "officer", "PC", "PS", "Neighbourhood officer"),
    Department("CID", "Criminal Investigation", 0.10, True, "officer", "DC", "DS", "Detective"),
    Department("PPU", "Public Protection", 0.09, False, "officer", "DC", "DS", "Public protection investigator"),
    Department("RPU", "Roads Policing", 0.04, False, "officer", "PC", "PS", "Roads policing officer"),
    Department("ARV", "Armed Response", 0.04, False, "officer", "PC", "PS", "Authorised firearms officer"),
    Department("CSI", "Crime Scene Investigation", 0.035, False, "staff", "STAFF", "STAFF-SUP", "Scene investigator"),
    Department("DFU", "Digital Forensics", 0.025, False, "staff", "STAFF", "STAFF-SUP", "Digital examiner"),
    Department("POL", "Online Child Abuse Team", 0.02, False, "officer", "DC", "DS", "Online abuse investigator"),
    Department("FCR", "Control Room", 0.10, False, "staff", "STAFF", "STAFF-SUP", "Contact and control operator"),
    Department("CUS", "Custody", 0.03, False, "staff", "STAFF", "PS", "Detention officer"),
)

HEADS_SHARE = 0.02
TEAM_SIZE = 10


def districts_for(people: int) -> tuple[tuple[str, str], ...]:
    """Return the districts: one for each five response teams of eleven."""
    response = people * DEPARTMENTS[0].share
    return DISTRICTS[: max(1, min(len(DISTRICTS), round(response / 55)))]


def establishment(people: int) -> tuple[list[Unit], list[Post]]:
    """Return the units, and exactly `people` posts: teams with their supervisor, and heads of department."""
    districts = districts_for(people)
    units = [Unit(f"D-{code}", name, "district", "", "", code) for name, code in districts]
    units.append(Unit("D-SO", "Specialist Operations", "district", "", "", "SO"))
    heads = max(1, round(people * HEADS_SHARE))
    sizes = _sizes(people - heads)
    posts: list[Post] = []
    for department in DEPARTMENTS:
        places = [code for _, code in districts] if department.local else ["SO"]
        for place, size in zip(places, _split(sizes[department.code], len(places)), strict=True):
            _add_department(units, posts, department, place, size)
    rooms = [unit for unit in units if unit.kind == "department"]
    for number in range(heads):
        posts.append(Post(len(posts), rooms[number % len(rooms)], "INSP", "Head of department", True, "officer"))
    return units, posts


def _sizes(people: int) -> dict[str, int]:
    total = sum(department.share for department in DEPARTMENTS)
    sizes = {item.code: max(1, round(people * item.share / total)) for item in DEPARTMENTS}
    sizes["RSP"] += people - sum(sizes.values())
    return sizes


def _split(amount: int, parts: int) -> list[int]:
    return [amount // parts + (1 if part < amount % parts else 0) for part in range(parts)]


def _add_department(units: list[Unit], posts: list[Post], item: Department, place: str, size: int) -> None:
    room = Unit(f"{place}-{item.code}", f"{item.name}", "department", f"D-{place}", item.code, place)
    units.append(room)
    teams = max(1, min(5, round(size / TEAM_SIZE)) if item.code == "RSP" else round(size / TEAM_SIZE))
    for number, members in enumerate(_split(size, teams)):
        letter = chr(ord("A") + number)
        name = f"{item.name} team {letter}"
        team = Unit(f"{room.ref}-{letter}", name, "team", room.ref, item.code, place)
        units.append(team)
        for seat in range(members):
            posts.append(_post(len(posts), team, item, seat))


def _post(number: int, team: Unit, item: Department, seat: int) -> Post:
    """The first seat of a team is its supervisor; one neighbourhood seat in three is a community support officer."""
    if seat == 0:
        worker = "officer" if item.head in ("PS", "DS") else "staff"
        return Post(number, team, item.head, f"{item.name} supervisor", True, worker)
    if item.code == "NPT" and seat % 3 == 0:
        return Post(number, team, "PCSO", "Community support officer", False, "pcso")
    return Post(number, team, item.rank, item.title, False, item.worker)
