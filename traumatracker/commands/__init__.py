"""The commands behind the command line: each does one job, prints what happened and returns an exit code.

Each module adds its own commands (`add`); `GROUPS` is the order in which the help lists them.
"""

from traumatracker.commands import auditing, desk, feed, live, made_up, record, refreshing, serving, sign_in, sources

GROUPS = (made_up, refreshing, sources, feed, live, desk, sign_in, record, auditing, serving)
