"""A whole daemon inside the test: real rules, real SQLite, real sockets, and the simulator."""

import asyncio
import json
import warnings
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import apprise

from sentinel.app.clock import SYSTEM
from sentinel.app.daemon import Options, run
from sentinel.app.logs import Mask
from sentinel.service.parts import Parts
from sentinel.simulator.server import Simulator
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from tests.support import city

T = TypeVar("T")

with warnings.catch_warnings():  # its plug-ins are loaded at first use, old ones among them
    warnings.simplefilter("ignore")
    apprise.Apprise().add("json://127.0.0.1")

TESTER = Actor(kind="person", id="tester")
WARNING = {"headline": "Hochwasser an der Saar", "text": "Der Pegel steigt.", "severity": "severe"}


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the tests run in real time


def simulator() -> Simulator:
    return Simulator(now=utc_now)


def route(*priority: str, **more: Any) -> dict[str, Any]:
    """A route for every message."""
    return {"name": "alles", "match": {}, "priority": list(priority), **more}


async def rules_for(
    sim: Simulator, folder: Path, routes: list[dict[str, Any]], **more: Any
) -> Path:
    """Write the small city's rules; `more` as `city.rules` takes it, and any section."""
    smtp = await sim.address("email", "stadt")
    document = city.rules(sim.url, smtp, listen="127.0.0.1:8080", routes=routes, **more)
    if "warnseite" in document["channels"]:  # the daemon's own port is not known yet
        document["channels"]["warnseite"]["public_url"] = f"{sim.url}/_control/page"
    return city.write(folder, document)


class House:
    """A running daemon. Use it as `async with House(file) as house`."""

    def __init__(self, file: Path, env: Mapping[str, str] | None = None) -> None:
        self.file = file
        self.env = dict(city.TOKENS if env is None else env)
        self.mask = Mask()
        self.listen = "127.0.0.1:0"
        self.clock = SYSTEM
        self._stop = asyncio.Event()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        began: asyncio.Future[Parts] = asyncio.get_running_loop().create_future()
        options = Options(rules=self.file, env=self.env, listen=self.listen)
        async with AsyncExitStack() as opening:
            group = await opening.enter_async_context(asyncio.TaskGroup())
            opening.callback(self._stop.set)
            running = group.create_task(
                run(
                    options,
                    self._stop,
                    mask=self.mask,
                    started=began.set_result,
                    clock=self.clock,
                )
            )
            running.add_done_callback(lambda _: began.done() or began.cancel())
            with suppress(asyncio.CancelledError):
                await began
            if began.cancelled():
                running.result()
                raise AssertionError("the daemon ended before it began")
            self.parts = began.result()
            self.url = f"http://{self.parts.address}"
            self.web = await opening.enter_async_context(aiohttp.ClientSession(self.url))
            socket = Path(self.parts.board.rules.storage_data) / "sentinel.sock"
            near = aiohttp.UnixConnector(str(socket))
            self.near = await opening.enter_async_context(
                aiohttp.ClientSession("http://sentinel", connector=near)
            )
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    @property
    def storage(self) -> Storage:
        return self.parts.storage

    async def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Call the API over the Unix socket; return status and body."""
        data = None if body is None else json.dumps(body).encode()
        async with self.near.request(method, path, data=data, headers=headers) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if "json" in answer.content_type else raw.decode()

    async def send(self, **fields: Any) -> dict[str, Any]:
        """Have a message accepted and return it."""
        status, message = await self.call("POST", "/api/v1/messages", {**WARNING, **fields})
        assert status == 201, message
        assert isinstance(message, dict)
        return message

    async def message(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return a message as it stands now."""
        status, shape = await self.call("GET", f"/api/v1/messages/{message['id']}")
        assert status == 200, shape
        assert isinstance(shape, dict)
        return shape

    async def states(self, message: Mapping[str, Any]) -> dict[str, str]:
        """Return the state of each of a message's deliveries, by channel."""
        shape = await self.message(message)
        return {d["channel"]: d["state"] for d in shape["deliveries"]}

    async def live(self, message: Mapping[str, Any], within_s: float = 5) -> dict[str, Any]:
        """Wait until a message is live."""

        async def is_live() -> dict[str, Any] | None:
            shape = await self.message(message)
            return shape if shape["state"] == "live" else None

        return await until(is_live, within_s, "the message to be live")

    def verdict(self, channel: str, ability: str) -> tuple[str, str | None]:
        """Return state and cause of an ability."""
        found = {
            str(name): verdict
            for name, verdict in self.parts.board.health(channel).verdicts.items()
        }[ability]
        return str(found.state), str(found.cause) if found.cause else None

    async def judged(
        self, channel: str, ability: str, state: str, cause: str | None, within_s: float = 6
    ) -> None:
        """Wait for a verdict."""

        async def so() -> bool:
            return self.verdict(channel, ability) == (state, cause)

        await until(
            so, within_s, lambda: f"{state} ({cause}), it is {self.verdict(channel, ability)}"
        )

    async def journal(self, *kinds: str) -> list[Any]:
        """Return the journal's entries of these kinds (none: of all)."""
        async with self.storage.read() as view:
            entries = await view.entries(after=0, limit=10_000)
        return [entry for entry in entries if not kinds or entry.kind in kinds]


async def until(
    condition: Callable[[], Awaitable[T | None]], within_s: float, what: str | Callable[[], str]
) -> T:
    """Return the first true value of `condition`; fail saying `what` was waited for."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    while True:
        found = await condition()
        if found:
            return found
        said = what if isinstance(what, str) else what()
        assert loop.time() < end, f"waited {within_s} s for {said}"
        await asyncio.sleep(0.02)
