"""The engines that the storage tests run on: a file, and a PostgreSQL cluster of their own.

The cluster is made with the machine's own binaries in a temporary folder and
listens on a socket there, so it needs no port and meets no other cluster.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

BINARIES = ("initdb", "pg_ctl")
SERVER_USER = "postgres"
_SEARCH = os.pathsep.join(
    [os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin")))]
)


@dataclass(kw_only=True)
class Cluster:
    """A running PostgreSQL server."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def empty(self, *options: str) -> str:
        """Return the URL, as it stands in the rules, of a place with no tables in it.

        A schema of its own, which is much faster made than a database. It goes
        with the cluster.
        """
        name = f"test_{next(self.numbers)}"
        with psycopg.connect(self._url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        return self._url(f"-csearch_path={name}", *options)

    def end_connections(self) -> None:
        """End every connection of ours, as a restart of the server would."""
        with psycopg.connect(self._url(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'sentinel'"
            )

    def restart(self, mode: str) -> None:
        """Stop the server, `fast` or `immediate` (as a crash would), and start it again."""
        _run("pg_ctl", "-D", self.folder / "data", "-m", mode, "-w", "stop")
        _start(self.folder)

    def _url(self, *options: str) -> str:
        given = f"&options={quote(' '.join(options))}" if options else ""
        return f"postgresql://{SERVER_USER}@/postgres?host={self.folder}{given}"


def why_no_cluster() -> str | None:
    """Return why PostgreSQL cannot be started here; None if it can."""
    absent = [name for name in BINARIES if shutil.which(name, path=_SEARCH) is None]
    if absent:
        return f"PostgreSQL is not installed: no {' and no '.join(absent)}"
    if os.geteuid() == 0:
        if shutil.which("runuser") is None:
            return "PostgreSQL refuses to run as root, and there is no runuser"
        if SERVER_USER not in {user.pw_name for user in pwd.getpwall()}:
            return f"PostgreSQL refuses to run as root, and there is no user {SERVER_USER}"
    return None


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Yield a running cluster; skip, saying why, where there can be none."""
    if reason := why_no_cluster():
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="sentinel-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVER_USER)
        data = folder / "data"
        _run("initdb", "-D", data, "-A", "trust", "-U", SERVER_USER, "--no-sync", "-E", "UTF8")
        _start(folder)
        try:
            yield Cluster(folder=folder)
        finally:
            _run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> None:
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    log = folder / "log"
    _run("pg_ctl", "-D", folder / "data", "-w", "-l", log, "-o", options, "start")


def _run(name: str, *arguments: str | Path) -> None:
    binary = shutil.which(name, path=_SEARCH)
    assert binary is not None
    as_server = ["runuser", "-u", SERVER_USER, "--"] if os.geteuid() == 0 else []
    environment: Mapping[str, str] = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [*as_server, binary, *map(str, arguments)],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if name == "initdb" else subprocess.DEVNULL,
        cwd="/",
        env=environment,
    )
