"""A private PostgreSQL for a test run: in a folder of its own, on a socket of its own, on the disk as in production.

Nothing of the machine's own databases is touched, and nothing is left. A test that may break the server starts one of
its own (`with Server() as server`); the suite shares one (`shared()`).
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

PROGRAMS = ("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin")
SHARED = "TRAUMATRACKER_TEST_POSTGRES"  # where the test processes of one run find the server that the first one started
NOT_HERE = "there is no PostgreSQL here: apt install postgresql"
NO_POSTGRESQL = 3  # the exit code that says so
SECONDS = 60  # to start or stop on a busy machine


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, or None where it is not installed."""
    found = shutil.which("initdb")
    places = [*PROGRAMS, *([str(Path(found).parent)] if found else [])]
    return next((Path(place) for place in places if (Path(place) / "initdb").exists()), None)


class Server:
    """One server; its superuser is `postgres`. `settings`: further lines of postgresql.conf."""

    def __init__(self, **settings: object):
        self.programs = programs()
        if self.programs is None:
            raise RuntimeError(NOT_HERE)
        # PostgreSQL refuses to run as root, and then it must be able to reach its folder.
        self.user = pwd.getpwnam(_unprivileged()) if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="ttpg-", dir="/tmp"))  # a socket's path must be short
        self.data = self.folder / "data"
        self.settings = {"listen_addresses": "''", "unix_socket_directories": f"'{self.folder}'"} | settings
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        try:
            # An order of letters that is not that of their numbers, as a force's own server will have one.
            order = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-GB")
            self._run("initdb", "--username=postgres", "--auth=trust", *order, "--pgdata", self.data)
            # Two writers that wait for each other are found sooner than after a second, so that tests need not wait.
            self.settings = {"deadlock_timeout": "50ms"} | self.settings
            lines = "".join(f"{name} = {value}\n" for name, value in self.settings.items())
            with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write(lines)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start, and return when it answers."""
        self._run("pg_ctl", "start", "--wait", "--pgdata", self.data, "--log", self.folder / "log")

    def stop(self, how: str = "fast") -> None:
        """Stop: `smart`, `fast`, or `immediate`, which is as good as a crash. One that does not run is left alone."""
        self._run("pg_ctl", "stop", "--wait", "--mode", how, "--pgdata", self.data, must=False)

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases, as DATABASE_URL has it."""
        return at(f"postgresql://postgres@{quote(str(self.folder), safe='')}/", database)

    def create(self, database: str) -> str:
        """Make a database and return its address."""
        create(self.url(), database)
        return self.url(database)

    def _run(self, program: str, *words: object, must: bool = True) -> None:
        line = [str(self.programs / program), *map(str, words)]
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        # Its output goes to a file: a server inherits what it was started with, and would keep a pipe open.
        with (self.folder / "output").open("w+") as output:
            done = subprocess.run(line, cwd=self.folder, stdout=output, stderr=output, timeout=SECONDS, **who)
            if must and done.returncode:
                output.seek(0)
                raise RuntimeError(f"{program} failed: {output.read()[-2000:]}")


def at(server: str, database: str) -> str:
    """The address of another database of the same server."""
    return f"{server.rpartition('/')[0]}/{database}"


def create(server: str, database: str) -> None:
    """Make a database on the server at that address."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{database}"')


def shared() -> str:
    """The address of the server this test run shares; started by whoever asks first, stopped by `stop_shared`."""
    global _started
    if SHARED not in os.environ:
        _started = Server(max_connections=60)
        _started.start()
        os.environ[SHARED] = _started.url()
    return os.environ[SHARED]


_started: Server | None = None


def stop_shared() -> None:
    """Stop the server that this process started, if it did."""
    global _started
    if _started is not None:
        os.environ.pop(SHARED, None)
        _started.__exit__()
        _started = None


def _unprivileged() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


if __name__ == "__main__":  # whether there is one, as dev.py asks
    if programs() is None:
        print(NOT_HERE[0].upper() + NOT_HERE[1:])
        raise SystemExit(NO_POSTGRESQL)
