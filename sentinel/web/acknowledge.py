"""`/a/TOKEN`: the page behind a notification's link, for whoever takes care of an outage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from http import HTTPStatus
from typing import Final

from aiohttp import web

from sentinel.domain.escalation import Escalation
from sentinel.errors import InputError, Phrase
from sentinel.service.acknowledge import Holder, acknowledge, of_holder
from sentinel.service.parts import Parts
from sentinel.service.signed import LinkKind, SignedLink, link_of, told_at
from sentinel.storage.actor import Actor
from sentinel.storage.outages import Outage
from sentinel.storage.view import View
from sentinel.web.access import PARTS
from sentinel.web.link_pages import contact_language, entry_in, html, nothing
from sentinel.web.outage_words import local, names_of, outage_line, who

_MOST: Final = 20
_COMMENT: Final = 500
_TICK: Final = timedelta(seconds=1)  # links count in whole seconds


class _Stands(Enum):
    """What the holder of a true link can still do with it."""

    OPEN = auto()  # acknowledge
    OWNED = auto()  # nothing: somebody takes care of it
    CLOSED = auto()  # nothing: it is over
    WORSE = auto()  # nothing: another notification, with a link of its own, says what came since
    ENDED = auto()  # nothing: the link has had its time


_WORDS: Final = {
    "what": Phrase(de="Worum es geht:", en="What it is about:"),
    "comment": Phrase(
        de="Was die anderen wissen sollen (freiwillig):",
        en="What the others should know (if you like):",
    ),
    "button": Phrase(de="Ich kümmere mich darum", en="I take care of it"),
    "then": Phrase(
        de="Danach wird niemand mehr dazu gerufen, außer es wird schlimmer.",
        en="Nobody else is called for it then, unless it grows worse.",
    ),
}
_TITLE: Final = Phrase(de="Störung", en="Outage")
_OVER: Final = frozenset({_Stands.CLOSED, _Stands.WORSE, _Stands.ENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What a true link is about."""

    link: SignedLink
    escalation: Escalation
    outages: tuple[Outage, ...]
    names: Mapping[str, str]  # of the messages that they are about
    people: Mapping[str, str]
    language: str


def routes() -> list[web.RouteDef]:
    """Return the routes, which are public."""
    path = f"{LinkKind.ACKNOWLEDGE.path}/{{token}}"
    return [web.get(path, _look), web.post(path, _press)]


async def _look(request: web.Request) -> web.Response:
    case = await _case(request)
    return _page(request, case) if case else nothing(request)


async def _press(request: web.Request) -> web.Response:
    """Note that the link's contact takes care of it, and show the page as it is then."""
    case, parts = await _case(request), request.app[PARTS]
    if case is None:
        return nothing(request)
    stands = _stands(parts, case)
    if stands is _Stands.OPEN:
        form = await request.post()
        try:
            await acknowledge(
                parts.storage,
                parts.board,
                escalation_id=case.escalation.id,
                actor=Actor(kind="link", id=case.link.contact),
                comment=str(form.get("comment", "")).strip()[:_COMMENT],
                holder=_holder(case.link),
                seen=entry_in(form),
            )
        except InputError:  # it changed just now: the page says how it stands
            return _page(request, await _case(request) or case, HTTPStatus.CONFLICT)
        return _page(request, await _case(request) or case)
    status = HTTPStatus.CONFLICT if stands in _OVER else HTTPStatus.OK
    return _page(request, case, status)


async def _case(request: web.Request) -> _Case | None:
    """Return what the link is about; None for a forged one, or an outage that is forgotten."""
    parts, token = request.app[PARTS], request.match_info["token"]
    async with parts.storage.read() as view:
        link = link_of(token, LinkKind.ACKNOWLEDGE, view.derived_key)
        escalation = await view.escalation(link.subject) if link else None
        outages = await _outages(view, escalation, _holder(link)) if link and escalation else []
        names = await names_of(view, outages)
        people = await view.people()
    if link is None or escalation is None:
        return None
    language = contact_language(parts.board.rules, link.contact)
    return _Case(
        link=link,
        escalation=escalation,
        outages=tuple(outages),
        names=names,
        people=people,
        language=language,
    )


def _holder(link: SignedLink) -> Holder:
    return Holder(contact=link.contact, told_at=told_at(link))


async def _outages(view: View, escalation: Escalation, holder: Holder) -> list[Outage]:
    """Return what a letter with this link is about: all that stands, or what is over."""
    told = [escalation]
    if escalation.closed_at is None:
        told = of_holder(await view.told_with(escalation), escalation, holder)
    found = [outage for one in told for outage in await view.outages_of(one.id)]
    standing = [outage for outage in found if outage.closed_at is None]
    return standing or found


def _stands(parts: Parts, case: _Case) -> _Stands:
    escalation, link = case.escalation, case.link
    if escalation.closed_at is not None:
        return _Stands.CLOSED
    if escalation.acknowledged_at is not None:
        return _Stands.OWNED
    if told_at(link) + _TICK <= escalation.begun_at:
        return _Stands.WORSE
    return _Stands.ENDED if parts.board.now() >= link.expires_at else _Stands.OPEN


def _said(parts: Parts, case: _Case) -> Phrase | None:
    """Return how it stands, if there is more to say than that it is open."""
    escalation, board = case.escalation, parts.board

    def at(moment: datetime | None) -> str:
        return local(moment, board.zone)

    match _stands(parts, case):
        case _Stands.OPEN:
            return None
        case _Stands.CLOSED:
            since = at(escalation.closed_at)
            return Phrase(
                de=f"Vorbei seit {since}. Es ist nichts mehr zu tun.",
                en=f"Over since {since}. There is nothing more to do.",
            )
        case _Stands.OWNED:
            by, since = who(escalation.acknowledged_by, case.people), at(escalation.acknowledged_at)
            also = f" „{escalation.comment}“" if escalation.comment else ""
            return Phrase(
                de=f"Übernommen von {by}, {since}.{also} Mehr ist hier nicht zu tun.",
                en=f"{by} takes care of it, since {since}.{also} There is nothing more to do here.",
            )
        case _Stands.WORSE:
            return Phrase(
                de="Seit dieser Nachricht ist es schlimmer geworden. Bitte den Link der neuesten "
                "Nachricht benutzen.",
                en="It has grown worse since this notification. Please use the link of the "
                "latest one.",
            )
        case _Stands.ENDED:
            return Phrase(
                de="Dieser Link ist abgelaufen. Bitte den Link der neuesten Nachricht benutzen.",
                en="This link has ended. Please use the link of the latest notification.",
            )


def _page(request: web.Request, case: _Case, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    parts, language = request.app[PARTS], case.language
    lines = [
        outage_line(parts.board, one, case.names).in_(language) for one in case.outages[:_MOST]
    ]
    more = len(case.outages) - _MOST
    if more > 0:
        rest = Phrase(de=f"… und {more} weitere", en=f"… and {more} more")
        lines.append(rest.in_(language))
    said = _said(parts, case)
    facts = {
        "title": _TITLE.in_(language),
        "state": said.in_(language) if said else "",
        "lines": lines,
        "longest": _COMMENT,
        "may_acknowledge": said is None,
        "seen": max((one.entry or 0 for one in case.outages), default=0),
    }
    return html(request, "acknowledge.html", language, _WORDS, facts, status=status)
