"""What monitoring systems ask: alive, ready, healthy, and the metrics."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sentinel import __version__
from sentinel.domain.message import MessageState
from sentinel.domain.summary import Status, counts, observed, overall
from sentinel.service.metrics import exposition
from sentinel.service.parts import Parts
from sentinel.service.shapes import stamp
from sentinel.web.access import PARTS, Scope, identify

_WORDS = {"up": "pass", "degraded": "warn", "down": "fail", "unknown": "warn"}
_MANY = 200


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
        undelivered = len(await view.undelivered())
        stranded = len((await view.messages(state=MessageState.STRANDED, limit=_MANY)).items)
    works = parts.works(now)
    views = board.views()
    word = overall(
        views, board.rules.routes, works, stranded=stranded, lost_uplinks=board.lost_uplinks
    )
    waits = (now - oldest).total_seconds() if oldest else 0.0
    checks: dict[str, list[dict[str, Any]]] = {
        "storage:writable": [_check("pass" if works.storage else "fail", "component")],
        "queue:oldest_due": [
            {**_check("pass", "system"), "observedValue": round(waits, 1), "observedUnit": "s"}
        ],
        "notifier:undelivered": [
            {
                **_check("pass" if works.notifier else "fail", "component"),
                "observedValue": undelivered,
            }
        ],
    }
    for name in board.rules.uplinks:
        lost = name in board.lost_uplinks
        checks[f"uplink:{name}"] = [_check("fail" if lost else "pass", "system")]
    for name, view_ in views.items():
        for ability, verdict in view_.verdicts.items():
            if not counts(view_) or not observed(verdict):
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
    return {
        "status": word,
        "version": "1",
        "releaseId": __version__,
        "serviceId": "sentinel",
        "hold": board.hold is not None,
        "stranded": stranded,
        "checks": checks,
    }


def _check(status: str, kind: str) -> dict[str, Any]:
    return {"status": status, "componentType": kind}


async def _metrics(request: web.Request) -> web.Response:
    body = await exposition(request.app[PARTS])
    return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4"})
