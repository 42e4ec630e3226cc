"""The risk register, gathered from what is on disk and in the rules, for those who show it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sentinel.domain.forecast import forecast, uses_of
from sentinel.domain.resilience import Loss, losses
from sentinel.domain.risks import Exposure, Headroom, Hold, Risk, holds, register
from sentinel.domain.rules import Channel
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger
from sentinel.service.rooms import documented, look_back, room_of
from sentinel.service.shapes import Shape, stamp
from sentinel.storage.view import View

POSTS = "posts"


async def risks_shape(view: View, board: Board, ledger: Ledger) -> Shape:
    """Return `GET /api/v1/risks`: the risks, what each loss would do, and what hangs on whom."""
    at = board.now()
    exposures = await _exposures(view, board, ledger, at)
    found = register(board.rules, exposures, at, clock_ahead=board.clock_ahead)
    return {
        "items": [risk_shape(risk) for risk in found],
        "losses": [loss_shape(loss) for loss in losses(board.rules)],
        "operators": [_hold_shape(hold) for hold in holds(board.rules)],
        "next": None,
    }


def risk_shape(risk: Risk) -> Shape:
    """Return one risk."""
    return {
        "kind": risk.kind,
        "gravity": risk.gravity,
        "subject": risk.subject,
        "due_at": stamp(risk.due_at),
        "routes": list(risk.routes),
        "sentence_de": risk.phrase.de,
        "sentence_en": risk.phrase.en,
    }


def loss_shape(loss: Loss) -> Shape:
    """Return what one loss would do."""
    return {
        "kind": loss.kind,
        "name": loss.name,
        "stranded": list(loss.stranded),
        "degraded": list(loss.degraded),
        "reach_lost": loss.reach_lost,
        "reach_total": loss.reach_total,
        "sentence_de": loss.phrase.de,
        "sentence_en": loss.phrase.en,
    }


def _hold_shape(hold: Hold) -> Shape:
    return {
        "operator": hold.operator,
        "channels": list(hold.channels),
        "reach": hold.reach,
        "share": round(hold.share, 4),
    }


async def _exposures(view: View, board: Board, ledger: Ledger, at: datetime) -> Iterable[Exposure]:
    expiries = await view.credential_expiries()
    found = []
    for name, channel in board.rules.channels.items():
        facts = board.platform(name).facts
        found.append(
            Exposure(
                channel=channel,
                verdicts=board.health(name).verdicts,
                credential_expires_at=expiries.get(channel.account),
                api_versions=facts.api_versions,
                quotas=await _headroom(view, board, ledger, channel, at),
                price=facts.price,
            )
        )
    return found


async def _headroom(
    view: View, board: Board, ledger: Ledger, channel: Channel, at: datetime
) -> tuple[Headroom, ...]:
    limited = POSTS in channel.quota or documented(board, channel, POSTS)
    if not limited and not ledger.readings(channel.account):
        return ()
    posts = await view.posted_times(channel.account, at - look_back(board, channel, POSTS))
    room = room_of(board, ledger, channel, name=POSTS, posts=posts, at=at)
    if room is None:
        return ()
    ends = forecast(room, uses_of(posts, room.cost), at).exhausted
    return (
        Headroom(
            name=POSTS,
            limit=room.limit,
            remaining=room.remaining,
            reserve=room.reserve * room.cost,
            earliest=ends.earliest,
            likely=ends.likely,
        ),
    )
