"""Lets Django empty the tests' store between two tests, although the audit's triggers refuse that to everybody."""

from contextlib import contextmanager

import pytest
from django.db.backends.base.operations import BaseDatabaseOperations

from traumatracker.web.audit import guards
from traumatracker.web.audit.canonical import GENESIS

HEAD = f"INSERT INTO people_audithead (id, sequence, hash) VALUES (1, 0, '{GENESIS}')"


@contextmanager
def the_audit_too():
    """While this lasts, emptying takes the guards away, empties, puts them back and begins a new chain."""
    plain = BaseDatabaseOperations.execute_sql_flush

    def execute_sql_flush(self, sql_list):
        if any(guards.TABLE in sql for sql in sql_list):
            vendor = self.connection.vendor
            sql_list = [*guards.down(vendor), *sql_list, *guards.up(vendor), HEAD]
        return plain(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", execute_sql_flush)
        yield
