"""A PostgreSQL server of the tests' own: Debian's, in a folder that is deleted afterwards, reached by a Unix socket."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from gateway.records.address import PostgresAddress, postgres_address

_START_S = 60
# What a crash of the machine would cost does not matter here, and the tests do not wait for disks.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "60",
    "autovacuum": "off",
    "shared_buffers": "16MB",
    "log_min_messages": "fatal",
}


def _program(name: str) -> str:
    """Return a program of PostgreSQL, which Debian keeps out of everybody's path; fail where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    program = str(found[-1]) if found else shutil.which(name)
    assert program, f"PostgreSQL is missing ({name}): run tools/install_test_peers.sh"
    return program


def _server_user() -> str | None:
    """Return the user to run the server as, where this one is root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class PostgresServer:
    """A server that can be stopped and started again, and makes databases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._user = _server_user()
        self._process: subprocess.Popen[bytes] | None = None

    def initialise(self) -> None:
        """Make the server's files."""
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        command = [_program("initdb"), "-D", str(self.data), "-U", "tests", "-A", "trust", "--no-sync", "-E", "UTF8"]
        command += ["--locale", "C.UTF-8"]
        subprocess.run(command, check=True, capture_output=True, user=self._user, cwd=self.folder)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        self._process = subprocess.Popen(
            [_program("postgres"), "-D", str(self.data), "-k", str(self.folder), *settings],
            user=self._user,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_S
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, "PostgreSQL did not start"
                assert time.monotonic() < deadline, "PostgreSQL does not answer"
                time.sleep(0.02)  # there is nothing to wait on: its socket is there before it answers
            else:
                return

    def stop(self) -> None:
        """Stop the server at once, as a crash would."""
        if self._process is not None:
            self._process.send_signal(3)  # SIGQUIT: immediate shutdown
            self._process.wait(_START_S)
            self._process = None

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://tests@/{database}?host={self.folder}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple]:
        """Run a statement outside of a transaction and return its rows."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_database(self, template: str = "template1") -> str:
        """Make a database and return its name."""
        name = f"records_{secrets.token_hex(4)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def address(self, database: str, gateway: str = "front-desk") -> PostgresAddress:
        """Return a database's address for a gateway of a name."""
        return postgres_address(self.url(database), gateway)


@contextmanager
def postgres_server(folder: Path) -> Iterator[PostgresServer]:
    """Run a server in ``folder``; a Unix socket's path has to be short."""
    server = PostgresServer(folder)
    server.initialise()
    server.start()
    try:
        yield server
    finally:
        server.stop()
