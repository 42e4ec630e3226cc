"""Risks and figures: what may go wrong, and how well it went over the years."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from aiohttp import web

from sentinel.errors import Phrase
from sentinel.service.figures import availability_shape
from sentinel.service.report import report_shape
from sentinel.service.risks import risks_shape
from sentinel.web.access import PARTS, Scope, need
from sentinel.web.answers import answer, invalid, number_of
from sentinel.web.problems import Problem

DAYS = 30
_FIRST, _LAST = date(2000, 1, 1), date(2999, 12, 31)


def routes() -> list[web.RouteDef]:
    """Return the routes of this family."""
    return [
        web.get("/api/v1/risks", _risks),
        web.get("/api/v1/channels/{id}/availability", _availability),
        web.get("/api/v1/report", _report),
    ]


async def _risks(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    parts = request.app[PARTS]
    async with parts.storage.read() as view:
        return answer(await risks_shape(view, parts.board, parts.ledger))


async def _availability(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    parts, name = request.app[PARTS], request.match_info["id"]
    if name not in parts.board.rules.channels:
        raise Problem(404, Phrase(de=f"Es gibt kein {name!r}", en=f"there is no {name!r}"))
    days = number_of(request.query, "days", DAYS)
    if not 1 <= days <= parts.board.rules.retention.rollups // timedelta(days=1):
        raise invalid("days")
    async with parts.storage.read() as view:
        return answer(await availability_shape(view, name, days, parts.board.now()))


async def _report(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    parts, query = request.app[PARTS], request.query
    first, last = _day(query, "from"), _day(query, "to")
    if last < first:
        raise invalid("to")
    async with parts.storage.read() as view:
        return answer(await report_shape(view, parts.board, first, last))


def _day(query: Mapping[str, str], name: str) -> date:
    try:
        day = date.fromisoformat(query.get(name, ""))
    except ValueError:
        raise invalid(name) from None
    if not _FIRST <= day <= _LAST:
        raise invalid(name)
    return day
