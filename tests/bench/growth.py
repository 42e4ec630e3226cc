"""What one item costs at three sizes: if it grows in a straight line, always the same.

Costs are processor time of the whole process, which neighbours on the machine
hardly touch. Waiting for the disk and for platforms is not in it.
"""

import time
from collections.abc import Awaitable, Callable

from sentinel.domain.delivery import DeliveryState
from sentinel.domain.rules import Freeze
from sentinel.service.parts import Parts
from tests.bench.city import Growth, Said, accept, daemon, hold, median, rules
from tests.bench.deliver import through
from tests.bench.platform import served

MESSAGES = (500, 1000, 2000)
CHANNELS = (6, 12, 24)
FEW = 50  # messages, where the channels grow
ROUNDS = 3

Cost = Callable[[str, int, int], Awaitable[float]]
"""Returns what a number of messages on a number of channels takes, in seconds of processor time."""


async def measure() -> Said:
    """Measure accepting, delivering and rerouting at each size."""
    async with served() as url:
        growths = [
            await _by_messages("accept a message, 1 channel", _accepting, url, rounds=ROUNDS),
            await _by_messages("deliver a message, 1 channel", _delivering, url, rounds=1),
            await _by_messages("reroute a waiting message", _rerouting, url, rounds=1),
            await _by_channels("accept on one channel", _accepting, url),
            await _by_channels("deliver on one channel", _delivering, url),
        ]
    return Said(title="growth: the processor time that one costs at each size", growths=growths)


async def _by_messages(name: str, cost: Cost, url: str, *, rounds: int) -> Growth:
    costs = {
        many: median([await cost(url, many, 1) for _ in range(rounds)]) * 1000 / many
        for many in MESSAGES
    }
    return Growth(name=name, unit="messages", costs_ms=costs)


async def _by_channels(name: str, cost: Cost, url: str) -> Growth:
    costs = {
        many: median([await cost(url, FEW, many) for _ in range(ROUNDS)]) * 1000 / (FEW * many)
        for many in CHANNELS
    }
    return Growth(name=name, unit="channels", costs_ms=costs)


async def _accepting(url: str, messages: int, channels: int) -> float:
    async with daemon(rules(url, channels)) as parts:
        hold(parts)
        began = time.process_time()
        await accept(parts, messages)
        return time.process_time() - began


async def _delivering(url: str, messages: int, channels: int) -> float:
    return await through(url, messages, channels, time.process_time)


async def _rerouting(url: str, messages: int, channels: int) -> float:
    """Everything waits on the first channel; a person freezes it, and all of it moves on."""
    names = [f"kanal-{number:02}" for number in range(channels + 1)]
    async with daemon(rules(url, channels + 1, priority=names)) as parts:
        hold(parts)
        await accept(parts, messages)
        began = time.process_time()
        await reroute(parts, names[0])
        took = time.process_time() - began
        async with parts.storage.read() as view:
            states = await view.deliveries_by_state()
        assert states == {DeliveryState.MOVED: messages, DeliveryState.PLANNED: messages}
        return took


async def reroute(parts: Parts, channel: str) -> None:
    """Take a channel out of service and decide about everything that waits for it."""
    parts.board.freezes[channel] = Freeze(channel=channel, reason="bench", by="bench")
    await parts.dispatcher.replan_open()
