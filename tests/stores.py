"""A casework store of its own for a command that a test runs in another process, on whichever database is tested."""

import sqlite3

from tests import environment, postgres


def own(home):
    """What the environment of a command must say for it to use a store that no other test uses."""
    if environment.STORE == "sqlite":
        return {"TRAUMATRACKER_HOME": str(home)}
    _make(_name(home))
    return {"TRAUMATRACKER_HOME": str(home), "DATABASE_URL": postgres.at(postgres.shared(), _name(home))}


def rows(home, sql):
    """What a query gives in that store."""
    if environment.STORE == "sqlite":
        connection = sqlite3.connect(home / "casework.sqlite3")
    else:
        import psycopg

        connection = psycopg.connect(postgres.at(postgres.shared(), _name(home)))
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


_made = set()


def _make(name):
    if name not in _made:
        postgres.create(postgres.shared(), name)
        _made.add(name)


def _name(home):
    return "own" + str(home).replace("/", "_")[-55:]  # PostgreSQL cuts a name at 63 bytes
