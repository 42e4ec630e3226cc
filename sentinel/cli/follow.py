"""`send --wait`: follows a message until it is live on every route, or time is up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

from sentinel.cli.client import Daemon
from sentinel.cli.context import Context
from sentinel.cli.exits import Exit
from sentinel.cli.messages import tell
from sentinel.cli.story import stand, waits_for
from sentinel.domain.message import MessageState
from sentinel.errors import NoAnswer, Phrase
from sentinel.web.wording import STATES

Shape = dict[str, Any]

EVERY_S: Final = 0.5

_OVER: Final = frozenset({MessageState.LIVE, MessageState.EXPIRED, MessageState.WITHDRAWN})


async def follow(context: Context, there: Daemon, shape: Shape, patience: timedelta) -> Exit:
    """Show each change until the message is live or `patience` is over; then the whole.

    A stranded message may still be carried when a channel comes back, so it is
    followed on; stranded at the end, it ends with 1, as does one not yet live.
    """
    try:
        async with asyncio.timeout(patience.total_seconds()):
            while shape["state"] not in _OVER:
                await asyncio.sleep(EVERY_S)
                shape = await _changed(context, there, shape)
    except TimeoutError:
        over = Phrase(de="Die Zeit ist um", en="time is up")
        context.screen.note(context.say(over))
    if context.json:
        context.screen.json(shape)
    else:
        tell(context, shape)
    return Exit.OK if shape["state"] == MessageState.LIVE else Exit.WARNING


async def _changed(context: Context, there: Daemon, before: Shape) -> Shape:
    try:
        now = await there.get(f"/api/v1/messages/{before['id']}")
    except NoAnswer:  # it was accepted and is kept; the daemon may come back
        return before
    for line in _news(context, before, now):
        context.screen.note(line)
    return now


def _news(context: Context, before: Shape, now: Shape) -> list[str]:
    known = {delivery["id"]: delivery["state"] for delivery in before["deliveries"]}
    lines = [
        f"  {delivery['channel']}: {stand(context, delivery)}"
        + (f" ({delivery['cause']})" if delivery["cause"] else "")
        for delivery in now["deliveries"]
        if known.get(delivery["id"]) != delivery["state"]
    ]
    lines += [
        f"  {context.say(waits_for(context, delivery))}"
        for delivery in now["deliveries"]
        if delivery.get("asked") and known.get(delivery["id"]) != delivery["state"]
    ]
    if now["state"] != before["state"]:
        lines.append(f"Nr. {now['number']}: {context.say(STATES[now['state']])}")
    return lines
