"""One direction of imports, and only certain files write to the store or read it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.repository import PACKAGE, ROOT, WEB, ending, name, tree

WRITERS = {"actions.py", "jobs.py", "apply.py", "durable.py"}
# chain.py is the audit: it appends, in the transaction of whoever reads or changes.
WRITERS |= {"chain.py"}
# touched.py notes, in the transaction that applies a message, which events live wrote.
WRITERS |= {"touched.py"}
# retry.py asks what became of a transaction, locks.py for a lock: the rule cannot tell a SELECT from a change.
WRITERS |= {"retry.py", "locks.py"}
# erasure.py deletes what is about a person, of whichever app, in one transaction: no app's actions could.
WRITERS |= {"erasure.py"}
# demonstration.py lists the made-up people who can be signed in as; it goes when real sign-in comes.
# inbox.py reads messages, of which no page shows any; derived.py spells out every row for the command that compares.
READERS = WRITERS | {"gatekeeper.py", "reads.py", "demonstration.py", "inbox.py", "derived.py"}
WRITES = {
    "save",
    "create",
    "delete",
    "update",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "execute",
    "executemany",
}


def web_files(*, but_not):
    return [path for path in ending(".py", inside=WEB) if path.name not in but_not and "migrations" not in path.parts]


def writes(module):
    """(line, method) of every call that could write to the store."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            yield node.lineno, node.func.attr


def reads(module):
    """The lines that reach for a model's rows."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager"):
            yield node.lineno


def test_imports_go_in_one_direction():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_actions_jobs_and_audit_write():
    found = [
        f"{name(path)}:{line} .{method}()" for path in web_files(but_not=WRITERS) for line, method in writes(tree(path))
    ]
    assert found == []


def test_only_the_gatekeeper_and_the_writers_fetch_rows():
    assert [f"{name(path)}:{line}" for path in web_files(but_not=READERS) for line in reads(tree(path))] == []


@pytest.mark.parametrize("line", ["row.save()", "Person.objects.filter(id=1).update(name='')", "cursor.execute('')"])
def test_the_rule_sees_a_write(line):
    assert list(writes(ast.parse(line)))


def test_the_rules_look_at_something():
    assert len(web_files(but_not=READERS)) > 10
    assert list(writes(tree(WEB / "people" / "actions.py")))
    assert list(reads(tree(WEB / "gatekeeper.py")))


def test_packs_are_data():
    kinds = {path.suffix for path in (PACKAGE / "packs").rglob("*") if path.is_file()}
    assert kinds <= {".toml", ".csv", ".md"}
