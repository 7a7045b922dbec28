"""The sealed heads: outside the store, signed, and enough to show a cut or a whole rewriting by whoever owns it."""

import json
import os
import shutil
from random import Random

import pytest
from django.db import connection

from tests.web import factories as make
from tests.web.test_audit_chain import as_owner, looks
from traumatracker.__main__ import main
from traumatracker.errors import CannotRun
from traumatracker.web import audit
from traumatracker.web.audit import guards, heads, reads, sealing, verify
from traumatracker.web.audit.canonical import GENESIS, digest
from traumatracker.web.people.models import AuditEvent, AuditHead

pytestmark = pytest.mark.django_db
TRIES = int(os.environ.get("TRAUMATRACKER_TEST_EXAMPLES", "8"))  # random places for each kind of tampering


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("KEY", "HEADS"):
        monkeypatch.delenv(f"TRAUMATRACKER_AUDIT_{name}", raising=False)
    return tmp_path / "home"


@pytest.fixture
def people():
    return make.person(), make.person()


@pytest.fixture
def sealed(home, people):
    """Thirty events, sealed after ten, twenty and thirty."""
    for _ in range(3):
        audit.record(looks(*people, 10))
        sealing.seal(home)
    return home


def verified(home):
    lines, are_missing = verify.lines_of(heads.places(home))
    return verify.verify(lines, heads_are_missing=are_missing)


def first_wrong(home):
    first = verified(home).first
    return first and (first.at, first.kind)


def cut_to(number):
    """Cut the chain off and let its head say so, as whoever owns the database can."""
    as_owner(f"DELETE FROM {guards.TABLE} WHERE sequence > {number}")
    AuditHead.objects.update(sequence=number, hash=reads.hash_of(number) or GENESIS)


def write_anew(first):
    """Change one event, hash it and all later ones again, head included."""
    previous, statements = reads.hash_of(first - 1) or GENESIS, []
    for event in AuditEvent.objects.filter(sequence__gte=first).order_by("sequence"):
        if event.sequence == first:
            event.rows = 777
        previous = digest(previous, vars(event))
        row = [event.rows, previous, event.sequence]
        statements.append((f"UPDATE {guards.TABLE} SET rows = %s, hash = %s WHERE sequence = %s", row))
    as_owner(*statements)
    AuditHead.objects.update(hash=previous)
    assert verify.verify([]).valid  # in itself nothing is wrong


def test_a_sealed_chain_is_whole_and_says_what_is_not_sealed_yet(sealed, people):
    audit.record(looks(*people, 4))
    found = verified(sealed)
    assert (found.valid, found.events, found.sealed, found.unsealed) == (True, 34, 3, 4)


def test_the_key_is_its_owners_alone_and_the_heads_hold_nobody(sealed, people):
    where = heads.places(sealed)
    assert where.key.stat().st_mode & 0o077 == where.heads.stat().st_mode & 0o077 == 0
    held = where.heads.read_text()
    assert not any(word in held for person in people for word in (person.hr_ref, person.display_name, person.id.hex))


@pytest.mark.parametrize("number", sorted(Random("cut").sample(range(30), min(TRIES, 30))))
def test_a_chain_cut_off_with_its_head_is_found(sealed, number):
    cut_to(number)
    assert first_wrong(sealed) == (number + 1, "cut_off")


@pytest.mark.parametrize("number", sorted(Random("anew").sample(range(1, 31), min(TRIES, 30))))
def test_a_chain_written_anew_from_any_event_on_is_found_at_the_next_seal(sealed, number):
    write_anew(number)
    assert first_wrong(sealed) == (-(-number // 10) * 10, "rewritten")


def line(home, number, change):
    path = heads.places(home).heads
    lines = path.read_bytes().split(b"\n")
    lines[number] = change(lines[number])
    path.write_bytes(b"\n".join(one for one in lines[:-1] if one) + b"\n")


def said(**changed):
    return lambda text: json.dumps(json.loads(text) | changed).encode()


CHANGED = [{"events": 7}, {"hash": "f" * 64}, {"at": "2020-01-01T00:00:00Z"}, {"signature": ""}, {"signature": 5},
           {"kind": "reseal"}, {"previous": GENESIS}]  # fmt: skip


@pytest.mark.parametrize("changed", CHANGED)
def test_a_head_that_was_changed_is_found(sealed, changed):
    line(sealed, 1, said(**changed))
    assert any(wrong.kind == "signature" for wrong in verified(sealed).wrong)
    with pytest.raises(CannotRun, match="file of sealed heads was changed"):
        sealing.seal(sealed)


@pytest.mark.parametrize("number", [0, 1])
def test_a_head_that_was_taken_out_is_found(sealed, number):
    line(sealed, number, lambda _: b"")
    assert first_wrong(sealed) == ((number + 2) * 10, "heads")


@pytest.mark.parametrize("text", [b"{", b"[]", b"\xff\xfe", b"null", b'{"signature": "AAAA"}'])
def test_a_line_that_is_no_head_is_found(sealed, text):
    line(sealed, 1, lambda _: text)
    assert not verified(sealed).valid


def test_heads_signed_with_another_key_are_found(sealed, tmp_path, people):
    other = tmp_path / "other"
    sealing.seal(other)
    shutil.copy(heads.places(other).heads, heads.places(sealed).heads)
    assert first_wrong(sealed) == (30, "signature")


def test_a_file_of_heads_that_is_gone_is_found(sealed):
    heads.places(sealed).heads.unlink()
    assert first_wrong(sealed) == (0, "heads_missing")


def test_a_line_that_was_never_finished_is_no_head_and_is_written_over(sealed):
    with heads.places(sealed).heads.open("ab") as file:
        file.write(b'{"kind": "se')
    assert verified(sealed).valid
    sealing.seal(sealed)
    found = verified(sealed)
    assert (found.valid, found.sealed) == (True, 4)


def test_a_chain_that_does_not_go_on_from_the_last_head_is_not_sealed(sealed):
    cut_to(25)
    with pytest.raises(CannotRun, match="does not go on from the last sealed head"):
        sealing.seal(sealed)


def test_what_was_changed_since_the_last_head_is_not_sealed(sealed, people):
    audit.record(looks(*people, 5))
    as_owner(f"UPDATE {guards.TABLE} SET rows = 999 WHERE sequence = 33")
    with pytest.raises(CannotRun, match="does not go on from the last sealed head"):
        sealing.seal(sealed)


def test_the_key_and_heads_may_be_elsewhere(home, tmp_path, monkeypatch):
    monkeypatch.setenv("TRAUMATRACKER_AUDIT_KEY", str(tmp_path / "safe" / "key"))
    monkeypatch.setenv("TRAUMATRACKER_AUDIT_HEADS", str(tmp_path / "worm" / "heads"))
    sealing.seal(home)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"key", "key.pub", "heads"}


def test_a_key_that_others_may_read_or_that_is_gone_is_refused(sealed):
    key = heads.places(sealed).key
    key.chmod(0o640)
    with pytest.raises(CannotRun, match="chmod 600"):
        sealing.seal(sealed)
    key.unlink()
    with pytest.raises(CannotRun, match="do not make a new one"):
        sealing.seal(sealed)


def test_after_a_restore_it_is_sealed_again_and_said_for_ever(sealed, people):
    cut_to(15)
    audit.record(looks(*people, 30))  # pages went on before anybody saw to it
    assert first_wrong(sealed) == (20, "rewritten")
    _, in_doubt = sealing.reseal(sealed, "Restored from last night's backup")
    assert in_doubt == 20  # sealed were 30, and the chain passes through the head at ten
    found = verified(sealed)
    assert (found.valid, found.events) == (True, 46)
    assert [(one["agreed"], one["in_doubt"], one["reason"]) for one in found.restored] == [
        (10, 20, "Restored from last night's backup")
    ]
    assert AuditEvent.objects.get(sequence=46).outcome == "resealed"
    sealing.seal(sealed)
    cut_to(45)
    assert first_wrong(sealed) == (46, "cut_off")


def test_nothing_lost_is_nothing_to_seal_again(sealed):
    with pytest.raises(CannotRun, match="nothing to seal again"):
        sealing.reseal(sealed, "because")
    assert AuditEvent.objects.count() == 30


def test_a_chain_broken_in_itself_is_not_sealed_again(sealed):
    as_owner(f"UPDATE {guards.TABLE} SET rows = 999 WHERE sequence = 12")
    with pytest.raises(CannotRun, match="broken in itself at event 12"):
        sealing.reseal(sealed, "because")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_a_reseal_needs_a_reason(sealed, reason):
    with pytest.raises(CannotRun, match="reason"):
        sealing.reseal(sealed, reason)


def test_the_commands(sealed, people, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("TRAUMATRACKER_HOME", str(sealed))
    monkeypatch.setattr("traumatracker.web.jobs.prepare", lambda home: None)

    def run(*words):
        capsys.readouterr()
        return main(["audit", *words]), json.loads(capsys.readouterr().out or "null")

    code, told = run("verify", "--json")
    assert (code, told["events"], told["valid"], told["first_wrong"], told["heads_sealed"]) == (0, 30, True, None, 3)
    copies = [tmp_path / "heads", tmp_path / "public"]
    shutil.copy(heads.places(sealed).heads, copies[0])
    shutil.copy(heads.places(sealed).public, copies[1])
    cut_to(12)
    for path in (heads.places(sealed).heads, heads.places(sealed).key, heads.places(sealed).public):
        path.unlink()
    assert run("verify", "--json")[0] == 0  # whoever took everything here leaves nothing to see here
    code, told = run("verify", "--json", "--heads", str(copies[0]), "--public", str(copies[1]))
    assert (code, told["valid"], told["first_wrong"]["at"], told["first_wrong"]["kind"]) == (1, False, 13, "cut_off")
    assert run("seal", "--json")[1]["events"] == 12


def test_reseal_by_command(sealed, capsys, monkeypatch):
    monkeypatch.setenv("TRAUMATRACKER_HOME", str(sealed))
    monkeypatch.setattr("traumatracker.web.jobs.prepare", lambda home: None)
    cut_to(20)
    assert main(["audit", "reseal", "--reason", "Restored", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["agreed"], told["in_doubt"], told["events"]) == (20, 10, 21)


@pytest.mark.django_db(transaction=True)
def test_serve_seals_by_itself_and_goes_on_when_it_cannot(home, people, caplog):
    audit.record(looks(*people, 3))
    for _ in range(2):
        hourly = sealing.Hourly(home)
        hourly.start()
        hourly.stop()
    assert verified(home).sealed == 2
    heads.places(home).key.chmod(0o644)
    hourly = sealing.Hourly(home)
    hourly.start()
    hourly.stop()
    assert "The audit was not sealed" in caplog.text
    connection.close()
