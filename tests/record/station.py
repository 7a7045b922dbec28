"""A small police station for rewriting: HR, collar numbers, logs with officers in one cell, crews and bookings."""

from datetime import UTC, datetime

from traumatracker.sources.intake import accept
from traumatracker.sources.profile import parse_profile

RECEIVED = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)

PROFILE = """
id = "tiny"
title = "A small station"
pack = "ptec_aligned"
time_zone = "Europe/London"

[[table]]
name = "hr"
files = ["hr.csv"]
key = ["Hr"]
  [table.columns]
  Hr = { keep = "ref", required = true }
  Name = { keep = "text" }
  [[table.gives]]
  entity = "person"
  person_id = "{Hr}"
  display_name = "{Name}"

[[table]]
name = "collars"
files = ["collars.csv"]
key = ["Hr", "Collar"]
  [table.columns]
  Hr = { keep = "ref", required = true }
  Collar = { keep = "person", required = true }
  From = { keep = "date", required = true, format = "iso" }
  To = { keep = "date", format = "iso" }
  [[table.gives]]
  entity = "identifier"
  person_id = "{Hr}"
  identifier_type = "collar"
  identifier = "{Collar}"
  valid_from = "{From}"
  valid_to = "{To}"

[[table]]
name = "logs"
files = ["logs.csv"]
key = ["Urn"]
version = "Version"
  [table.columns]
  Urn = { keep = "ref", required = true }
  Version = { keep = "number", required = true }
  Opened = { keep = "date", required = true, format = "iso" }
  Officers = { keep = "ref", split = ";" }
  Handler = { keep = "person" }
  Viewed = { keep = "date", format = "iso" }
  Marker = { keep = "text", restrict = ["RESTRICTED"] }
  [[table.gives]]
  entity = "incident"
  incident_id = "cad:{Urn}"
  kind = "log"
  opened_on = "{Opened}"
  [[table.gives]]
  entity = "involvement"
  incident_id = "cad:{Urn}"
  identifier_type = "collar"
  identifier = "{Officers}"
  evidence = "named_on_log"
  happened_on = "{Opened}"
  [[table.gives]]
  entity = "involvement"
  incident_id = "cad:{Urn}"
  identifier_type = "collar"
  identifier = "{Handler}"
  evidence = "named_on_log"
  happened_on = ["{Viewed}", "{Opened}"]

[[table]]
name = "log_codes"
files = ["log_codes.csv"]
key = ["Urn", "Code"]
  [table.columns]
  Urn = { keep = "ref", required = true }
  Code = { keep = "text", required = true }
  [[table.gives]]
  entity = "incident_code"
  incident_id = "cad:{Urn}"
  code_role = "opening"
  code_system = "NSIR"
  code = "{Code}"

[[table]]
name = "bookings"
files = ["bookings.csv"]
key = ["Row"]
  [table.columns]
  Row = { keep = "ref", required = true }
  Callsign = { keep = "ref", required = true }
  On = { keep = "time", required = true, format = "iso" }
  Driver = { keep = "person" }
  Mate = { keep = "person" }
  [[table.gives]]
  entity = "crew"
  each = ["Driver", "Mate"]
  callsign = "{Callsign}"
  identifier_type = "collar"
  identifier = "{each}"
  booked_on_at = "{On}"
"""

profile = parse_profile(PROFILE, "tiny")

FILES = {
    "hr.csv": "Hr,Name\nCANARY1,Ann CANARY\nP2,Bea\n",
    # 77 was Ann's until the end of 2022, and is Bea's since.
    "collars.csv": "Hr,Collar,From,To\nCANARY1,77,2010-01-01,2023-01-01\nP2,77,2023-01-01,\nP2,88,2010-01-01,\n",
    "logs.csv": "Urn,Version,Opened,Officers,Handler,Viewed,Marker\n"
    "OLD,1,2012-03-01,77;88,,,\nOLDSEEN,1,2012-03-01,88,88,2023-05-01,\nTHEN,1,2022-03-01,77;88,77,,\n"
    "THEN,2,2022-03-01,77;88,88,,\nNOW,1,2023-03-01,77,,,\nSAID,1,2022-03-01,88,,,\nSAID,1,2022-03-01,88,77,,\n"
    "GONE,1,2022-03-01,77,,,\nGONE,2,2022-03-01,77,,,RESTRICTED\n",
    "log_codes.csv": "Urn,Code\nOLD,1\nOLDSEEN,1\nTHEN,1\nNOW,1\n",
    "bookings.csv": "Row,Callsign,On,Driver,Mate\n1,AB1,2012-03-01T08:00:00,77,88\n2,AB1,2022-03-01T08:00:00,77,88\n"
    "3,AB2,2022-03-01T08:00:00,77,\n4,AB2,2023-03-01T08:00:00,77,\n",
}


def take(force, at=RECEIVED, using=profile, **changed):
    """Write the station's files (or others in their place) and take them."""
    for name, content in (FILES | {f"{table}.csv": content for table, content in changed.items()}).items():
        force.write(name, content)
    return accept(using, force.folder, force.record, at)


def written(held):
    """Every byte of every file below a profile's folder."""
    return {path.relative_to(held.folder).as_posix(): path.read_bytes() for path in held.folder.rglob("*")
            if path.is_file()}  # fmt: skip
