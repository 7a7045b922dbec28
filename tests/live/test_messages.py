"""A message changes what the store says at once, and exactly as a refresh over the same messages would."""

from tests.live.made_up import KERRY, LOG, ORLA, decide, incident, send, unit
from traumatracker.web.exposure.models import Exposure, ExposureChange
from traumatracker.web.intake.models import InboxMessage, LiveSetAside
from traumatracker.web.people.models import Person

EVENT = f"cad:{LOG}"


def people_of(event=EVENT):
    return sorted(Exposure.objects.filter(event_id=event).values_list("person__hr_ref", flat=True))


def same_after_a_refresh(force):
    """Check that a refresh over the same messages finds nothing to do, and return everything derived."""
    live = force.derived()
    done = force.refresh()
    assert (done["new"], done["changed"], done["withdrawn"]) == (0, 0, 0)
    assert force.derived() == live
    return live


def test_a_message_makes_an_exposure(force):
    assert send(incident(units=[unit(ORLA)])) == ["accepted"]
    force.live()
    [entry] = Exposure.objects.filter(event_id=EVENT)
    assert (entry.person.hr_ref, entry.role, entry.reasons["evidence"]) == (
        "P004001",
        "first_at_scene",
        [f"first_at_scene|status_at_scene|{EVENT}|ZZ1"],
    )
    same_after_a_refresh(force)


def test_cancelled_before_arriving_makes_nothing_and_afterwards_does(force):
    send(
        incident(
            units=[
                unit(ORLA, status="cancelled"),
                unit(KERRY, callsign="ZZ2", status="cleared", at_scene_at="2026-03-01T10:30:00Z"),
            ]
        )
    )
    force.live()
    assert people_of() == ["P004002"]


def test_a_callsign_finds_the_crew_booked_on(force):
    duty = (force.folder / "duty_resources.csv").read_text("utf-8-sig").splitlines()[-1].split(",")
    day, hour = duty[2].split()
    on = "-".join(reversed(day.split("/")))
    late = (int(hour[:2]) + 1) % 24
    send(
        incident(
            ref="20260302-9002",
            opened_at=f"{on}T{hour}Z",
            updated_at=f"{on}T{hour}Z",
            units=[unit(callsign=duty[0], at=f"{on}T{late:02d}{hour[2:]}Z")],
        )
    )
    force.live()
    assert len(people_of("cad:20260302-9002")) >= 1
    assert "crew_from_duty" in str(Exposure.objects.filter(event_id="cad:20260302-9002").first().reasons["evidence"])


def test_linked_incidents_are_one_event_and_two_again_when_the_link_goes(force):
    first, second = incident(ref="20260301-9001", units=[unit(ORLA)]), incident(ref="20260301-9002", units=[unit(ORLA)])
    send(first, second)
    force.live()
    assert len(people_of("cad:20260301-9001")) == len(people_of("cad:20260301-9002")) == 1
    send(incident(ref="20260301-9002", version=2, units=[unit(ORLA)], links=[("same_incident", EVENT)]))
    force.live()
    assert (len(people_of(EVENT)), people_of("cad:20260301-9002")) == (1, [])
    live = force.derived()
    send(incident(ref="20260301-9002", version=3, units=[unit(ORLA)]))
    force.live()
    assert len(people_of("cad:20260301-9001")) == len(people_of("cad:20260301-9002")) == 1
    assert force.derived() != live


def test_a_decision_whose_identifier_it_is_reaches_every_incident_that_names_it(force):
    send(incident(units=[unit("7777")]))
    force.live()
    assert people_of() == []
    said = {"Person": "P004001", "Identifier_Type": "collar", "Identifier": "7777", "From": "2020-01-01"}
    decide("people_identifiers", "D1", **said)
    force.live()
    assert people_of() == ["P004001"]
    decide("people_identifiers", "D1", 2, "undone", **said)
    force.live()
    assert people_of() == []


def test_a_message_that_live_cannot_see_to_does_not_stop_the_others(force, monkeypatch):
    from traumatracker.web.live.tables import LiveTables

    take = LiveTables.take

    def fails(self, rows, received_at):
        if any("9009" in row[0] for row in rows.get("live_incidents", [])):
            raise ValueError
        return take(self, rows, received_at)

    monkeypatch.setattr(LiveTables, "take", fails)
    send(incident(ref="20260301-9009", units=[unit(ORLA)]), incident(units=[unit(ORLA)]))
    force.live()
    assert people_of() == ["P004001"]
    assert LiveSetAside.objects.get().reason == "ValueError"
    assert force.refresh()["new"] == 1
    assert people_of("cad:20260301-9009") == ["P004001"]


def test_rows_are_emptied_once_a_refresh_holds_them_and_nothing_is_lost(force):
    send(incident(units=[unit(ORLA)]))
    force.live()
    force.refresh()
    message = InboxMessage.objects.get()
    assert message.rows == {}
    assert message.batch
    force.killed()
    force.live()
    send(incident(version=2, units=[unit(KERRY)]))
    force.live()
    assert people_of() == ["P004002"]
    assert Person.objects.filter(hr_ref="P004001").exists()


def test_corrected_retracted_late_repeated_removed_and_linked_are_all_what_a_refresh_says(force):
    """Each kind of change on an incident of its own, seen to one by one, and then all of them by one refresh."""
    of_files = next(one for one in Exposure.objects.order_by("-key") if one.event_id.startswith("cad:")).event_id
    said = {"Person": "P004001", "Identifier_Type": "collar", "Identifier": "7777", "From": "2020-01-01"}
    for messages in (
        [incident("C1", 1, "313", [unit(ORLA)]), incident("C1", 2, "202", [unit(ORLA)])],
        [incident("R1", 1, "313", [unit(ORLA, KERRY)]), incident("R1", 2, "313", status="retracted")],
        [incident("N1", 1, "313", [unit(ORLA)]), incident("N1", 2, "313", [unit(ORLA)], status="cancelled")],
        [incident("O1", 3, "313", [unit(KERRY)]), incident("O1", 1, "313", [unit(ORLA)])],
        [incident("T1", 2, "313", status="retracted"), incident("T1", 1, "313", [unit(ORLA)])],
        [incident("A1", 1, "313", [unit(ORLA)], opened_at="2024-01-10T10:00:00Z")],
        [incident("M1", 1, "313", [unit(ORLA, KERRY)]), incident("M1", 2, "313", [unit(ORLA)])],
        [
            incident("L1", 1, "313", [unit(ORLA)]),
            incident("L2", 1, "202", [unit(KERRY)], [("same_incident", "cad:L1")]),
        ],
        [incident("L2", 2, "202", [unit(KERRY)]), incident("L3", 1, "G01", [], [("same_incident", "cad:L2")])],
        [incident(of_files.removeprefix("cad:"), 1, "", [unit(KERRY)], [("same_incident", "cad:C1")])],
        [incident("I1", 1, "313", [unit("7777")])],
    ):
        for message in messages:
            send(message)
            force.live()
        assert send(messages[-1]) == ["duplicate"]
    decide("people_identifiers", "D1", **said)
    decide("people_involvements", "D2", Person="P004002", Incident="cad:I1", Role="attended_during", On="2026-03-01")
    decide("people_corrections", "D3", Person="P004001", Incident="cad:C1")
    force.live()
    told = {event: people_of(f"cad:{event}") for event in ("R1", "N1", "O1", "T1", "M1", "L1", "I1")}
    assert told == {
        "R1": [], "N1": [], "O1": ["P004002"], "T1": [], "M1": ["P004001"], "L1": ["P004001"],
        "I1": ["P004001", "P004002"],
    }  # fmt: skip
    withdrawn = ExposureChange.objects.filter(kind="withdrawn")
    assert {key.split("|")[1] for key in withdrawn.values_list("key", flat=True)} >= {"cad:R1", "cad:N1", "cad:M1"}
    assert withdrawn.filter(key__contains="|cad:M1|").count() == 1
    same_after_a_refresh(force)


def test_a_decision_on_a_day_of_viewing_takes_nobody_s_days_away(force):
    """All days of viewing stand under one event, which is no incident: live must never bring it to nothing."""
    entry = Exposure.objects.order_by("key").first()
    day = {"key": "P004002|material|session:2026-03-01", "event_id": "material", "pk": None}
    for name, value in day.items():
        setattr(entry, name, value)
    entry._state.adding = True
    entry.save()
    decide("people_corrections", "D9", Person="P004001", Incident="material")
    force.live()
    assert Exposure.objects.filter(event_id="material").count() == 1
