"""What a supervisor (systemd) is told: ready, still working, stopping."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from datetime import timedelta


class Supervisor:
    """The `sd_notify` protocol; silent where nobody listens."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._address = env.get("NOTIFY_SOCKET", "")
        self._watchdog_us = int(env.get("WATCHDOG_USEC", "0") or 0)

    @property
    def watchdog_every(self) -> timedelta | None:
        """How often `alive` should be said: twice in the time that systemd waits."""
        if not self._address or not self._watchdog_us:
            return None
        return timedelta(microseconds=self._watchdog_us / 2)

    def ready(self) -> None:
        """Say that the daemon is up."""
        self._say("READY=1")

    def reloading(self) -> None:
        """Say that the rules are being read again."""
        self._say("RELOADING=1")

    def alive(self) -> None:
        """Say that the daemon really works."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the daemon is going down on purpose."""
        self._say("STOPPING=1")

    def _say(self, word: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(word.encode(), address)
