"""A real daemon in a process of its own, so that killing it is killing it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiohttp

import sentinel
from sentinel.drills.course import Shape
from sentinel.errors import NoAnswer, Phrase, SentinelError
from sentinel.web.server import SOCKET

START_S: Final = 30.0
STOP_S: Final = 15.0
ASK_S: Final = 5.0
POLL_S: Final = 0.05
SHOWN_LINES: Final = 8

# Everything stays on this machine, and nobody else is to be told that this daemon lives.
_LEFT_OUT: Final = frozenset(
    {
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "notify_socket",
        "watchdog_usec",
        "sentinel_token",
        "sentinel_failpoints",
    }
)


class Process:
    """One daemon: started, asked, killed, started again, stopped."""

    def __init__(self, rules: Path, data: Path, *, listen: str, env: Mapping[str, str]) -> None:
        self._rules = rules
        self._listen = listen
        self._env = _clean(env)
        self._log = rules.parent / "daemon.log"
        self._running: asyncio.subprocess.Process | None = None
        connector = aiohttp.UnixConnector(str(data / SOCKET))
        timeout = aiohttp.ClientTimeout(total=ASK_S)
        self._http = aiohttp.ClientSession("http://daemon", connector=connector, timeout=timeout)

    async def start(self) -> None:
        """Start it; returns before it answers."""
        with self._log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "sentinel",
                "--rules",
                str(self._rules),
                "run",
                "--listen",
                self._listen,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                start_new_session=True,  # Ctrl-C is for us; the daemon is stopped in order
            )

    async def ready(self) -> None:
        """Wait until it is ready.

        Raises:
            SentinelError: It ended, or took too long; says what its log said last.
        """
        try:
            async with asyncio.timeout(START_S):
                while not await self._is_ready():
                    if self._running is None or self._running.returncode is not None:
                        raise self._broken()
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            raise self._broken() from error

    def must_live(self) -> None:
        """Raise if it ended by itself, and not because we killed it.

        Raises:
            SentinelError: It did; says what its log said last.
        """
        if self._running is not None and self._running.returncode is not None:
            raise self._broken()

    async def get(self, path: str) -> Shape:
        """Return what is at `path`.

        Raises:
            NoAnswer: It does not run, or not yet again.
        """
        return await self._ask("GET", path)

    async def post(self, path: str, body: Shape, *, key: str) -> Shape:
        """Send `body`; `key` is its idempotency key, so that it may be sent again.

        Raises:
            NoAnswer: It does not run, or not yet again.
            SentinelError: It refused; says why.
        """
        return await self._ask("POST", path, json=dict(body), headers={"Idempotency-Key": key})

    async def press(self, path: str) -> None:
        """Open a page and press its button, as a person without login does.

        Raises:
            NoAnswer: It does not run, or not yet again.
            SentinelError: The page is not there, or its button does nothing.
        """
        try:
            async with self._http.get(path), self._http.post(path) as answer:
                worked = answer.ok
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoAnswer(_SILENT) from error
        if not worked:
            raise SentinelError(
                Phrase(
                    de=f"Der Dienst nimmt den Link nicht an ({answer.status})",
                    en=f"the daemon does not take the link ({answer.status})",
                )
            )

    async def kill(self) -> None:
        """Kill it (SIGKILL), and wait until it is dead."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to stop; kill it if it does not."""
        try:
            async with asyncio.timeout(STOP_S):
                await self._end(signal.SIGTERM)
        except TimeoutError:
            await self.kill()

    async def close(self) -> None:
        """Leave nothing behind: no process, no connection."""
        try:
            await self.stop()
        finally:
            await self._http.close()

    async def _end(self, how: signal.Signals) -> None:
        running = self._running
        if running is None:
            return
        with suppress(ProcessLookupError):
            running.send_signal(how)
        await running.wait()
        self._running = None

    async def _is_ready(self) -> bool:
        try:
            async with self._http.get("/readyz") as answer:
                return answer.ok
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        json: dict[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Shape:
        try:
            async with self._http.request(method, path, json=json, headers=headers) as answer:
                body: Shape = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise NoAnswer(_SILENT) from error
        if not answer.ok:
            said = str(body.get("detail", answer.status))
            raise SentinelError(
                Phrase(de=f"Der Dienst lehnt ab: {said}", en=f"the daemon refuses: {said}")
            )
        return body

    def _broken(self) -> SentinelError:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = "\n".join(lines[-SHOWN_LINES:])
        return SentinelError(
            Phrase(
                de=f"Der Dienst lief nicht oder lief nicht weiter. Zuletzt sagte er:\n{said}",
                en=f"the daemon did not run, or not on. Its last words:\n{said}",
            )
        )


_SILENT: Final = Phrase(de="Der Dienst antwortet nicht", en="the daemon does not answer")


def _clean(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the daemon; it finds the code that we are."""
    kept = {name: value for name, value in env.items() if name.lower() not in _LEFT_OUT}
    code = str(Path(sentinel.__file__).resolve().parents[1])
    before = env.get("PYTHONPATH")
    return {**kept, "PYTHONPATH": f"{code}:{before}" if before else code}
