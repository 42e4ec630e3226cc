"""*Anmelden*: the page where people log in, and how they log out."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Final, assert_never
from urllib.parse import urlencode

from aiohttp import web

from sentinel.errors import Phrase
from sentinel.service.door import LASTS, Door, Entered, Refused, Throttled
from sentinel.service.parts import Parts
from sentinel.web.access import PARTS, STALE, Login, Scope, identify
from sentinel.web.link_pages import PAGES
from sentinel.web.pages import LOGIN, page_language
from sentinel.web.sessions import (
    PURPOSE,
    SESSION,
    VISITOR,
    address,
    cookie,
    form_of,
    fresh,
    give,
    proof_of,
    proven,
    take,
)

DOOR: Final = web.AppKey("door", Door)

_TARGETS: Final = ("/", "/outages")  # where a login may lead: nowhere outside
_WORDS: Final = {
    "title": Phrase(de="Anmelden", en="Log in"),
    "other": Phrase(de="English", en="Deutsch"),
    "name": Phrase(de="Name", en="Name"),
    "password": Phrase(de="Passwort", en="Password"),
    "button": Phrase(de="Anmelden", en="Log in"),
    "nobody": Phrase(
        de="Noch kann sich niemand anmelden. Auf dem Rechner von Sentinel legt an:",
        en="Nobody can log in yet. On the machine of Sentinel, this adds somebody:",
    ),
}
_WRONG: Final = Phrase(
    de="Name oder Passwort stimmt nicht.", en="The name or the password is wrong."
)


def routes() -> list[web.RouteDef]:
    """Return the routes of logging in and out."""
    return [web.get(LOGIN, _page), web.post(LOGIN, _enter), web.post("/logout", _leave)]


async def _page(request: web.Request) -> web.Response:
    caller = await identify(request)
    return await _form(request, login=caller.login if caller else None)


async def _enter(request: web.Request) -> web.Response:
    parts, form = request.app[PARTS], await form_of(request)
    server = parts.board.rules.server
    visitor = cookie(request, server, VISITOR)
    if visitor is None or not await proven(request, await _proof(parts, visitor)):
        return await _form(request, HTTPStatus.FORBIDDEN, STALE)
    came = await request.app[DOOR].enter(
        name=form.get("name", ""),
        password=form.get("password", ""),
        address=address(request, server),
        old=cookie(request, server, SESSION),
    )
    match came:
        case Entered():
            # Who may not read has no page but this one, and its button to log out.
            target = _target(request) if Scope.READ in came.user.may else LOGIN
            response = _to(request, target)
            give(response, server, SESSION, came.cookie, LASTS)
            take(response, server, VISITOR)
            return response
        case Refused():
            return await _form(request, HTTPStatus.FORBIDDEN, _WRONG)
        case Throttled():
            seconds = ceil(came.wait.total_seconds())
            again = await _form(request, HTTPStatus.TOO_MANY_REQUESTS, _too_often(seconds))
            again.headers["Retry-After"] = str(seconds)
            return again
        case _:
            assert_never(came)


async def _leave(request: web.Request) -> web.Response:
    """End the login in this browser, if a page of ours asks for it."""
    parts = request.app[PARTS]
    server = parts.board.rules.server
    caller, value = await identify(request), cookie(request, server, SESSION)
    if caller is not None and caller.login is not None and value is not None:
        await request.app[DOOR].leave(value)
    response = _to(request, LOGIN)
    if value is not None:  # else another site's form, which carries no cookie, would remove it
        take(response, server, SESSION)
    return response


async def _form(
    request: web.Request,
    status: HTTPStatus = HTTPStatus.OK,
    said: Phrase | None = None,
    *,
    login: Login | None = None,
) -> web.Response:
    """Return the page, with a proof for the browser it goes to."""
    parts, language = request.app[PARTS], page_language(request)
    server = parts.board.rules.server
    known = cookie(request, server, VISITOR)
    visitor = known or fresh()
    async with parts.storage.read() as view:
        nobody = not await view.has_users()
    page = PAGES.get_template("login.html").render(
        language=language,
        organisation=parts.board.rules.organisation,
        t={name: phrase.in_(language) for name, phrase in _WORDS.items()},
        said=said.in_(language) if said else "",
        nobody=nobody,
        login=login,
        csrf_token=await _proof(parts, visitor),
        query=_query(request, language),
        other=_query(request, "en" if language.startswith("de") else "de"),
    )
    response = web.Response(status=status, text=page, content_type="text/html", headers=_UNKEPT)
    if known is None:
        give(response, server, VISITOR, visitor)
    return response


_UNKEPT: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}


async def _proof(parts: Parts, visitor: str) -> str:
    async with parts.storage.read() as view:
        return proof_of(view.derived_key(PURPOSE), VISITOR, visitor)


def _to(request: web.Request, path: str) -> web.Response:
    where = f"{path}?{urlencode({'lang': page_language(request)})}"
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={**_UNKEPT, "Location": where})


def _target(request: web.Request) -> str:
    wanted = request.query.get("next", "/")
    return wanted if wanted in _TARGETS else "/"


def _query(request: web.Request, language: str) -> str:
    return urlencode({"next": _target(request), "lang": language})


def _too_often(seconds: int) -> Phrase:
    return Phrase(
        de=f"Zu viele Versuche. Bitte in {seconds} Sekunden noch einmal.",
        en=f"Too many tries. Please try again in {seconds} seconds.",
    )
