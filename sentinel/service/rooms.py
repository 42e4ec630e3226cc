"""What is left of an account's quotas, by everything that anybody says of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sentinel.domain.quota import Reading, Room, room
from sentinel.domain.rules import Channel, QuotaRule
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger

SHORTEST_LOOK_BACK = timedelta(hours=24)  # headers state windows of up to a day


def documented(board: Board, channel: Channel, name: str) -> Sequence[QuotaRule]:
    """Return what the platform's documentation says of a quota."""
    return [
        QuotaRule(limit=quota.limit, per=quota.per)
        for quota in board.platform(channel.name).facts.quotas
        if quota.name == name
    ]


def look_back(board: Board, channel: Channel, name: str) -> timedelta:
    """Return how far back posts have to be counted."""
    rule = channel.quota.get(name)
    windows = [one.per for one in (rule, *documented(board, channel, name)) if one is not None]
    return max([SHORTEST_LOOK_BACK, *windows])


def room_of(
    board: Board,
    ledger: Ledger,
    channel: Channel,
    *,
    name: str,
    posts: Sequence[datetime] = (),
    at: datetime,
) -> Room | None:
    """Return what is left of a channel's quota at `at`; None: nobody limits it."""
    readings = ledger.readings(channel.account).values()
    return room(
        name,
        readings=[Reading(window=window, at=read) for window, read in readings],
        posts=posts,
        rule=channel.quota.get(name),
        documented=documented(board, channel, name),
        at=at,
    )
