"""A tiny force: a profile of two tables, and the means to write its files and take them."""

from datetime import UTC, datetime

from traumatracker.record.store import Record
from traumatracker.sources.intake import accept
from traumatracker.sources.profile import parse_profile

RECEIVED = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)

PROFILE = """
id = "tiny"
title = "A tiny force"
pack = "ptec_aligned"
time_zone = "Europe/London"
placeholders = ["-", "N/A"]

[[table]]
name = "logs"
files = ["logs*.csv"]
key = ["Urn"]
version = "Updated"
known_at = "Updated"
  [table.columns]
  Urn = { keep = "ref", required = true }
  Opened = { keep = "time", required = true, format = "%d/%m/%Y %H:%M:%S" }
  Left = { keep = "time", format = "%d/%m/%Y %H:%M:%S", after = "Opened" }
  Updated = { keep = "time", required = true, format = "%d/%m/%Y %H:%M:%S" }
  Code = { keep = "code", notation = "ho_class", split = ";" }
  Officer = { keep = "person", required = true, normalise = ["upper", "strip_leading_letters"] }
  Child = { keep = "flag", yes = ["Y"], no = ["N"] }
  Marker = { keep = "text", restrict = ["RESTRICTED"] }
  Details = { drop = "free text about the incident" }
  [table.columns.Role]
  keep = "choice"
  of = "role"
  map = { ATTENDED = "attended_during", OIC = "oic_investigator" }
  private = ["WITNESS"]

  [[table.gives]]
  entity = "incident"
  incident_id = "cad:{Urn}"
  kind = "log"
  opened_at = "{Opened}"
  opened_on = "{Opened}"
  is_closed = { Left = { present = true } }

  [[table.gives]]
  entity = "incident_code"
  incident_id = "cad:{Urn}"
  code_role = "offence"
  code_system = "HO_CLASS"
  code = "{Code}"
  label = { table = "codes", column = "Label", match = { System = "HO", Code = "{Code}" } }

  [[table.gives]]
  entity = "incident_code"
  incident_id = "cad:{Urn}"
  flags = { Child = ["CHILD_INVOLVED", "NO_CHILD_INVOLVED"] }

  [[table.gives]]
  entity = "involvement"
  each = ["Officer"]
  incident_id = "cad:{Urn}"
  identifier_type = "collar"
  identifier = "{each}"
  role_code = "{Role}"
  evidence = "named_on_log"
  happened_on = "{Opened}"

[[table]]
name = "codes"
files = ["codes.csv"]
key = ["System", "Code"]
  [table.columns]
  System = { keep = "text", required = true }
  Code = { keep = "code", notation = "ho_class", required = true }
  Label = { keep = "text" }
"""

HEADER = "Urn,Opened,Left,Updated,Code,Officer,Role,Child,Marker,Details"
GOOD = ("1", "01/03/2024 10:00:00", "", "01/03/2024 11:00:00", "4.10", "PC 0123", "ATTENDED", "Y", "", "words")
COLUMNS = HEADER.split(",")

profile = parse_profile(PROFILE, "tiny")


def line(**changed):
    """Return one log line like GOOD, with the named cells changed."""
    return ",".join(str(changed.get(name, usual)) for name, usual in zip(COLUMNS, GOOD, strict=True))


def lines(count, start=1):
    """Return `count` good log lines with references of their own."""
    return [line(Urn=f"G{number}") for number in range(start, start + count)]


def text(*rows, header=HEADER, end="\r\n"):
    """Return a CSV file of these lines."""
    return end.join([header, *rows]) + end


class Force:
    """A folder of exports and a record, in a temporary folder."""

    def __init__(self, path):
        self.folder, self.record = path / "exports", Record(path / "home")
        self.folder.mkdir()

    def write(self, name, content):
        """Put one file into the folder of exports."""
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def take(self, at=RECEIVED, using=profile):
        """Take the folder, check that no row is lost, and return what was taken."""
        taken = accept(using, self.folder, self.record, at)
        assert taken.rows_read == taken.rows_accepted + taken.rows_quarantined
        assert taken.rows_quarantined == sum(taken.quarantine_reasons.values())
        for file in taken.files:
            assert file.rows_read == file.rows_accepted + file.rows_quarantined
        assert taken.rows_stored <= taken.rows_accepted
        return taken

    def held(self, connection, table="logs"):
        """Return the newest rows held of a table, by reference."""
        rows = self.record.of("tiny").current(connection, table)
        names = rows.columns
        return {row[names.index("_key")]: dict(zip(names, row, strict=True)) for row in rows.fetchall()}
