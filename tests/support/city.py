"""A small city for tests: rules whose channels are the simulator's, and a real daemon on them."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import yaml

T = TypeVar("T")

TOKENS = {
    "X_KEY": "x-api-key-canary-1",
    "X_SECRET": "x-api-secret-canary-2",
    "X_TOKEN": "x-access-token-canary-3",
    "X_TOKEN_SECRET": "x-access-secret-canary-4",
    "THREADS_TOKEN": "threads-token-canary-5",
    "MASTODON_TOKEN": "mastodon-token-canary-6",
    "BLUESKY_PASSWORD": "bluesky-password-canary-7",
    "SMTP_PASSWORD": "smtp-password-canary-8",
}
"""Credentials of the city; each value is a canary that must turn up nowhere."""

FAST = {
    "every": "1s",
    "every_in_crisis": "1s",
    "timeout": "2s",
    "recheck_after": "200ms",
    "fall": 2,
    "rise": 2,
    "slow_above": "1s",
}


def channels(simulator: str, smtp: str, account: str = "stadt") -> dict[str, dict[str, Any]]:
    """Return one channel for every platform that there is, all of one simulated account."""
    soon = {"credentials": {"every": "1s"}, "quota": "off", "write_path": {"every": "1s"}}
    return {
        "x-stadt": {
            "platform": "x",
            "base_url": f"{simulator}/x/{account}",
            "public_url": f"{simulator}/x/{account}/public",
            "account": account,
            "credentials": {
                "api_key": "${env:X_KEY}",
                "api_secret": "${env:X_SECRET}",
                "access_token": "${env:X_TOKEN}",
                "access_secret": "${env:X_TOKEN_SECRET}",
            },
            "probes": soon,
        },
        "threads-stadt": {
            "platform": "threads",
            "base_url": f"{simulator}/threads/{account}",
            "public_url": f"{simulator}/threads/{account}/public",
            "credentials": {"access_token": "${env:THREADS_TOKEN}"},
            "probes": soon,
        },
        "mastodon-stadt": {
            "platform": "mastodon",
            "base_url": f"{simulator}/mastodon/{account}",
            "credentials": {"access_token": "${env:MASTODON_TOKEN}"},
            "probes": soon,
        },
        "bluesky-stadt": {
            "platform": "bluesky",
            "base_url": f"{simulator}/bluesky/{account}",
            "public_url": f"{simulator}/bluesky/{account}/public",
            "credentials": {
                "identifier": "stadt.test",
                "app_password": "${env:BLUESKY_PASSWORD}",
            },
            "probes": soon,
        },
        "presse-mail": {
            "platform": "email",
            "base_url": smtp,
            "from": "warnung@musterstadt.example",
            "to": ["presse@musterstadt.example"],
            "tls": "none",
            "probes": soon,
        },
        "warnseite": {
            "platform": "notice_board",
            "directory": "data/public",
            "uplink": "none",
            "exercises": "allow",
            "probes": {"visibility": "off"},
        },
    }


def rules(
    simulator: str,
    smtp: str,
    *,
    listen: str,
    routes: list[dict[str, Any]],
    only: tuple[str, ...] = (),
    account: str = "stadt",
    **more: Any,
) -> dict[str, Any]:
    """Return complete rules; `only` names the channels to keep (empty: all)."""
    chosen = channels(simulator, smtp, account)
    if only:
        chosen = {name: chosen[name] for name in only}
    controls = [f"{simulator}/_control/{number}" for number in (1, 2, 3)]
    return {
        "version": 1,
        "organisation": {"name": "Stadt Musterstadt", "language": "de"},
        "storage": {"url": "sqlite:///data/sentinel.db"},
        "server": {"listen": listen, "public_url": f"http://{listen}"},
        "probing": FAST,
        "uplinks": {"default": {"controls": controls, "lost_below": 2}},
        "channels": chosen,
        "routes": routes,
        "staff": {
            "contacts": {
                "presse": {
                    "language": "de",
                    "addresses": [{"url": simulator.replace("http", "json") + "/_inbox/presse"}],
                }
            },
            "levels": [{"after": "0s", "notify": ["presse"]}],
            "group_wait": "200ms",  # as fast as the probes above
        },
        **more,
    }


def write(folder: Path, document: Mapping[str, Any]) -> Path:
    """Write rules into a folder and return the file."""
    file = folder / "failover_rules.yaml"
    file.write_text(yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False))
    return file


def free_port() -> int:
    """Return a port that nobody listens on, and that no outgoing connection will be given."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - below the ports of connections
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def shape(self) -> dict[str, Any]:
        """What a command with `--json` printed."""
        shape = json.loads(self.out)
        assert isinstance(shape, dict)
        return shape


def command(file: Path, *words: str, env: Mapping[str, str] | None = None) -> Said:
    """Call the `sentinel` command in a process of its own, as a person at a terminal would."""
    call = [sys.executable, "-m", "sentinel", "--rules", str(file), *words]
    ended = subprocess.run(
        call,
        env={**os.environ, **TOKENS, **(env or {})},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return Said(code=ended.returncode, out=ended.stdout, err=ended.stderr)


class Process(Protocol):
    """What is asked of a process, however it was started."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return it."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""

    def kill(self) -> None:
        """Kill it."""


class Daemon:
    """A real daemon in a process of its own.

    `dies_at` names a failpoint (`NAME` or `NAME:N`); only the first start has it.
    """

    def __init__(
        self, file: Path, env: Mapping[str, str] | None = None, *, dies_at: str = ""
    ) -> None:
        self.file = file
        self._dies_at = dies_at
        self.env = {**os.environ, **TOKENS, **(env or {})}
        self.log = file.parent / "daemon.log"
        self.process: Process | None = None

    def __enter__(self) -> Self:
        self.start(SENTINEL_FAILPOINTS=self._dies_at)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, *, ready: bool = True, **env: str) -> None:
        """Start it, and wait until it is ready, unless `ready` is False."""
        self.process = self.launch({**self.env, **env})
        if not ready:
            return
        wait_for(lambda: self.ready() or self._fallen(), 60, "the daemon to be ready")
        assert not self._fallen(), self.log.read_text()[-3000:]

    def launch(self, env: Mapping[str, str]) -> Process:
        """Start a process of its own."""
        command = [sys.executable, "-m", "sentinel", "--rules", str(self.file), "run"]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=Path.cwd())

    def ready(self) -> bool:
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def _fallen(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """Stop it as systemd would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def wait_dead(self, within_s: float = 30) -> None:
        """Wait until it was killed by a failpoint that it reached."""
        assert self.process is not None
        assert self.process.wait(within_s) == -signal.SIGKILL

    def get(self, path: str) -> tuple[int, Any]:
        """GET over the Unix socket."""
        return self.call("GET", path)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Call the API over the Unix socket; return status and body."""
        line = _UnixConnection(str(self.file.parent / "data" / "sentinel.sock"))
        try:
            data = json.dumps(body).encode() if body is not None else None
            line.request(method, path, body=data, headers=headers)
            answer = line.getresponse()
            raw = answer.read()
        finally:
            line.close()
        try:
            return answer.status, json.loads(raw)
        except ValueError:
            return answer.status, raw.decode("utf-8", "replace")

    def send(self, **fields: Any) -> dict[str, Any]:
        """Have a message accepted and return it."""
        body = {"headline": "Hochwasser", "text": "Der Pegel steigt.", "severity": "severe"}
        status, message = self.call("POST", "/api/v1/messages", {**body, **fields})
        assert status == 201, message
        assert isinstance(message, dict)
        return message

    def offer(self, key: str, **fields: Any) -> tuple[int, dict[str, Any]] | None:
        """Offer a message under an Idempotency-Key; None: no answer was heard."""
        body = {"headline": "Hochwasser", "text": "Der Pegel steigt.", "severity": "severe"}
        headers = {"Idempotency-Key": key}
        try:
            return self.call("POST", "/api/v1/messages", {**body, **fields}, **headers)
        except (OSError, http.client.HTTPException):
            return None

    def messages(self) -> list[dict[str, Any]]:
        """Return every message that it keeps, latest first."""
        status, page = self.get("/api/v1/messages?limit=200")
        assert status == 200, page
        assert page["next"] is None, "more than a page"
        return list(page["items"])

    def journal_holds(self) -> bool:
        """Ask whether the journal is gapless and its chain of hashes unbroken."""
        status, result = self.get("/api/v1/journal?verify=1")
        assert status == 200, result
        return bool(result["ok"])

    def message(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return a message as it stands now."""
        status, shape = self.get(f"/api/v1/messages/{message['id']}")
        assert status == 200, shape
        assert isinstance(shape, dict)
        return shape

    def state_on(self, message: Mapping[str, Any], channel: str) -> str | None:
        """Return the state of a message's delivery on a channel."""
        found = [d["state"] for d in self.message(message)["deliveries"] if d["channel"] == channel]
        return str(found[0]) if found else None

    def ability(self, channel: str, ability: str) -> tuple[str, str | None]:
        """Return state and cause of an ability."""
        _, shape = self.get(f"/api/v1/channels/{channel}")
        verdict = shape["abilities"][ability]
        return verdict["state"], verdict["cause"]


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("sentinel", timeout=20)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(20)
        self.sock.connect(self._path)


def wait_for(condition: Callable[[], T], within_s: float, what: str) -> T:
    """Return the first true value of `condition`; fail saying `what` was waited for."""
    end = time.monotonic() + within_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"waited {within_s} s for {what}"
        time.sleep(0.05)
