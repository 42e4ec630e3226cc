"""`/c/TOKEN`: the page behind a signed link, for whoever was asked to post by hand.

It works on a phone, without login and without script. Looking at it changes
nothing, for messengers look at links by themselves; only the button confirms.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from sentinel.domain.asking import over, waits
from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.message import Message
from sentinel.errors import InputError, Phrase
from sentinel.service.confirm_links import PATH, PURPOSE, ConfirmLink, link_of
from sentinel.service.parts import Parts
from sentinel.storage.actor import Actor
from sentinel.web.access import PARTS
from sentinel.web.problems import language_of

_PAGES = Environment(
    loader=PackageLoader("sentinel.web", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
_ROWS: Final = (4, 24)
_A_LINE: Final = 36  # letters on a phone

_NO_LINK = Phrase(
    de="Dieser Link gilt nicht. Bitte den ganzen Link aus der Benachrichtigung öffnen.",
    en="This link is not valid. Please open the whole link from the notification.",
)
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
    "button": Phrase(de="Ich habe es veröffentlicht", en="I have published it"),
    "then": Phrase(
        de="Bitte erst nach dem Veröffentlichen drücken.", en="Please press only after publishing."
    ),
}
_OVER = frozenset({DeliveryState.WITHDRAWN, DeliveryState.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What a true link is about."""

    link: ConfirmLink
    message: Message
    delivery: Delivery
    language: str


def routes() -> list[web.RouteDef]:
    """Return the routes, which are public."""
    path = f"{PATH}/{{token}}"
    return [web.get(path, _look), web.post(path, _confirm)]


async def _look(request: web.Request) -> web.Response:
    case = await _case(request)
    return _page(request, case) if case else _nothing(request)


async def _confirm(request: web.Request) -> web.Response:
    """Take the word of the link's contact, and show the page as it is then."""
    case, parts = await _case(request), request.app[PARTS]
    if case is None:
        return _nothing(request)
    if _may_confirm(parts, case):
        actor = Actor(kind="link", id=case.link.contact)
        try:
            await parts.follow_ups.confirm(case.delivery.id, actor=actor)
        except InputError:  # it changed just now: the page says how it stands
            return _page(request, await _case(request) or case, HTTPStatus.CONFLICT)
        parts.dispatcher.wake()
        return _page(request, await _case(request) or case)
    status = HTTPStatus.OK if case.delivery.live else HTTPStatus.CONFLICT
    return _page(request, case, status)


async def _case(request: web.Request) -> _Case | None:
    """Return what the link is about; None for a forged one, or a delivery that is gone."""
    parts = request.app[PARTS]
    async with parts.storage.read() as view:
        link = link_of(request.match_info["token"], view.derived_key(PURPOSE))
        delivery = await view.delivery(link.delivery) if link else None
        message = await view.message(delivery.message_id) if delivery else None
    if link is None or delivery is None or message is None:
        return None
    contact = parts.board.rules.staff.contacts.get(link.contact)
    language = contact.language if contact else parts.board.rules.language
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


def _page(request: web.Request, case: _Case, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    parts, delivery, language = request.app[PARTS], case.delivery, case.language
    board, state = parts.board, _state(parts, case)
    headline = Phrase(
        de=f"Meldung Nr. {case.message.number} auf {delivery.channel}",
        en=f"Message no. {case.message.number} on {delivery.channel}",
    )
    to_post = state is None or state is _LATE
    text = delivery.rendered.text if to_post else ""
    known = delivery.channel in board.rules.channels
    lines = sum(1 + len(line) // _A_LINE for line in text.splitlines())
    return _html(
        request,
        status,
        language,
        title=headline.in_(language),
        state=state.in_(language) if state else "",
        text=text,
        rows=min(max(lines, _ROWS[0]), _ROWS[1]),
        open_at=board.platform(delivery.channel).compose_link(
            board.faceless(delivery.channel), delivery.rendered
        )
        if known and state is None
        else None,
        may_confirm=_may_confirm(parts, case),
    )


def _nothing(request: web.Request) -> web.Response:
    language = language_of(request)
    return _html(
        request,
        HTTPStatus.NOT_FOUND,
        language,
        title=_NO_LINK.in_(language),
        state="",
        text="",
        rows=_ROWS[0],
        open_at=None,
        may_confirm=False,
    )


def _html(request: web.Request, status: HTTPStatus, language: str, **facts: Any) -> web.Response:
    rules = request.app[PARTS].board.rules
    words = {name: phrase.in_(language) for name, phrase in _WORDS.items()}
    page = _PAGES.get_template("confirm.html").render(
        language=language, organisation=rules.organisation, t=words, **facts
    )
    return web.Response(status=status, text=page, content_type="text/html", headers=_HEADERS)
