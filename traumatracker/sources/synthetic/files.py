"""The files, shaped like the exports of real British systems flattened to CSV."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from traumatracker.sources.synthetic import clock
from traumatracker.sources.synthetic.careers import Force
from traumatracker.sources.synthetic.codes import CODES
from traumatracker.sources.synthetic.events import Story

Rows = Iterator[list[str]]

COLUMNS: dict[str, tuple[str, ...]] = {
    "logs.csv": (
        "Urn", "Call_Date", "Log_Date", "Result_Date", "Closed_Date", "Last_Updated", "Grade", "Type", "Headline",
        "Beat", "Grid_Ref", "Restricted", "Crime_No", "Linked_Urn", "Logged_By", "Proceed_By", "Callers_Name",
        "Callers_Phone", "Details",
    ),
    "log_results.csv": ("Urn", "Seq", "Result_Code", "Qualifier", "Marker", "Description"),
    "log_resources.csv": (
        "Urn", "Row", "CSign", "Sec", "Informed_Date", "Proceed_Date", "Arrived_Date", "Departed_Date",
        "Not_Proceed_Date", "Officer1", "Officer2", "Res_Role", "Last_Updated",
    ),
    "codes.csv": ("System", "Code", "Label"),
    "crimes.csv": (
        "Crime_Number", "Incident_Number", "HO_Class", "Court_Code", "Status", "Date_Reported", "Date_Recorded",
        "Last_Updated", "Victim_Under_18", "Victim_Died", "Domestic", "Crime_Location", "MoPI_Group",
    ),
    "crime_officers.csv": ("Crime_Number", "Row", "Collar", "Role_Type", "On_Duty", "Recorded_At"),
    "crime_tasks.csv": ("Task_No", "Crime_Number", "Urn", "Task_Type", "Collar", "Done_At", "Notes"),
    "material_bookings.csv": ("Booking", "Collar", "Crime_Number", "Start", "End", "Material", "Images"),
    "hr_people.csv": (
        "Hr_Ref", "Forename", "Surname", "Worker_Type", "Start_Date", "Police_Start_Date", "Leave_Date",
        "Leave_Reason", "Date_Of_Birth", "Email",
    ),
    "hr_identifiers.csv": ("Hr_Ref", "Id_Type", "Id_Value", "From", "To"),
    "hr_units.csv": ("Unit_Ref", "Parent_Ref", "Name", "Kind"),
    "hr_postings.csv": ("Hr_Ref", "Unit_Ref", "Rank", "Role_Title", "Supervisor", "From", "To"),
    "hr_skills.csv": ("Hr_Ref", "Skill", "From", "To"),
    "hr_characteristics.csv": ("Hr_Ref", "Characteristic", "Scheme", "Code", "From"),
    "duty_resources.csv": ("Callsign", "Collar", "Book_On", "Book_Off", "Duty_Note"),
}  # fmt: skip
SCHEMES = {"ETHNICITY": "16+1", "SEX": "HR", "DISABILITY": "HR", "RELIGION": "HR", "SEXUAL_ORIENTATION": "HR",
           "BIRTH_YEARS": "HR"}  # fmt: skip


def save(path: Path, columns: tuple[str, ...], rows: Rows, byte_order_mark: bool = False) -> int:
    """Write one file; return how many rows."""
    count = 0
    with path.open("w", encoding="utf-8-sig" if byte_order_mark else "utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def makers(force: Force, story: Story) -> dict[str, Callable[[], Rows]]:
    """Return, for each file, what makes its rows. Nothing later than `story.limit` is written."""
    end = force.end
    return {
        "logs.csv": lambda: _logs(story),
        "log_results.csv": lambda: _results(story),
        "log_resources.csv": lambda: _resources(story),
        "codes.csv": lambda: ([system, code, label] for (system, code), label in sorted(CODES.items())),
        "crimes.csv": lambda: _crimes(story),
        "crime_officers.csv": lambda: _crime_officers(story, end),
        "crime_tasks.csv": lambda: _tasks(story),
        "material_bookings.csv": lambda: _bookings(story),
        "hr_people.csv": lambda: _people(force),
        "hr_identifiers.csv": lambda: _identifiers(force),
        "hr_units.csv": lambda: ([unit.ref, unit.parent, unit.name, unit.kind] for unit in force.units),
        "hr_postings.csv": lambda: _postings(force),
        "hr_skills.csv": lambda: _skills(force, end),
        "hr_characteristics.csv": lambda: _characteristics(force),
        "duty_resources.csv": lambda: _duties(story),
    }


def _logs(story: Story) -> Rows:
    text, limit = clock.text, story.limit
    for log in story.logs:
        closed = log.closed if log.closed < limit else None
        resulted = closed and closed - 240
        crime = log.crimes[0].number if log.crimes else ""
        yield [
            log.urn, text(log.t), text(log.t + 35), text(resulted), text(closed), text(closed or limit),
            log.grade, log.opening, log.text, log.beat, "", "RESTRICTED" if log.restricted else "", crime,
            log.parent.urn if log.parent else "", log.operator, log.dispatcher, "", "", "",
        ]  # fmt: skip


def _results(story: Story) -> Rows:
    for log in story.logs:
        if log.restricted or log.closed >= story.limit:
            continue
        closes, quals, marks = log.closes, log.quals, log.marks
        for seq in range(max(len(closes), len(quals), len(marks))):
            code = closes[seq] if seq < len(closes) else ""
            yield [
                log.urn,
                str(seq + 1),
                code,
                quals[seq] if seq < len(quals) else "",
                marks[seq] if seq < len(marks) else "",
                CODES.get(("NSIR", code), ""),
            ]


def _resources(story: Story) -> Rows:
    def text(t: int | None) -> str:
        return clock.text(None if t is None or t >= story.limit else t)

    for log in story.logs:
        if log.restricted:
            continue
        for number, row in enumerate(log.resources, 1):
            names = (*row.officers, "", "")
            yield [
                log.urn, str(number), row.callsign, log.place, text(row.informed), text(row.proceed),
                text(row.arrived), text(row.departed), text(row.not_proceed), names[0], names[1], row.role,
                text(row.departed or row.not_proceed or row.informed) or text(row.informed),
            ]  # fmt: skip


def _crimes(story: Story) -> Rows:
    """A crime whose class changed is there twice, the older version first, as in a feed of changes."""
    for crime in story.crimes:
        log = crime.logs[0].urn if crime.logs else ""
        for code, later in ((crime.earlier_code, 0), (crime.code, 5 * clock.DAY if crime.earlier_code else 0)):
            if not code:
                continue
            system, value = code.split(":")
            pair = (value.replace(".", "/"), "") if system == "HO_CLASS" else ("", value)
            died = "N" if code == crime.earlier_code else crime.died
            yield [
                crime.number, log, *pair, crime.status, clock.text(crime.t - 900),
                clock.text(crime.t), clock.text(min(crime.t + 1_200 + later, story.limit)), crime.under_18, died,
                crime.domestic, "", "3",
            ]  # fmt: skip


def _crime_officers(story: Story, end: int) -> Rows:
    for crime in story.crimes:
        for number, (person, role, day, on_duty) in enumerate(crime.officers, 1):
            if day <= end and (collar := person.collar_on(day)):
                yield [crime.number, str(number), collar, role, on_duty, clock.text(clock.at(day, 8 + number % 9))]


def _tasks(story: Story) -> Rows:
    tasks = [task for task in story.tasks if task.t < story.limit]
    for number, task in enumerate(sorted(tasks, key=lambda task: (task.t, task.person.hr_ref)), 1):
        yield [
            f"T{number:06d}",
            task.crime.number if task.crime else "",
            task.log.urn if task.log and not task.log.restricted else "",
            task.kind,
            task.person.collar_on(clock.local_day(task.t)),
            clock.text(task.t),
            "",
        ]


def _bookings(story: Story) -> Rows:
    for item in story.bookings:
        if item.t < story.limit:
            yield [
                item.number,
                item.person.collar_on(clock.local_day(item.t)),
                item.case.number if item.case else "",
                clock.text(item.t),
                clock.text(min(item.t + item.minutes * clock.MINUTE, story.limit)),
                item.material,
                "",
            ]


def _people(force: Force) -> Rows:
    day = clock.day_text
    for person in force.people:
        yield [
            person.hr_ref, person.forename, person.surname, person.worker, day(person.started),
            day(person.service_from), day(person.left), person.leave_reason, "", "",
        ]  # fmt: skip


def _identifiers(force: Force) -> Rows:
    for person in force.people:
        for item in person.identifiers:
            yield [person.hr_ref, item.kind, item.value, clock.day_text(item.since), clock.day_text(item.until)]


def _postings(force: Force) -> Rows:
    for person in force.people:
        for spell in person.spells:
            yield [
                person.hr_ref, spell.unit.ref, spell.rank, spell.title, "Y" if spell.supervisor else "N",
                clock.day_text(spell.since), clock.day_text(spell.until),
            ]  # fmt: skip


def _skills(force: Force, end: int) -> Rows:
    for person in force.people:
        for item in person.skills:
            if item.since <= end and (person.left is None or item.since < person.left):
                yield [person.hr_ref, item.kind, clock.day_text(item.since), clock.day_text(item.until)]


def _characteristics(force: Force) -> Rows:
    for person in force.people:
        for item in person.characteristics:
            yield [person.hr_ref, item.kind, SCHEMES[item.kind], item.value, clock.day_text(item.since)]


def _duties(story: Story) -> Rows:
    for crew in story.duties:
        if crew.on >= story.limit:
            continue
        day = clock.local_day(crew.on)
        for person in crew.people:
            if person not in crew.unbooked:
                yield [
                    crew.callsign,
                    person.collar_on(day),
                    clock.text(crew.on),
                    clock.text(min(crew.off, story.limit)),
                    "",
                ]


def number(story: Story) -> None:
    """Give logs their daily numbers and crimes and bookings theirs, in order of time; leave out what is too late.

    Daily numbers leave gaps, for the calls nobody was sent to: they are not in these files.
    """
    story.logs = sorted((log for log in story.logs if log.t < story.limit), key=lambda log: log.t)
    day, last = 0, 0
    for place, log in enumerate(story.logs):
        today = clock.local_day(log.t)
        last = 3 if today != day else last
        day, last = today, last + 1 + place * 7 % 11
        log.urn = f"{clock.iso(today).replace('-', '')}-{last:04d}"
        log.crimes = [crime for crime in log.crimes if crime.t < story.limit]
    story.crimes = sorted((crime for crime in story.crimes if crime.t < story.limit), key=lambda crime: crime.t)
    for count, crime in enumerate(story.crimes, 1):
        year = clock.iso(clock.local_day(crime.t))[2:4]
        crime.number = f"99/{count:06d}/{year}"
    story.bookings = [item for item in story.bookings if item.t < story.limit]
    story.bookings.sort(key=lambda item: (item.t, item.person.hr_ref))
    for count, item in enumerate(story.bookings, 1):
        item.number = f"MB{count:06d}"
