"""A real Matrix homeserver: Synapse, as most homeservers are.

It is pinned by hash in `requirements/synapse.txt` and installed once into a
Python of its own in `.e2e/`. A machine that cannot install it skips the tests,
saying why.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import pytest

from tests.support.city import free_port, wait_for

PINS = Path(__file__).parents[2] / "requirements" / "synapse.txt"
KEPT = Path(__file__).parents[2] / ".e2e"
NAME = "musterstadt.test"
BURST = 5
"""How many messages an account may send at once; then one in five seconds."""

_SECRET = "registration-of-the-test-server"
_INSTALL_S = 400
_START_S = 60
_CLIENT = "/_matrix/client/v3"


@dataclass(frozen=True, kw_only=True)
class User:
    """An account, on one device."""

    id: str
    token: str


class Synapse:
    """One homeserver on a free port of this machine, with SQLite. Its data outlive a kill."""

    def __init__(self, folder: Path) -> None:
        self._python = installed() / "bin" / "python"
        self._folder = folder
        self._port = free_port()
        self._running: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._settings.write_text(json.dumps(self._configuration()))
        words = [str(self._python), "-m", "synapse.app.homeserver", "-c", str(self._settings)]
        made = subprocess.run([*words, "--generate-keys"], capture_output=True, check=False)
        assert made.returncode == 0, made.stderr.decode()[-2000:]
        try:
            self.revive()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._running is not None and self._running.poll() is None:
            self._running.kill()
            self._running.wait(20)

    def revive(self) -> None:
        """Start it on the data that it has, unless it runs."""
        if self._running is not None and self._running.poll() is None:
            return
        log = self._folder / "synapse.log"
        words = [str(self._python), "-m", "synapse.app.homeserver", "-c", str(self._settings)]
        with log.open("ab") as out:
            process = subprocess.Popen(words, stdout=out, stderr=out, cwd=self._folder)
        self._running = process

        def answers() -> bool:
            assert process.poll() is None, f"Synapse fell: {log.read_text()[-2000:]}"
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=5):
                    return True
            except OSError:
                return False

        wait_for(answers, _START_S, "Synapse to answer")

    def account(self, name: str) -> User:
        """Make an account, logged in on a device of its own."""
        path = "/_synapse/admin/v1/register"
        nonce = self.call("GET", path)["nonce"]
        parts = [nonce, name, "a-password", "notadmin"]
        mac = hmac.new(_SECRET.encode(), "\x00".join(parts).encode(), hashlib.sha1).hexdigest()
        wanted = {"nonce": nonce, "username": name, "password": "a-password", "admin": False}
        made = self.call("POST", path, body=wanted | {"mac": mac})
        return User(id=made["user_id"], token=made["access_token"])

    def log_in(self, user: User) -> User:
        """Log an account in once more: another token, and another device."""
        who = {"type": "m.id.user", "user": user.id}
        body = {"type": "m.login.password", "identifier": who, "password": "a-password"}
        made = self.call("POST", f"{_CLIENT}/login", body=body)
        return User(id=user.id, token=made["access_token"])

    def room(self, owner: User, *, alias: str = "", history: str = "world_readable") -> str:
        """Make a public room, and return its id."""
        body: dict[str, Any] = {"preset": "public_chat", "name": "Lage"}
        state = {"history_visibility": history}
        body["initial_state"] = [{"type": "m.room.history_visibility", "content": state}]
        if alias:
            body["room_alias_name"] = alias
        return str(self.call("POST", f"{_CLIENT}/createRoom", body=body, user=owner)["room_id"])

    def join(self, user: User, room: str) -> None:
        """Have somebody join a room."""
        self.call("POST", f"{_CLIENT}/join/{quote(room, safe='')}", body={}, user=user)

    def silence(self, owner: User, room: str) -> None:
        """Have a room in which only its owner may speak."""
        path = f"{_CLIENT}/rooms/{quote(room, safe='')}/state/m.room.power_levels"
        levels = self.call("GET", path, user=owner)
        self.call("PUT", path, body={**levels, "events_default": 50}, user=owner)

    def messages(self, reader: User, room: str) -> list[dict[str, Any]]:
        """Return the content of the messages in a room, latest first, as a reader gets them."""
        path = f"{_CLIENT}/rooms/{quote(room, safe='')}/messages?dir=b&limit=100"
        shown = self.call("GET", path, user=reader)["chunk"]
        return [dict(each["content"]) for each in shown if each["type"] == "m.room.message"]

    def call(
        self, method: str, path: str, *, body: Any = None, user: User | None = None
    ) -> Mapping[str, Any]:
        """Call the homeserver's API."""
        request = urllib.request.Request(f"{self.url}{path}", method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if user is not None:
            request.add_header("Authorization", f"Bearer {user.token}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                said: Mapping[str, Any] = json.load(answer)
                return said
        except urllib.error.HTTPError as error:
            with error:
                words = error.read().decode("utf-8", "replace")
            raise AssertionError(f"{method} {path}: {error.code} {words}") from error

    @property
    def _settings(self) -> Path:
        return self._folder / "homeserver.yaml"  # JSON is YAML

    def _configuration(self) -> Mapping[str, Any]:
        listener = {
            "port": self._port,
            "type": "http",
            "bind_addresses": ["127.0.0.1"],
            "resources": [{"names": ["client", "health"], "compress": False}],
        }
        plenty = {"per_second": 1000, "burst_count": 1000}
        return {
            "server_name": NAME,
            "pid_file": str(self._folder / "synapse.pid"),
            "listeners": [listener],
            "database": {"name": "sqlite3", "args": {"database": str(self._folder / "hs.db")}},
            "media_store_path": str(self._folder / "media"),
            "signing_key_path": str(self._folder / "signing.key"),
            "registration_shared_secret": _SECRET,
            "macaroon_secret_key": "macaroon-of-the-test-server",
            "form_secret": "form-of-the-test-server",
            "report_stats": False,
            "bcrypt_rounds": 4,  # passwords of tests need not be dear
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            "rc_message": {"per_second": 0.2, "burst_count": BURST},
            "rc_login": {"address": plenty, "account": plenty},
            "rc_registration": plenty,
            "rc_joins": {"local": plenty},
        }


def installed() -> Path:
    """Return the folder with Synapse's own Python, installed first where it is not yet.

    Skips the test where that cannot be done: no packages, or no virtual environments.
    """
    place = KEPT / f"synapse-{hashlib.sha256(PINS.read_bytes()).hexdigest()[:12]}"
    if place.exists():
        return place
    KEPT.mkdir(exist_ok=True)
    (KEPT / ".gitignore").write_text("*\n")
    fresh = Path(tempfile.mkdtemp(prefix="installing-", dir=KEPT))
    try:
        _run([sys.executable, "-m", "venv", str(fresh)])
        python = str(fresh / "bin" / "python")
        quiet = ("--disable-pip-version-check", "--quiet")
        pins = ("--require-hashes", "--only-binary", ":all:", "--requirement", str(PINS))
        _run([python, "-m", "pip", *quiet, "install", *pins])
        try:
            fresh.rename(place)  # there whole, or not at all
        except OSError:
            # Another worker installed the same meanwhile; theirs is as good.
            if not place.is_dir():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def _run(words: list[str]) -> None:
    try:
        run = subprocess.run(words, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"NO REAL SYNAPSE: {words[2]} took longer than {_INSTALL_S} s")
    if run.returncode != 0:
        pytest.skip(f"NO REAL SYNAPSE: {words[2]} failed: {run.stderr.strip()[-600:]}")
