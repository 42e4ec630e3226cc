"""What a daemon that died has left in the database, and what the command makes of it."""

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


def test_the_first_line_says_that_nobody_answers_and_what_is_stranded(
    house: House, call: Call
) -> None:
    leave_behind(house, call)

    ended, german = call("status"), call("--lang", "de", "status")

    first = ended.out.splitlines()[0]
    assert ended.code == 3
    assert first.startswith("SENTINEL UNKNOWN - no daemon answers; 0 of 3 channels can publish")
    assert "1 stranded" in first
    assert "stranded=1;" in first
    assert "uplinks_lost" not in first
    assert german.out.startswith("SENTINEL UNKNOWN - kein Dienst antwortet; ")


def test_a_hold_and_a_freeze_are_shown_with_person_and_reason(house: House, call: Call) -> None:
    leave_behind(house, call)

    for ended in (call("status"), call("channels", "list")):
        assert "ON HOLD since 2026-07-05 14:00:00, by berta: rumour\n" in ended.out
        assert "masto: frozen, by anna: hacked\n" in ended.out


def test_a_stranded_outage_names_its_message(house: House, call: Call) -> None:
    leave_behind(house, call)

    for ended in (call("status"), call("outages")):
        assert "stranded: Nr. 17 Bombe in der Hafenstraße" in ended.out


def test_a_stranded_message_is_shown_with_the_text_for_every_channel(
    house: House, call: Call
) -> None:
    leave_behind(house, call)

    ended = call("message", "17")

    assert ended.code == 0
    assert f"\n  masto (planned):\n    {delivery().rendered.text}" in ended.out
    assert "\n  x (by hand):\n    Kurz\n" in ended.out
    assert "\n  board (by hand):\n    Bombe in der Hafenstraße\n\n    Bitte das" in ended.out
