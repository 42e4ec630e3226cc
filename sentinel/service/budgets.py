"""The channels' rate limits as plain data: what is left, and when it will be used up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sentinel.domain.budget import budget_key
from sentinel.domain.observation import Owner
from sentinel.domain.pacing import WINDOWS
from sentinel.domain.quota import Reading
from sentinel.domain.rules import Channel
from sentinel.domain.shortage import Budget, explain_shortage
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger
from sentinel.service.rooms import budgets_of, used
from sentinel.service.shapes import Shape, stamp
from sentinel.storage.view import View

_Sharers: TypeAlias = Mapping[tuple[Owner, str], Sequence[str]]


async def quota_shapes(view: View, board: Board, ledger: Ledger) -> Mapping[str, list[Shape]]:
    """Return every channel's windows: those that posts use up, then what else was stated."""
    at, channels = board.now(), board.rules.channels
    posts, sharers = await used(view, board, channels.values(), at), _sharers(channels)
    return {
        name: [
            *(
                _budget(board, channel, one, sharers)
                for one in budgets_of(board, ledger, channel, posts[name], at)
            ),
            *(
                _reading(one)
                for one in ledger.readings(channel)
                if one.window.name.partition("/")[0] not in WINDOWS
            ),
        ]
        for name, channel in channels.items()
    }


def _sharers(channels: Mapping[str, Channel]) -> _Sharers:
    """Return whose posts count against each limit: found once for all, and not anew for each."""
    found: dict[tuple[Owner, str], list[str]] = {}
    for name, channel in channels.items():
        for scope in Owner:
            found.setdefault((scope, budget_key(channel, scope)), []).append(name)
    return found


def _budget(board: Board, channel: Channel, one: Budget, sharers: _Sharers) -> Shape:
    room, ends = one.room, one.forecast.exhausted
    sentence = explain_shortage(channel.name, one, ZoneInfo(board.rules.timezone))
    fellows = sharers[room.scope, budget_key(channel, room.scope)]
    return {
        "name": room.name,
        "limit": room.limit,
        "remaining": room.remaining,
        "resets_at": stamp(room.resets_at),
        "exhausted_at": stamp(ends.likely),
        "exhausted_earliest": stamp(ends.earliest),
        "exhausted_latest": stamp(ends.latest),
        "reserve": room.reserve,
        "reserved_at": stamp(one.forecast.reserve.likely) if room.reserve else None,
        "cost": room.cost,
        "source": room.source,
        "shared_with": [name for name in fellows if name != channel.name],
        "nearness": one.nearness,
        "sentence_de": sentence.de if sentence else None,
        "sentence_en": sentence.en if sentence else None,
    }


def _reading(reading: Reading) -> Shape:
    """Return a window that no post uses up, as it was stated: nothing is forecast of it."""
    window = reading.window
    return {
        "name": window.name,
        "limit": window.limit,
        "remaining": window.remaining,
        "resets_at": stamp(window.resets_at),
        "exhausted_at": None,
        "exhausted_earliest": None,
        "exhausted_latest": None,
        "reserve": 0,
        "reserved_at": None,
        "cost": window.cost,
        "source": "headers",
        "shared_with": [],
        "nearness": "far",
        "sentence_de": None,
        "sentence_en": None,
    }
