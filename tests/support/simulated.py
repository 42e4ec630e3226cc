"""The simulator in a process of its own, for tests that drive a daemon from outside."""

import copy
import json
import subprocess
import sys
import urllib.request
from types import TracebackType
from typing import Any, Self

from tests.support.city import free_port, wait_for


class Simulated:
    """A running simulator, seen with the eyes of one account on each platform."""

    def __init__(self) -> None:
        self.account = "stadt"
        self.listen = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.listen}"

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "sentinel", "simulate", "--listen", self.listen]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self._up, 60, "the simulator")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.terminate()
        self.process.wait(10)

    def _up(self) -> bool:
        try:
            self.ask("GET", "/_faces")
        except OSError:
            return False
        return True

    @property
    def smtp(self) -> str:
        """The address of the simulated mail server."""
        return str(self.ask("GET", f"/email/{self.account}")["base_url"])

    def as_another(self, account: str) -> Self:
        """Return the same simulator with the eyes of another account: it begins empty."""
        other = copy.copy(self)
        other.account = account
        return other

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Call the simulator."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            raw = answer.read()
        return json.loads(raw) if raw else None

    def fault(self, platform: str, kind: str, **more: Any) -> None:
        """Break a platform."""
        self.ask("PUT", "/_faults", {"platform": platform, "kind": kind, **more})

    def heal(self) -> None:
        """Take every fault down."""
        self.ask("DELETE", "/_faults")

    def posts(self, platform: str) -> list[dict[str, Any]]:
        """Return what is kept on a platform."""
        found = self.ask("GET", f"/_posts?platform={platform}&account={self.account}")
        return list(found["items"] if isinstance(found, dict) else found)

    def inbox(self) -> list[dict[str, Any]]:
        """Return what staff were told."""
        found = self.ask("GET", "/_inbox")
        return list(found["items"] if isinstance(found, dict) else found)
