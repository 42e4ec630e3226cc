"""Is our own line up? Asked of addresses that have nothing to do with any platform.

No probe of a channel: the watcher asks it before it blames a platform for a
failure of the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from probes import Reached, Tools

OWN = True

WITHIN_S = 4.0
"""How long a control may take, in seconds. Shorter than a probe's patience: a message may wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How many controls answered. `dates` and `seen_at` belong together, one pair an answer."""

    answered: int
    asked: int
    dates: tuple[datetime, ...] = ()  # the answers' own Date headers
    seen_at: tuple[datetime, ...] = ()  # what our clock said when they came
    evidence: str = ""


async def ask(controls: Sequence[str], tools: Tools) -> Answers:
    """Ask all controls at once, each for at most `WITHIN_S`. Any answer counts."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_one(control, tools)) for control in controls]
    looks = [task.result() for task in tasks]
    dated = [(look.date, at) for look, at in looks if look.date is not None]
    return Answers(
        answered=sum(look.cause is None for look, _ in looks),
        asked=len(looks),
        dates=tuple(date for date, _ in dated),
        seen_at=tuple(at for _, at in dated),
        evidence="; ".join(look.evidence for look, _ in looks),
    )


async def _one(control: str, tools: Tools) -> tuple[Reached, datetime]:
    try:
        async with asyncio.timeout(WITHIN_S):
            look = await tools.reach(control)
    except TimeoutError:
        look = Reached(cause="unreachable", evidence=f"no answer within {WITHIN_S:g} s")
    return look, tools.now()
