"""Finds the delivery that a person confirms; makes it where nothing was begun yet.

A stranded message is offered to be posted by hand also where Sentinel has not
planned anything so far. Unless that can be confirmed, Sentinel would post it a
second time as soon as the channel's turn comes.
"""

from __future__ import annotations

from datetime import datetime

from sentinel.domain.acceptance import open_channels
from sentinel.domain.by_person import refuse_superseded
from sentinel.domain.delivery import Delivery
from sentinel.domain.message import Message, MessageState
from sentinel.domain.plan import Plan
from sentinel.errors import InputError, Phrase
from sentinel.service.board import Board
from sentinel.service.chains import named, nothing
from sentinel.service.drafts import Drafts
from sentinel.storage.view import Unit, View


async def message_of_delivery(view: View, name: str) -> str:
    """Return the id of the message to which a delivery's id, or NUMBER:CHANNEL, belongs.

    Raises:
        InputError: 404, there is none.
    """
    number, colon, _ = name.partition(":")
    if colon:
        return (await named(view, number)).id
    found = await view.delivery(name)
    if found is None:
        raise nothing(name)
    return found.message_id


async def delivery_to_confirm(
    unit: Unit, board: Board, message: Message, name: str, at: datetime
) -> Delivery:
    """Return the delivery of `message`, whose chain is locked, that `name` means.

    Raises:
        InputError: 404 for none, or a channel that the message is not meant for;
            409 for one that would have to be made now that the message is over.
    """
    _, colon, channel = name.partition(":")
    if not colon:
        found = await unit.delivery(name)
        if found is None:
            raise nothing(name)
        return found
    if channel not in board.rules.channels:
        raise nothing(name)
    account = board.rules.channels[channel].account
    known = {delivery.account: delivery for delivery in await unit.deliveries_of(message.id)}
    if account in known:
        return known[account]
    routes = await _routes(unit, board, message, channel)
    _refuse_over(message, at)
    chain = await unit.chain(message.chain)
    drafts = Drafts(board, message, [link for link in chain if link.id in message.references])
    plan = Plan(wanted={channel: routes}, due={channel: at}, state=MessageState.ACCEPTED)
    made = drafts.delivery(channel, plan, known, at)
    await unit.add_deliveries([made])  # nobody can claim it: it is confirmed in the same unit
    return made


async def _routes(unit: Unit, board: Board, message: Message, channel: str) -> frozenset[str]:
    """Return the routes for which a message may stand on a channel.

    Raises:
        InputError: 404, it is not meant for that channel, nor owed to it.
    """
    channels = board.rules.channels
    meant = frozenset(
        route.name
        for route in board.rules.routes
        if route.name in message.routes
        and channel in open_channels(message.content, [route], channels)
    )
    if meant:
        return meant
    earlier = await unit.deliveries_of_many(message.references) if message.references else {}
    accounts = {one.account for some in earlier.values() for one in some}
    if channels[channel].account not in accounts:
        raise nothing(f"{message.number}:{channel}")
    return frozenset(message.routes)


def _refuse_over(message: Message, at: datetime) -> None:
    if message.withdrawn_at is not None or at >= message.expires_at:
        raise InputError(
            Phrase(
                de=f"{message.label} ist zurückgezogen oder abgelaufen",
                en=f"{message.label} has been withdrawn or has expired",
            ),
            status=409,
        )
    if message.awaits_approval:
        raise InputError(
            Phrase(
                de=f"{message.label} ist noch nicht freigegeben",
                en=f"{message.label} has not been approved yet",
            ),
            status=409,
        )
    refuse_superseded(message)
