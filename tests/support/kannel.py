"""A real SMS gateway: Kannel, with the SMS centre that its makers ship for tests.

It is a package of Debian (`apt-get install kannel kannel-extras`) and is not
installed by the tests. A machine without it skips them, saying why.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote_to_bytes

import pytest

from tests.support.city import free_port, wait_for

USER, PASSWORD = "stadt", "p&ss w+rd"
_START_S = 30
_CENTRE = Path("/usr/lib/kannel/test/fakesmsc")
_GOT = re.compile(r"Got message \d+: <(.*)>$", re.MULTILINE)
_HEAD = re.compile(r"100 (\+\d+) (?:udh \S+ )?(text|data|ucs-2) (.*)")


class Kannel:
    """Gateway and SMS centre on free ports of this machine."""

    def __init__(self, folder: Path) -> None:
        self._programs = installed()
        self._folder = folder
        self._ports = {name: free_port() for name in ("admin", "box", "centre", "http")}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.url = f"http://127.0.0.1:{self._ports['http']}"

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._settings.write_text(self._configuration())
        try:
            self._start("bearerbox", str(self._settings))
            self._answers("box")
            self.switch_on()
            self._start("smsbox", str(self._settings))
            self._answers("http")
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def switch_on(self) -> None:
        """Start the SMS centre, and wait until the gateway has it."""
        before = self._log("bearerbox").count("Fakesmsc client connected")
        port = str(self._ports["centre"])
        where = ("-H", "127.0.0.1", "-r", port, "-m", "0", "-v", "0")
        self._start("fakesmsc", *where, "100 200 text none")
        wait_for(
            lambda: self._log("bearerbox").count("Fakesmsc client connected") > before,
            _START_S,
            "the SMS centre to be connected",
        )

    def switch_off(self) -> None:
        """Stop the SMS centre: the gateway keeps what it takes until it is back."""
        _end(self._running.pop("fakesmsc"))

    def messages(self) -> list[tuple[str, str]]:
        """Return number and text of all that came to the SMS centre, long ones in parts."""
        found: list[tuple[str, str]] = []
        for line in _GOT.findall(self._log("fakesmsc")):
            if head := _HEAD.fullmatch(line):
                found.append((head[1], _read(head[2], head[3])))
            else:  # it writes each line of a text apart
                to, text = found.pop()
                found.append((to, f"{text}\n{line}"))
        return found

    @property
    def _settings(self) -> Path:
        return self._folder / "kannel.conf"

    def _log(self, name: str) -> str:
        path = self._folder / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _start(self, name: str, *words: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as out:
            self._running[name] = subprocess.Popen(
                [self._programs[name], *words], stdout=out, stderr=out, cwd=self._folder
            )

    def _answers(self, port: str) -> None:
        def open_() -> bool:
            for name, process in self._running.items():
                assert process.poll() is None, f"{name} fell: {self._log(name)[-2000:]}"
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self._ports[port])) == 0

        wait_for(open_, _START_S, f"Kannel's {port} port")

    def _stop(self) -> None:
        for process in reversed(list(self._running.values())):
            _end(process)
        self._running.clear()

    def _configuration(self) -> str:
        ports = self._ports
        return f"""
group = core
admin-port = {ports["admin"]}
admin-password = {PASSWORD.replace(" ", "")}
admin-allow-ip = "127.0.0.1"
smsbox-port = {ports["box"]}
smsbox-interface = "127.0.0.1"
box-allow-ip = "127.0.0.1"
store-type = file
store-location = "{self._folder / "store"}"
dlr-storage = internal
sms-resend-freq = 1

group = smsc
smsc = fake
smsc-id = FAKE
host = 127.0.0.1
port = {ports["centre"]}
connect-allow-ip = "127.0.0.1"

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {ports["box"]}
sendsms-port = {ports["http"]}
sendsms-interface = "127.0.0.1"
global-sender = 100

group = sendsms-user
username = {USER}
password = "{PASSWORD}"
concatenation = true
max-messages = 10
black-list-regex = "^[+]33"

group = sms-service
keyword = default
text = "none"
omit-empty = true
max-messages = 0
"""


def installed() -> dict[str, str]:
    """Return where Kannel's programs are. Skips the test where they are not."""
    centre = str(_CENTRE) if _CENTRE.exists() else shutil.which("fakesmsc")
    places = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
    found = {name: shutil.which(name, path=places) for name in ("bearerbox", "smsbox")}
    found["fakesmsc"] = centre
    missing = sorted(name for name, place in found.items() if not place)
    if missing:
        words = f"{', '.join(missing)} not found (apt-get install kannel kannel-extras)"
        pytest.skip(f"NO REAL KANNEL: {words}")
    return {name: str(place) for name, place in found.items()}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def _read(kind: str, words: str) -> str:
    """Return a text as the SMS centre writes it: plain, or escaped."""
    if kind == "text":
        return words
    content = unquote_to_bytes(words.replace("+", "%20"))
    wide = kind == "ucs-2" or b"\x00" in content  # parts of a long text come without a kind
    return content.decode("utf-16-be" if wide else "utf-8", "replace")
