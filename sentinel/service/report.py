"""What happened between two days: availability, outages, and how many messages went where."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from sentinel.domain.availability import Figures
from sentinel.service.board import Board
from sentinel.service.figures import figures_shape
from sentinel.service.health_shapes import outage_shape
from sentinel.service.shapes import Shape, stamp
from sentinel.storage.view import View

_PAGE = 200
_PAGES = 25  # of five thousand outages nobody reads the last


async def report_shape(view: View, board: Board, first: date, last: date) -> Shape:
    """Return the report of the days from `first` to `last` in UTC, both among them."""
    since = datetime.combine(first, time(), UTC)
    until = datetime.combine(last, time(), UTC) + timedelta(days=1)
    outages, whole = await _outages(view, since, until)
    return {
        "organisation": board.rules.organisation,
        "from": f"{first:%Y-%m-%d}",
        "to": f"{last:%Y-%m-%d}",
        "made_at": stamp(board.now()),
        "channels": await _channels(view, board, since, until),
        "outages": outages,
        "outages_whole": whole,
        "messages": await _messages(view, since, until),
    }


async def _channels(view: View, board: Board, since: datetime, until: datetime) -> list[Shape]:
    """Return figures per channel and ability: the rules' channels first, then those of before."""
    sums: dict[tuple[str, str], Figures] = {}
    for one in await view.rollups(since, until):
        key = (one.channel, one.ability.value)
        sums[key] = sums.get(key, Figures()) + one.figures
    known = list(board.rules.channels)
    order = sorted(
        sums, key=lambda key: (known.index(key[0]) if key[0] in known else len(known), key)
    )
    return [
        {"channel": key[0], "ability": key[1], "in_rules": key[0] in known}
        | figures_shape(sums[key])
        for key in order
    ]


async def _outages(view: View, since: datetime, until: datetime) -> tuple[list[Shape], bool]:
    """Return the outages that lay in the period at least in part, and whether these are all."""
    found: list[Shape] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await view.outages(limit=_PAGE, cursor=cursor)
        found += [
            outage_shape(outage)
            for outage in page.items
            if outage.opened_at < until and (outage.closed_at is None or outage.closed_at > since)
        ]
        cursor = page.next
        if cursor is None:
            return found, True
    return found, False


async def _messages(view: View, since: datetime, until: datetime) -> Shape:
    """Count the messages that were accepted in the period; no text leaves the storage."""
    states: Counter[str] = Counter()
    severities: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        page = await view.messages(since=since, limit=_PAGE, cursor=cursor)
        inside = [message for message in page.items if message.accepted_at < until]
        known = await view.message_states([message.id for message in inside])
        states.update(state.value for state in known.values())
        severities.update(message.content.severity.value for message in inside)
        cursor = page.next
        if cursor is None:
            break
    return {
        "accepted": sum(severities.values()),
        "by_state": dict(sorted(states.items())),
        "by_severity": dict(sorted(severities.items())),
    }
