"""The simulator: every face under one address, and the endpoints that steer it.

`/{platform}/{account}` is a platform's API, `/{platform}/{account}/public` what
citizens look at. Names that begin with `_` are the simulator's own: `_posts`,
`_arrivals`, `_faults`, `_faces`, the staff's `_inbox`, the city's own `_site`,
the operators' `_status` pages, and the `_control` addresses that an uplink check asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from sentinel.errors import InputError, Phrase
from sentinel.simulator.desk import Desk
from sentinel.simulator.faces import Face, HttpFace, PortFace, faces
from sentinel.simulator.faults import Board, Target
from sentinel.simulator.own import Control, Inbox
from sentinel.simulator.site import Site
from sentinel.simulator.status_pages import StatusPages
from sentinel.simulator.steering import Steering
from sentinel.simulator.world import World

FIRST_ACCOUNT = "stadt"  # the account whose port is open from the start
PACE = 60.0  # a documented window of an hour lasts a minute here


class Simulator:
    """Platforms on loopback. Use it as `async with Simulator(now=clock) as sim`.

    `pace` says how many times faster than documented the platforms' rate-limit
    windows run, so that a drill of two minutes may probe as often as hours of
    real life would; 1 is the documented pace. Nothing else is hurried.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        host: str = "127.0.0.1",
        port: int = 0,
        pace: float = PACE,
    ) -> None:
        self._now = now
        self._host = host
        self._port = port
        self.world = World(pace)
        self._inbox = Inbox()
        self._site = Site()
        self._faces: Mapping[str, Face] = {
            **faces(),
            Control.name: Control(),
            Inbox.name: self._inbox,
            Site.name: self._site,
            StatusPages.name: StatusPages(),
        }
        self.faults = Board(self._targets, now)
        self._desk = Desk(self.world, self.faults, now)
        self._open = AsyncExitStack()
        self.url = ""  # known once it runs

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            application = web.Application()
            application.add_routes(Steering(self).routes())
            application.router.add_route("*", "/{platform}/{account}{path:(/.*)?}", self._serve)
            # A caller that hangs up ends the wait; what it asked for is done by then.
            runner = web.AppRunner(
                application, access_log=None, handler_cancellation=True, shutdown_timeout=1.0
            )
            await runner.setup()
            opening.push_async_callback(runner.cleanup)
            opening.callback(self._desk.closing.set)
            site = web.TCPSite(runner, self._host, self._port)
            await site.start()
            self._port = runner.addresses[0][1]
            self.url = f"http://{self._host}:{self._port}"
            for face in self._faces.values():
                if isinstance(face, PortFace):
                    opening.push_async_callback(face.close)
                    await self.address(face.name, FIRST_ACCOUNT)
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def address(self, platform: str, account: str) -> str:
        """Return the `base_url` of a channel; opens the port of a platform that has its own.

        Raises:
            InputError: There is no such platform.
        """
        face = self._faces.get(platform)
        if face is None:
            raise _unknown_platform(platform, self._faces)
        if isinstance(face, PortFace):
            return await face.open(
                account, host=self._host, world=self.world, board=self.faults, now=self._now
            )
        return f"{self.url}/{platform}/{account}"

    def public_address(self, platform: str, account: str) -> str:
        """Return the `public_url` of a channel."""
        return f"{self.url}/{platform}/{account}/public"

    def posts(
        self, platform: str | None = None, account: str | None = None
    ) -> list[dict[str, Any]]:
        """Return what was posted, oldest first, as `GET /_posts` does."""
        return self.world.posts(platform, account, self._now())

    def arrivals(
        self, platform: str | None = None, account: str | None = None
    ) -> list[dict[str, Any]]:
        """Return every request to publish, refused ones too, as `GET /_arrivals` does."""
        return self.world.arrived(platform, account)

    def notes(self, name: str | None = None) -> list[dict[str, Any]]:
        """Return what staff were told, as `GET /_inbox` does."""
        return self._inbox.notes(name)

    def show(self, site: str, folder: Path) -> None:
        """Show what lies in `folder` as the city's own web site of that name."""
        self._site.show(site, folder)

    def forget_notes(self) -> None:
        """Empty the staff's inbox."""
        self._inbox.forget()

    def shown_faces(self) -> list[dict[str, Any]]:
        """Return every face with its addresses and kinds, as `GET /_faces` does."""
        return [
            {
                "platform": face.name,
                "operator": face.operator,
                "base_url": f"{self.url}/{face.name}/{{account}}",
                "open": dict(face.opened()) if isinstance(face, PortFace) else {},
                "kinds": sorted(face.kinds),
            }
            for face in self._faces.values()
        ]

    def _targets(self) -> list[Target]:
        return [face.target for face in self._faces.values()]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        parts = request.match_info
        face = self._faces.get(parts["platform"])
        account, path = parts["account"], parts["path"]
        if isinstance(face, HttpFace):
            return await self._desk.serve(request, face, account, path)
        if isinstance(face, PortFace) and not path.strip("/"):
            return web.json_response({"base_url": await self.address(face.name, account)})
        raise web.HTTPNotFound(text=f"no face {parts['platform']!r}; see /_faces")


def _unknown_platform(platform: str, known: Mapping[str, Face]) -> InputError:
    """Return the error that says which platforms there are."""
    names = ", ".join(sorted(known))
    return InputError(
        Phrase(
            de=f"Plattform {platform!r} wird nicht simuliert; bekannt: {names}",
            en=f"platform {platform!r} is not simulated; known: {names}",
        ),
        field="platform",
    )


async def serve(
    listen: str, stop: asyncio.Event, *, now: Callable[[], datetime], pace: float = PACE
) -> None:
    """Run a simulator on `HOST:PORT` until `stop` is set.

    Raises:
        InputError: `listen` is not HOST:PORT.
        OSError: Nothing can listen there.
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise InputError(
            Phrase(de=f"{listen!r} ist nicht HOST:PORT", en=f"{listen!r} is not HOST:PORT"),
            field="listen",
        )
    async with Simulator(now=now, host=host, port=int(port), pace=pace):
        await stop.wait()
