"""The channels as they stand, gathered for those who show them."""

from __future__ import annotations

from sentinel.domain.observation import Window
from sentinel.domain.operator_word import fresh
from sentinel.service.board import Board
from sentinel.service.shapes import Shape, channel_shape, stamp
from sentinel.storage.view import View


async def channel_shapes(view: View, board: Board) -> list[Shape]:
    """Return every channel of the rules in the contract's shape."""
    pending = await view.pending_by_channel()
    windows = await view.windows()
    expiries = await view.credential_expiries()
    words, now = await view.operator_words(), board.now()
    return [
        channel_shape(
            channel,
            board.health(name),
            freeze=board.freeze(name),
            quota=[_window(window) for window, _ in windows.get(channel.account, {}).values()],
            credential_expires_at=expiries.get(channel.account),
            pending=pending.get(name, 0),
            word=fresh(words.get(name), now),
        )
        for name, channel in board.rules.channels.items()
    ]


def _window(window: Window) -> Shape:
    return {
        "name": window.name,
        "limit": window.limit,
        "remaining": window.remaining,
        "resets_at": stamp(window.resets_at),
        "exhausted_at": None,  # a forecast; nothing is forecast yet
    }
