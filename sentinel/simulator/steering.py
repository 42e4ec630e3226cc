"""The endpoints that steer a simulator and show what it saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from aiohttp import web

from sentinel.errors import InputError
from sentinel.simulator.faults import Board


class Steered(Protocol):
    """What the endpoints need of a simulator."""

    faults: Board

    def posts(self, platform: str | None, account: str | None) -> list[dict[str, Any]]:
        """Return what was posted."""

    def arrivals(self, platform: str | None, account: str | None) -> list[dict[str, Any]]:
        """Return every request to publish."""

    def notes(self, name: str | None) -> list[dict[str, Any]]:
        """Return what staff were told."""

    def forget_notes(self) -> None:
        """Empty the staff's inbox."""

    def shown_faces(self) -> list[dict[str, Any]]:
        """Return every face."""


class Steering:
    """`/_posts`, `/_arrivals`, `/_faults`, `/_faces` and the whole of `/_inbox`."""

    def __init__(self, simulator: Steered) -> None:
        self._simulator = simulator

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the endpoints."""
        return (
            web.get("/_posts", self._posts),
            web.get("/_arrivals", self._arrivals),
            web.get("/_faces", self._faces),
            web.get("/_inbox", self._notes),
            web.delete("/_inbox", self._forget),
            web.get("/_faults", self._faults),
            web.put("/_faults", self._put),
            web.delete("/_faults", self._clear),
        )

    async def _posts(self, request: web.Request) -> web.Response:
        asked = request.query
        return web.json_response(self._simulator.posts(asked.get("platform"), asked.get("account")))

    async def _arrivals(self, request: web.Request) -> web.Response:
        asked = request.query
        return web.json_response(
            self._simulator.arrivals(asked.get("platform"), asked.get("account"))
        )

    async def _faces(self, _request: web.Request) -> web.Response:
        return web.json_response(self._simulator.shown_faces())

    async def _notes(self, request: web.Request) -> web.Response:
        return web.json_response(self._simulator.notes(request.query.get("name")))

    async def _forget(self, _request: web.Request) -> web.Response:
        self._simulator.forget_notes()
        return web.Response(status=204)

    async def _faults(self, _request: web.Request) -> web.Response:
        return web.json_response([fault.shown() for fault in self._simulator.faults.listed()])

    async def _put(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
        except ValueError:
            return _problem(400, "Malformed JSON", "the body is not JSON", "")
        try:
            fault = self._simulator.faults.read(body)
        except InputError as error:
            return _problem(422, "Not possible", error.phrase.en, error.field)
        return web.json_response(fault.shown())

    async def _clear(self, request: web.Request) -> web.Response:
        asked = request.query
        if odd := sorted(set(asked) - {"platform", "account", "kind"}):
            return _problem(422, "Not possible", "known: platform, account, kind", odd[0])
        gone = self._simulator.faults.clear(
            asked.get("platform"), asked.get("account"), asked.get("kind")
        )
        return web.json_response({"cleared": gone})


def _problem(status: int, title: str, detail: str, field: str) -> web.Response:
    return web.json_response(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, "field": field},
        status=status,
        content_type="application/problem+json",
    )
