"""What is left of a channel's quotas, by everything that anybody says of them, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sentinel.domain.budget import app_of
from sentinel.domain.cause import Ability
from sentinel.domain.forecast import forecast, uses_seen
from sentinel.domain.observation import Owner
from sentinel.domain.pacing import WINDOWS
from sentinel.domain.quota import Limit, Room, Source, Uses, rooms
from sentinel.domain.rules import Channel
from sentinel.domain.shortage import Budget, budget
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger
from sentinel.storage.view import View

SHORTEST_LOOK_BACK = timedelta(hours=24)  # headers state windows of up to a day
_READS = ("reads", "calls")


def documented(board: Board, channel: Channel, name: str) -> Sequence[Limit]:
    """Return what the platform's documentation says of a quota."""
    facts = board.platform(channel.name).facts
    return [quota.limited for quota in facts.quotas if quota.name == name]


def limited(board: Board, ledger: Ledger, channel: Channel) -> bool:
    """Return whether anybody limits what may be posted on a channel."""
    return bool(
        any(name in channel.quota for name in WINDOWS)
        or any(documented(board, channel, name) for name in WINDOWS)
        or ledger.readings(channel)
    )


async def used(
    view: View, board: Board, channels: Iterable[Channel], at: datetime
) -> Mapping[str, Uses]:
    """Return when was posted on some channels, and through their apps, by channel."""
    wanted, together = list(channels), _together(board)
    fellows = {c.name: together.get(app_of(c) or "", ()) for c in wanted}
    accounts = {c.account for c in wanted}.union(*fellows.values())
    longest = max((_look_back(board, c) for c in wanted), default=SHORTEST_LOOK_BACK)
    posted = await view.posted_by_account(accounts, at - longest)
    return {
        channel.name: Uses(
            own=posted.get(channel.account, ()),
            app=sorted(
                when for account in fellows[channel.name] for when in posted.get(account, ())
            )
            if len(fellows[channel.name]) > 1
            else None,
        )
        for channel in wanted
    }


def rooms_of(
    board: Board, ledger: Ledger, channel: Channel, posts: Uses, at: datetime
) -> tuple[Room, ...]:
    """Return what is left of each window that a post on a channel uses up; none: nobody limits."""
    return tuple(
        one
        for name in WINDOWS
        for one in rooms(
            name,
            readings=ledger.readings(channel),
            posts=posts,
            rule=channel.quota.get(name),
            documented=documented(board, channel, name),
            at=at,
        )
    )


def budgets_of(
    board: Board, ledger: Ledger, channel: Channel, posts: Uses, at: datetime
) -> tuple[Budget, ...]:
    """Return each window that a post uses up, with when it will be used up; of one length one.

    Where several say something of a window of the same length, the one with the
    least left stands for it.
    """
    found: dict[tuple[str, timedelta | None, Owner], Room] = {}
    for some in rooms_of(board, ledger, channel, posts, at):
        key = (some.name.partition("/")[0], some.per, some.scope)
        known = found.get(key)
        if known is None or some.uses - some.reserve < known.uses - known.reserve:
            found[key] = some
    return tuple(_budget(ledger, channel, some, posts, at) for some in found.values())


async def blamed_on(
    view: View, board: Board, ledger: Ledger, channel: Channel, ability: Ability
) -> list[Room]:
    """Return the limits by which a "too many requests" is judged, whose doing it is.

    Of calls and reads we keep no count, so that of these only the platform's
    own word says anything.
    """
    at = board.now()
    if ability is not Ability.PUBLISH:
        said = [rooms(name, readings=ledger.readings(channel), at=at) for name in _READS]
        return [one for some in said for one in some]
    posts = (await used(view, board, [channel], at))[channel.name]
    known = rooms_of(board, ledger, channel, posts, at)
    return [r for r in known if r.source is Source.HEADERS or r.name.startswith("posts")]


def _budget(ledger: Ledger, channel: Channel, some: Room, posts: Uses, at: datetime) -> Budget:
    seen = uses_seen(some, posts.of(some.scope), ledger.earlier(channel, some.name), at)
    return budget(some, forecast(some, seen, at), at)


def _look_back(board: Board, channel: Channel) -> timedelta:
    """Return how far back posts have to be counted."""
    rules = [channel.quota[name].per for name in WINDOWS if name in channel.quota]
    said = [limit.per for name in WINDOWS for limit in documented(board, channel, name)]
    return max([SHORTEST_LOOK_BACK, *rules, *said]) + timedelta(hours=1)  # a day may have 25


def _together(board: Board) -> Mapping[str, tuple[str, ...]]:
    """Return the accounts that post through each app."""
    found: dict[str, dict[str, None]] = {}
    for channel in board.rules.channels.values():
        if (app := app_of(channel)) is not None:
            found.setdefault(app, {})[channel.account] = None
    return {app: tuple(accounts) for app, accounts in found.items()}
