"""Gathers the ready texts of a stranded message, for whoever posts it by hand.

Read from the storage at the moment of telling: the journal never holds a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sentinel.domain.acceptance import open_channels
from sentinel.domain.by_hand import Ready, alarm
from sentinel.domain.chain import HANDED
from sentinel.domain.delivery import Delivery, DeliveryState, Rendered
from sentinel.domain.message import Kind, Message
from sentinel.domain.news_item import News
from sentinel.platforms import Draft
from sentinel.service.board import Board
from sentinel.storage.view import View

_STANDS = frozenset({DeliveryState.PUBLISHED, DeliveryState.UNKNOWN, DeliveryState.PUBLISHING})
_PERHAPS = frozenset({DeliveryState.UNKNOWN, DeliveryState.PUBLISHING})
_TRIED_ON = _PERHAPS | {DeliveryState.PLANNED}
_OVER = frozenset({DeliveryState.PUBLISHED, DeliveryState.EXPIRED, DeliveryState.WITHDRAWN})


async def alarm_of(
    view: View, board: Board, message_id: str, stranded: Sequence[str]
) -> News | None:
    """Return the alarm with the texts of a message that is stranded on the routes `stranded`.

    None if there is nothing to post by hand (any more).
    """
    message = await view.message(message_id)
    if message is None or message.withdrawn_at is not None or message.superseded_at is not None:
        return None
    deliveries = await view.deliveries_of(message_id)
    earlier: list[Delivery] = []
    if message.kind is not Kind.ALERT:
        found = await view.deliveries_of_many(message.references)
        earlier = [delivery for link in message.references for delivery in found[link]]
    ready = list(_ready(board, message, stranded, deliveries, earlier))
    if not ready:
        return None
    return alarm(message.number, message.content.headline, stranded, ready)


def _ready(
    board: Board,
    message: Message,
    stranded: Sequence[str],
    deliveries: Sequence[Delivery],
    earlier: Iterable[Delivery],
) -> Iterator[Ready]:
    """Yield what is to be posted where: first what an earlier message makes us owe."""
    channels = board.rules.channels
    routes = [route for route in board.rules.routes if route.name in stranded]
    owed = {one.account: one.channel for one in earlier if one.state in _STANDS}
    wanted = {
        channels[name].account: name for name in open_channels(message.content, routes, channels)
    }
    known = {delivery.account: delivery for delivery in deliveries}
    for account in dict.fromkeys((*owed, *wanted)):
        delivery, frozen = known.get(account), wanted.get(account) in board.freezes
        if (delivery and delivery.state in _OVER) or (frozen and account not in owed):
            continue
        name = _name_now(board, account) or owed[account]
        rendered = _rendered(board, message, name, delivery, deliveries)
        yield Ready(
            channel=name,
            text=rendered.text
            if rendered
            else f"{message.content.headline}\n\n{message.content.text}",
            link=_link(board, name, rendered),
            delivery=delivery.id if delivery else None,
            perhaps_there=delivery is not None and delivery.state in _PERHAPS,
            tries=_name_now(board, account) is not None and _may_send(delivery),
            owed=account in owed,
        )


def _may_send(delivery: Delivery | None) -> bool:
    """Return whether Sentinel may yet send there by itself; what a person had, it asks no more."""
    if delivery is None or delivery.state in _TRIED_ON:
        return True
    return delivery.state is DeliveryState.MOVED and HANDED not in delivery.memory


def _name_now(board: Board, account: str) -> str | None:
    """Return what the rules call an account today; None if they no longer have it."""
    return next((c.name for c in board.rules.channels.values() if c.account == account), None)


def _rendered(
    board: Board,
    message: Message,
    name: str,
    delivery: Delivery | None,
    siblings: Iterable[Delivery],
) -> Rendered | None:
    """Return the text that Sentinel itself would send; None for a channel that is gone."""
    page = any(one.channel == board.rules.notice_link and one.live for one in siblings)
    page = page and board.page_stands()
    if delivery is not None:
        return delivery.rendered if page else delivery.without_link or delivery.rendered
    if name not in board.rules.channels:
        return None
    notice = board.notice_url(message.id) if page else None
    draft = Draft(
        message=message,
        delivery_id=message.id,
        at=message.accepted_at,
        organisation=board.rules.organisation,
        timezone=board.rules.timezone,
        link=message.content.link or notice,
        link_is_notice=message.content.link is None and notice is not None,
    )
    return board.platform(name).render(draft, board.faceless(name))


def _link(board: Board, name: str, rendered: Rendered | None) -> str | None:
    if rendered is None or name not in board.rules.channels:
        return None
    return board.platform(name).compose_link(board.faceless(name), rendered)
