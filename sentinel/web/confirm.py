"""`/c/TOKEN`: the page behind a signed link, for whoever was asked to post by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import web

from sentinel.domain.asking import over, waits
from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.message import Message
from sentinel.errors import InputError, Phrase
from sentinel.service.board import Board
from sentinel.service.parts import Parts
from sentinel.service.signed import LinkKind, SignedLink, link_of
from sentinel.storage.actor import Actor
from sentinel.web.access import PARTS
from sentinel.web.link_pages import contact_language, html, nothing

_ROWS: Final = (4, 24)
_A_LINE: Final = 36  # letters on a phone

_ENDED = Phrase(
    de="Dieser Link ist abgelaufen. Bitte nicht mehr veröffentlichen.",
    en="This link has ended. Please do not publish any more.",
)
_DONE = Phrase(
    de="Bestätigt: die Meldung ist hier erschienen. Danke, mehr ist nicht zu tun.",
    en="Confirmed: the message is out here. Thank you, there is nothing more to do.",
)
_STOPPED = Phrase(
    de="Bitte NICHT mehr veröffentlichen: die Meldung ist zurückgezogen, abgelöst oder abgelaufen.",
    en="Please do NOT publish any more: the message was withdrawn, replaced or has expired.",
)
_LATE = Phrase(
    de="Die Meldung ist ohne diesen Kanal weitergegangen. Bitte nur noch bestätigen, falls sie "
    "hier schon steht.",
    en="The message went on without this channel. Please confirm only if it stands here already.",
)
_WORDS: Final = {
    "text": Phrase(de="Der fertige Text, zum Kopieren:", en="The ready text, to be copied:"),
    "open": Phrase(de="Mit dem Text öffnen", en="Open with the text"),
    "permalink": Phrase(
        de="Adresse des Beitrags, wenn sie zur Hand ist:",
        en="Address of the post, if it is at hand:",
    ),
    "button": Phrase(de="Ich habe es veröffentlicht", en="I have published it"),
    "then": Phrase(
        de="Bitte erst nach dem Veröffentlichen drücken.", en="Please press only after publishing."
    ),
}
_NO_ADDRESS = Phrase(
    de="Noch nicht bestätigt: das ist keine Adresse (https://…). Bitte berichtigen oder leer "
    "lassen.",
    en="Not confirmed yet: this is no address (https://…). Please correct it, or leave it empty.",
)
_ADDRESS: Final = re.compile(r"https?://\S{1,990}")
_OVER = frozenset({DeliveryState.WITHDRAWN, DeliveryState.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What a true link is about."""

    link: SignedLink
    message: Message
    delivery: Delivery
    language: str


def routes() -> list[web.RouteDef]:
    """Return the routes, which are public."""
    path = f"{LinkKind.CONFIRM.path}/{{token}}"
    return [web.get(path, _look), web.post(path, _confirm)]


async def _look(request: web.Request) -> web.Response:
    case = await _case(request)
    return _page(request, case) if case else nothing(request)


async def _confirm(request: web.Request) -> web.Response:
    """Take the word of the link's contact, and show the page as it is then."""
    case, parts = await _case(request), request.app[PARTS]
    if case is None:
        return nothing(request)
    if not _may_confirm(parts, case):
        status = HTTPStatus.OK if case.delivery.live else HTTPStatus.CONFLICT
        return _page(request, case, status)
    address = str((await request.post()).get("permalink", "")).strip()
    if address and not _ADDRESS.fullmatch(address):
        return _page(request, case, HTTPStatus.UNPROCESSABLE_ENTITY, wrong=_NO_ADDRESS)
    actor = Actor(kind="link", id=case.link.contact)
    try:
        await parts.follow_ups.confirm(case.delivery.id, actor=actor, permalink=address or None)
    except InputError:  # it changed just now: the page says how it stands
        return _page(request, await _case(request) or case, HTTPStatus.CONFLICT)
    parts.dispatcher.wake()
    return _page(request, await _case(request) or case)


async def _case(request: web.Request) -> _Case | None:
    """Return what the link is about; None for a forged one, or a delivery that is gone."""
    parts = request.app[PARTS]
    async with parts.storage.read() as view:
        link = link_of(request.match_info["token"], LinkKind.CONFIRM, view.derived_key)
        delivery = await view.delivery(link.subject) if link else None
        message = await view.message(delivery.message_id) if delivery else None
    if link is None or delivery is None or message is None:
        return None
    language = contact_language(parts.board.rules, link.contact)
    return _Case(link=link, message=message, delivery=delivery, language=language)


def _may_confirm(parts: Parts, case: _Case) -> bool:
    """Return whether the button is there: a person had it, and it is neither out nor over."""
    ended = parts.board.now() >= case.link.expires_at
    open_still = case.delivery.state in {DeliveryState.AWAITING_PERSON, DeliveryState.MOVED}
    return open_still and not ended


def _state(parts: Parts, case: _Case) -> Phrase | None:
    delivery, at = case.delivery, parts.board.now()
    if delivery.live:
        return _DONE
    if delivery.state in _OVER:
        return _STOPPED
    if at >= case.link.expires_at:
        return _ENDED
    return None if waits(delivery) and not over(delivery, at) else _LATE


def _page(
    request: web.Request,
    case: _Case,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    wrong: Phrase | None = None,  # with what was just entered
) -> web.Response:
    parts, delivery, language = request.app[PARTS], case.delivery, case.language
    board, stands = parts.board, _state(parts, case)
    said = wrong or stands
    to_post = stands is None or stands is _LATE
    text = delivery.rendered.text if to_post else ""
    lines = sum(1 + len(line) // _A_LINE for line in text.splitlines())
    headline = Phrase(
        de=f"Meldung Nr. {case.message.number} auf {delivery.channel}",
        en=f"Message no. {case.message.number} on {delivery.channel}",
    )
    facts = {
        "title": headline.in_(language),
        "state": said.in_(language) if said else "",
        "text": text,
        "rows": min(max(lines, _ROWS[0]), _ROWS[1]),
        "open_at": _open_at(board, delivery) if stands is None else None,
        "may_confirm": _may_confirm(parts, case),
    }
    return html(request, "confirm.html", language, _WORDS, facts, status=status)


def _open_at(board: Board, delivery: Delivery) -> str | None:
    """Return what opens the place with the text typed in; None where nothing does."""
    name = delivery.channel
    if name not in board.rules.channels:
        return None
    return board.platform(name).compose_link(board.faceless(name), delivery.rendered)
