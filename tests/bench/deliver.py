"""How many posts a second reach the platforms, each attempt on disk before it is made."""

import asyncio
import time
from collections.abc import Callable

from sentinel.domain.delivery import DeliveryState
from sentinel.service.claims import LANES
from sentinel.service.parts import Parts
from tests.bench import bare
from tests.bench.city import Said, Share, accept, daemon, hold, median, rules
from tests.bench.platform import Fast, served

FIGURE = 0.08
ROUNDS = 3


async def measure() -> Said:
    """Measure both loads beside a bare client that posts the same, in turns."""
    shares: list[Share] = []
    for messages, channels, rounds in ((200, 6, ROUNDS), (2000, 1, 1)):
        posts, lanes = messages * channels, LANES * channels
        ours, fresh, kept = list[float](), list[float](), list[float]()
        async with served() as url:
            for _ in range(rounds):
                fresh.append(await bare.posts(url, posts, lanes, fresh=True))
                kept.append(await bare.posts(url, posts, lanes, fresh=False))
                ours.append(posts / await through(url, messages, channels))
            fresh.append(await bare.posts(url, posts, lanes, fresh=True))
            kept.append(await bare.posts(url, posts, lanes, fresh=False))
        name, speed = f"deliver {messages} x {channels}", median(ours)
        shares += [
            Share(name=f"{name}, new connections", ours=speed, bare=median(fresh), figure=FIGURE),
            Share(name=f"{name}, kept connections", ours=speed, bare=median(kept), figure=FIGURE),
        ]
    return Said(
        title=f"deliver, beside a bare aiohttp client, {LANES} posts at once on each channel",
        shares=shares,
    )


async def through(
    url: str, messages: int, channels: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Accept messages on hold, let them go, and return the seconds until all are published."""
    async with daemon(rules(url, channels)) as parts:
        parts.board.platforms = {**parts.board.platforms, "mastodon": Fast()}
        hold(parts)
        await accept(parts, messages)
        parts.board.hold = None
        began = clock()
        parts.dispatcher.wake()
        while await _published(parts) < messages * channels:  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.1)
        return clock() - began


async def _published(parts: Parts) -> int:
    async with parts.storage.read() as view:
        return (await view.deliveries_by_state()).get(DeliveryState.PUBLISHED, 0)
