"""The channels as they stand, gathered for those who show them."""

from __future__ import annotations

from sentinel.domain.operator_word import fresh
from sentinel.service.board import Board
from sentinel.service.budgets import quota_shapes
from sentinel.service.health_shapes import channel_shape
from sentinel.service.ledger import Ledger
from sentinel.service.shapes import Shape
from sentinel.storage.view import View


async def channel_shapes(view: View, board: Board, ledger: Ledger) -> list[Shape]:
    """Return every channel of the rules in the contract's shape."""
    pending = await view.pending_by_channel()
    quotas = await quota_shapes(view, board, ledger)
    expiries = await view.credential_expiries()
    words, now = await view.operator_words(), board.now()
    return [
        channel_shape(
            channel,
            board.health(name),
            freeze=board.freeze(name),
            quota=quotas[name],
            credential_expires_at=expiries.get(channel.account),
            pending=pending.get(name, 0),
            word=fresh(words.get(name), now),
            zone=board.zone,
            by_hand=board.by_hand(name),
        )
        for name, channel in board.rules.channels.items()
    ]
