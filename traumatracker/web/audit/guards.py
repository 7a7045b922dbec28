"""Triggers with which the database itself refuses to change or delete an event.

They stop mistakes and whoever may write but not administer. Who owns the database can take them away: that is what the
chain and its sealed heads are for, and `audit verify` says when they are gone.
"""

TABLE = "people_auditevent"
NAME = "audit_event_stays"
_REFUSAL = "An audit event is never changed or deleted."

_SQLITE = {
    f"{NAME}_{verb.lower()}": f"CREATE TRIGGER {NAME}_{verb.lower()} BEFORE {verb} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    for verb in ("UPDATE", "DELETE")
}
_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
)
_POSTGRESQL = {
    NAME: f"CREATE TRIGGER {NAME} BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
    f"FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()"
}


def up(vendor: str) -> list[str]:
    """Return the statements that put the guards in place."""
    return list(_SQLITE.values()) if vendor == "sqlite" else [_FUNCTION, *_POSTGRESQL.values()]


def down(vendor: str) -> list[str]:
    """Return the statements that take them away, for a migration backwards and for emptying a tests' store."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in _SQLITE]
    return [f"DROP TRIGGER IF EXISTS {name} ON {TABLE}" for name in _POSTGRESQL]


def names(vendor: str) -> set[str]:
    """Return the names of the guards that must be there."""
    return set(_SQLITE if vendor == "sqlite" else _POSTGRESQL)


def standing(vendor: str) -> str:
    """Return the query that names the guards that are there and at work."""
    if vendor == "sqlite":
        return f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{TABLE}'"
    return (
        f"SELECT tgname FROM pg_trigger WHERE tgrelid = '{TABLE}'::regclass AND NOT tgisinternal AND tgenabled <> 'D'"
    )
