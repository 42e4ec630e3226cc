"""Errors as RFC 9457 problems, in the caller's language."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from sentinel.errors import InputError, Phrase, RulesError, StorageError
from sentinel.service.signed import family

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Problem(Exception):
    """Something that the caller is told, with a status."""

    def __init__(self, status: int, phrase: Phrase, **more: object) -> None:
        super().__init__(phrase.en)
        self.status = status
        self.phrase = phrase
        self.more = more


def language_of(request: web.Request) -> str:
    """Return `de` or `en`, by what the caller accepts."""
    wanted = request.headers.get("Accept-Language", "en").lower()
    return "de" if wanted.startswith("de") else "en"


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem document. What we did not foresee tells nothing away."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        phrase = _COMMON.get(error.status) or Phrase(de=error.reason, en=error.reason)
        response = _answer(request, error.status, phrase, {})
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception as error:
        return _answer(request, *_told(request, error))


def _told(request: web.Request, error: Exception) -> tuple[int, Phrase, Mapping[str, Any]]:
    """Return status, sentence and further fields for an error."""
    match error:
        case Problem():
            return error.status, error.phrase, error.more
        case InputError():
            return error.status, error.phrase, {"field": error.field}
        case RulesError():
            return 422, _RULES_REFUSED, {"problems": _found(error, language_of(request))}
        case StorageError():
            log.error("storage.failed", error=type(error).__name__)
            return 503, error.phrase, {}
        case _:
            # The last part of a signed link is a secret: its family says enough.
            log.error("request.crashed", path=family(request.path), exc_info=error)
            return 500, _UNEXPECTED, {}


def _found(error: RulesError, language: str) -> list[dict[str, Any]]:
    return [
        {
            "line": problem.line,
            "column": problem.column,
            "what": problem.what.in_(language),
            "hint": problem.hint.in_(language) if problem.hint else None,
        }
        for problem in error.problems
    ]


_COMMON = {
    404: Phrase(de="Das gibt es hier nicht", en="there is nothing here"),
    405: Phrase(de="So lässt sich das nicht aufrufen", en="this cannot be called in that way"),
    413: Phrase(de="Der Inhalt ist zu groß", en="the body is too large"),
}
_RULES_REFUSED = Phrase(
    de="Die Regeln wurden abgelehnt; die bisherigen gelten weiter",
    en="the rules were refused; the old ones stay in force",
)
_UNEXPECTED = Phrase(
    de="Ein unerwarteter Fehler; er steht im Protokoll des Dienstes",
    en="an unexpected error; it is in the daemon's log",
)


def _answer(
    request: web.Request, status: int, phrase: Phrase, more: Mapping[str, Any]
) -> web.Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": phrase.in_(language_of(request)),
        **{name: value for name, value in more.items() if value not in ("", None)},
    }
    response = web.Response(
        status=status,
        body=json.dumps(body, ensure_ascii=False).encode(),
        content_type="application/problem+json",
    )
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
