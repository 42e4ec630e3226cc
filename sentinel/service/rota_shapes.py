"""What the rotas look like outside: who is on call, who comes next, and what is open."""

from __future__ import annotations

from datetime import datetime, timedelta

from sentinel.domain.roster import Watch, watch
from sentinel.domain.rota import Stint
from sentinel.service.board import Board
from sentinel.service.shapes import Shape, stamp

SHOWN = timedelta(days=60)
"""How far ahead one looks for whoever comes next."""


def rotas_shape(board: Board) -> Shape:
    """Return `GET /api/v1/rotas`."""
    at, staff = board.now(), board.rules.staff
    items = [_shape(watch(staff, board.rosters, name), at) for name in staff.rotas]
    return {"items": items, "next": None}


def _shape(one: Watch, at: datetime) -> Shape:
    roster, end = one.roster, at + SHOWN
    now, *later = one.course(at, end)
    return {
        "name": one.rota.name,
        "on_call": list(now.contacts),
        "until": stamp(now.ends_at) if now.ends_at < end else None,
        "next": _next(later[0], end) if later else None,
        "gaps": [{"from": stamp(gap.starts_at), "to": stamp(gap.ends_at)} for gap in one.gaps(at)],
        "strangers": list(one.strangers(at)),
        "calendar": {
            "read": one.looked_at,
            "fetched_at": stamp(roster.fetched_at),
            "trouble": roster.trouble,
            "trouble_de": roster.trouble.phrase.de if roster.trouble else None,
            "trouble_en": roster.trouble.phrase.en if roster.trouble else None,
            "skipped": roster.skipped,
        },
    }


def _next(stint: Stint, end: datetime) -> Shape:
    return {
        "contacts": list(stint.contacts),
        "from": stamp(stint.starts_at),
        "until": stamp(stint.ends_at) if stint.ends_at < end else None,
    }
