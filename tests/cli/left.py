"""A database as a daemon that died may have left it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from sentinel.domain.message import MessageState
from sentinel.domain.outage import OutageKind
from sentinel.domain.rules import Freeze
from sentinel.service.desk import HOLD
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from tests.cli.house import Ended, House
from tests.storage.values import NOON, TOKEN, delivery, message

Call = Callable[..., Ended]


def leave_behind(house: House, call: Call) -> None:
    """Leave a hold, a freeze and a stranded message with one delivery still planned."""
    assert call("migrate").code == 0
    asyncio.run(_fill(house.folder))


async def _fill(folder: Path) -> None:
    storage = await Storage.open(
        f"sqlite:///{folder / 'data/sentinel.db'}",
        data=folder / "data",
        node="test",
        now=lambda: NOON,
    )
    try:
        async with storage.write() as unit:
            known = message(17, routes=("grave",))
            await unit.add_message(known, key=None, body_hash="h", actor=TOKEN)
            await unit.set_message_state(known.id, MessageState.STRANDED, open=True)
            await unit.add_delivery(delivery(known.id, channel="masto", account="masto"))
            await unit.open_outage(
                Outage(id="o1", kind=OutageKind.STRANDED, opened_at=NOON, messages=(known.id,))
            )
            await unit.add_freeze(Freeze(channel="masto", reason="hacked", by="anna"))
            held = {"reason": "rumour", "by": "berta", "since": NOON.isoformat()}
            await unit.set_flag(HOLD, held)
    finally:
        await storage.close()
