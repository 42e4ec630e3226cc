"""What monitoring systems ask: alive, ready, healthy, and the metrics."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from aiohttp import web

from sentinel import __version__
from sentinel.domain.message import MessageState
from sentinel.domain.plan import View
from sentinel.domain.posture import Posture
from sentinel.domain.summary import Status, Works, counts, observed, overall
from sentinel.service.metrics import exposition
from sentinel.service.parts import Parts
from sentinel.service.shapes import stamp
from sentinel.web.access import PARTS, Scope, identify

_WORDS = {"up": "pass", "degraded": "warn", "down": "fail", "unknown": "warn"}

Checks: TypeAlias = dict[str, list[dict[str, Any]]]


def routes() -> list[web.RouteDef]:
    """Return the routes that need no token."""
    return [
        web.get("/healthz", _healthz),
        web.get("/readyz", _readyz),
        web.get("/health", _health),
        web.get("/metrics", _metrics),
    ]


async def _healthz(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")


async def _readyz(request: web.Request) -> web.Response:
    parts = request.app[PARTS]
    works = parts.works(parts.board.now())
    missing = [name for name in ("storage", "scheduler", "dispatcher") if not getattr(works, name)]
    if missing:
        return web.Response(status=503, text=f"not ready: {', '.join(missing)}\n")
    return web.Response(text="ready\n")


async def _health(request: web.Request) -> web.Response:
    caller = await identify(request)
    detailed = caller is not None and Scope.READ in caller.scopes
    body = await health_shape(request.app[PARTS], detailed=detailed)
    status = HTTPStatus.SERVICE_UNAVAILABLE if body["status"] == Status.FAIL else HTTPStatus.OK
    return web.Response(
        status=status,
        body=json.dumps(body, ensure_ascii=False).encode(),
        content_type="application/health+json",
        headers={"Cache-Control": "no-store"},
    )


async def health_shape(parts: Parts, *, detailed: bool) -> dict[str, Any]:
    """Return `/health`; evidence only for callers who may read."""
    board, now = parts.board, parts.board.now()
    async with parts.storage.read() as view:
        oldest = await view.oldest_due(now)
        undelivered = await view.count_undelivered()
        stranded = await view.count_messages(MessageState.STRANDED)
    works = parts.works(now)
    views = board.views()
    word = overall(
        views,
        board.rules.routes,
        works,
        stranded=stranded,
        lost_uplinks=board.lost_uplinks,
        on_hold=board.hold is not None,
    )
    waits_s = (now - oldest).total_seconds() if oldest else 0.0
    return {
        "status": word,
        "version": "1",
        "releaseId": __version__,
        "serviceId": "sentinel",
        "hold": board.hold is not None,
        "posture": board.stance.posture if board.stance else Posture.CALM,
        "stranded": stranded,
        "checks": {
            **_own(works, waits_s, undelivered),
            **_lines(board.rules.uplinks, board.lost_uplinks),
            **_channels(views, detailed=detailed),
        },
    }


def _own(works: Works, waits_s: float, undelivered: int) -> Checks:
    """Return the checks of our own parts."""
    notifier = _check("pass" if works.notifier else "fail", "component")
    queue = _check("pass" if works.dispatcher else "fail", "system")
    return {
        "storage:writable": [_check("pass" if works.storage else "fail", "component")],
        "queue:oldest_due": [{**queue, "observedValue": round(waits_s, 1), "observedUnit": "s"}],
        "notifier:undelivered": [{**notifier, "observedValue": undelivered}],
    }


def _lines(uplinks: Iterable[str], lost: Collection[str]) -> Checks:
    return {
        f"uplink:{name}": [_check("fail" if name in lost else "pass", "system")] for name in uplinks
    }


def _channels(views: Mapping[str, View], *, detailed: bool) -> Checks:
    """Return a check for every ability that counts."""
    checks = {}
    for name, view in views.items():
        for ability, verdict in view.verdicts.items():
            if not counts(view) or not observed(verdict):
                continue
            check = {
                **_check(_WORDS[verdict.state], "component"),
                "state": verdict.state,
                "cause": verdict.cause,
                "time": stamp(verdict.since),
            }
            if detailed:
                check["output"] = verdict.evidence
            checks[f"{name}:{ability}"] = [check]
    return checks


def _check(status: str, kind: str) -> dict[str, Any]:
    return {"status": status, "componentType": kind}


async def _metrics(request: web.Request) -> web.Response:
    body = await exposition(request.app[PARTS])
    return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4"})
