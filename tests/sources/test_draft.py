"""A draft loads, can be checked, drops what may be personal, and shows no value of it."""

import json
import random

import pytest

from tests.sources import written
from tests.sources.test_formats_fuzzed import EXAMPLES, FILES, ODD, damaged
from traumatracker.__main__ import main
from traumatracker.errors import CannotRun
from traumatracker.sources.draft.recognise import recognise
from traumatracker.sources.draft.sample import sample
from traumatracker.sources.draft.write import Head, profile_text
from traumatracker.sources.profile import parse_profile

COLUMNS = ["Log_Ref", "Call_Date", "Last_Updated", "Result_Code", "Callers_Name", "Address", "Collar_No", "Attended"]
COLUMNS += ["Notes", "HO_Class", "Force_Area"]


def rows(count=60):
    """Rows of a made-up export; what must never be shown says SECRET."""
    chance = random.Random(1)
    return [
        [
            f"L{at:05d}", f"{1 + at % 28:02d}/03/2024 10:{at % 60:02d}:00", f"{1 + at % 28:02d}/04/2024 11:00:00",
            chance.choice(["Sudden Death", "Burglary Dwelling", "Alarm"]), "Secret Secretson", f"{at} SECRET STREET",
            f"0{at % 7}SECRET", chance.choice("YN"), "the SECRET caller said that he saw something at the back door",
            chance.choice(["4.10", "4.1", "19C"]), "52",
        ]
        for at in range(count)
    ]  # fmt: skip


def drafted(path):
    kinds = [(seen, recognise(seen)) for seen in sample(path)]
    text = profile_text(Head("mine", "ptec_aligned", "Europe/London"), kinds, [("NSIR:333", "Sudden death")])
    return text, parse_profile(text, "mine")


@pytest.mark.parametrize("how", ["csv", "tabs", "parquet", "xlsx", "xml", "qvd"])
def test_a_file_of_any_format_is_recognised_and_nothing_personal_is_shown(tmp_path, how):
    delimiter = {"csv": ",", "tabs": "\t"}.get(how)
    if delimiter:
        content = "\n".join(delimiter.join(row) for row in [COLUMNS, *rows()]).encode() + b"\n"
    else:
        content = getattr(written, how)(COLUMNS, rows())
    path = tmp_path / f"logs_2024.{'csv' if delimiter else how}"
    path.write_bytes(content)
    text, profile = drafted(path)
    assert "secret" not in text.casefold()
    (table,) = profile.files
    assert {name: column.kind for name, column in table.columns.items()} == {
        "Log_Ref": "ref", "Call_Date": "time", "Last_Updated": "time", "Result_Code": "code", "Collar_No": "person",
        "Attended": "flag", "HO_Class": "code",
    }  # fmt: skip
    assert (table.key, table.version) == (("Log_Ref",), "Last_Updated")
    assert table.columns["Call_Date"].formats == ("%d/%m/%Y %H:%M:%S",)
    assert table.columns["HO_Class"].notation == "ho_class"
    assert table.dropped == {"Callers_Name", "Address", "Notes", "Force_Area"}
    assert '"Sudden Death"' in text and 'NSIR:333 "Sudden death"' in text


def test_a_file_without_a_header_is_recognised_by_what_stands_in_it(tmp_path):
    bare = [
        [row[0], row[3].split()[0].upper(), row[1][:10].replace("/", ""), "101500", row[5], row[4]] for row in rows()
    ]
    (tmp_path / "polls1.csv").write_text("\n".join(",".join(row) for row in bare[:40]) + "\n")
    (tmp_path / "polls2.csv").write_text("\n".join(",".join(row) for row in bare[20:]) + "\n")
    text, profile = drafted(tmp_path)
    (table,) = profile.files
    assert "secret" not in text.casefold()
    assert table.names == tuple(f"Column{at}" for at in range(1, 7)) and table.key == ("Column1",)
    assert table.columns["happened_at"].parts == ("Column3", "Column4")
    assert table.dropped == {"Column5", "Column6"}


@pytest.mark.parametrize("name", ["Surname", "caller_phone", "PostCode", "dateOfBirth", "VictimRef", "Ethnicity", "MO"])
def test_a_name_that_may_be_personal_is_enough_to_drop_a_column(tmp_path, name):
    (tmp_path / "logs.csv").write_text(f"Ref,{name}\n" + "".join(f"R{at},{at % 3}\n" for at in range(30)))
    assert name in drafted(tmp_path / "logs.csv")[1].files[0].dropped


def test_what_nobody_recognises_is_dropped(tmp_path):
    (tmp_path / "logs.csv").write_text("Ref,Zyx\n" + "".join(f"R{at},{at * 7}\n" for at in range(30)))
    assert drafted(tmp_path / "logs.csv")[1].files[0].dropped == {"Zyx"}


def test_the_commands_draft_check_and_store_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TRAUMATRACKER_HOME", str(tmp_path / "home"))
    exports, out = tmp_path / "exports", tmp_path / "mine.toml"
    exports.mkdir()
    (exports / "logs_2024.csv").write_text("\n".join(",".join(row) for row in [COLUMNS, *rows()]) + "\n")
    assert main(["sources", "draft", str(exports), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["next"] == f"traumatracker sources check {out} {exports}"
    assert main(["sources", "draft", str(exports), "--out", str(out)]) == 2
    assert main(["sources", "check", str(out), str(exports), "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["rows_read"], done["rows_accepted"], done["incidents"]) == (60, 60, 60)
    assert {each["code"] for each in done["unmapped_codes"]} >= {"SUDDEN DEATH", "ALARM"}
    assert done["coverage"]["incidents"] == 60
    assert not (tmp_path / "home").exists()


def test_drafts_of_the_published_files_hold_no_street_and_no_officer(real_data, tmp_path):
    text, profile = drafted(real_data / "reno_live_feed")
    assert {table.name for table in profile.files} == {"cad", "rms", "key_cfs_codes"}
    streets = {
        line.split(",")[5]
        for path in (real_data / "reno_live_feed").glob("CAD*.csv")
        for line in path.read_text("utf-8").splitlines()
    }
    assert len(streets) > 50 and not [street for street in streets if street in text]


def test_a_list_of_names_without_a_header_is_not_taken_for_one(tmp_path):
    (tmp_path / "list.csv").write_text("Secret Secretson,Secretville\nJane Roe,Elsewhere\nRichard Roe,Nowhere\n")
    assert "secret" not in drafted(tmp_path / "list.csv")[0].casefold()


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_is_drafted_or_told_never_a_crash(tmp_path, name):
    chance = random.Random(2)
    for _ in range(EXAMPLES):
        how = chance.choice(["flip", "put", "cut", "drop", "twice"])
        step = (how, chance.randrange(10**6), chance.choice(ODD))
        (tmp_path / name).write_bytes(damaged(FILES[name], [step]))
        try:
            drafted(tmp_path / name)
        except CannotRun as told:
            assert "Nothing there could be read" in str(told)


def test_a_file_that_is_no_text_is_said_so_whatever_its_name(tmp_path):
    (tmp_path / "logs.csv").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(CannotRun, match=r"logs\.csv is no text"):
        sample(tmp_path / "logs.csv")
