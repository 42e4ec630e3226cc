"""In a crisis: what is planned already waits too, is told of once, and begins afresh after it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sentinel.domain.cause import Severity
from sentinel.domain.delivery import Accepted, DeliveryState, Receipt
from sentinel.domain.message import MessageState
from sentinel.domain.posture import Posture, Stance, Why
from tests.service.planning import MINUTE, NOON, SECOND, desk

OUT = Accepted(receipt=Receipt(post_id="1"))
ROUTINE: dict[str, Any] = {"severity": Severity.MINOR, "routine": True}


def crisis(since: datetime = NOON) -> Stance:
    """The message of these tests has number 17."""
    return Stance(
        posture=Posture.CRISIS,
        since=since,
        why=Why.PERSON,
        by="person:1",
        number=18,
        renewed_at=since,
    )


async def test_a_planned_routine_post_is_not_due_until_it_is_over(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        message = await town.accept(**ROUTINE)
        town.board.stance = crisis()
        await town.replan()

        assert await town.state() is MessageState.HELD
        assert (await town.deliveries())["x"].due_at == message.expires_at


async def test_it_is_due_at_once_when_it_is_over_and_its_patience_begins_anew(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept(**ROUTINE)
        town.board.stance = crisis()
        await town.replan()
        town.wait(10 * MINUTE)
        await town.replan()
        town.board.stance = None
        await town.replan()

        assert await town.state() is MessageState.ACCEPTED
        assert await town.states() == {"x": DeliveryState.PLANNED}
        assert (await town.deliveries())["x"].due_at == town.at
        assert town.planner.due(town.at + 20 * SECOND) == ["m1"]


async def test_a_second_look_at_it_changes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept(**ROUTINE)
        town.board.stance = crisis()
        await town.replan()
        before = await town.deliveries()
        await town.replan()

        assert await town.deliveries() == before


async def test_its_author_is_named_once_in_each_crisis(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept(**ROUTINE)
        town.board.stance = crisis()
        await town.replan()
        await town.replan()
        assert [told["author"] for told in await town.told("message.held_in_crisis")] == [
            "token:t1"
        ]

        town.board.stance = None
        await town.replan()
        town.board.stance = crisis(NOON + MINUTE)
        await town.replan()
        assert len(await town.told("message.held_in_crisis")) == 2


async def test_a_scheduled_one_waits_and_is_told_of_before_its_time(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        later = NOON + timedelta(hours=2)
        await town.accept(Severity.MODERATE, not_before=later)
        assert await town.state() is MessageState.SCHEDULED
        town.board.stance = crisis()
        await town.replan()

        assert await town.state() is MessageState.HELD
        assert [told["not_before"] for told in await town.told("message.held_in_crisis")] == [
            "2030-01-01T14:00:00.000Z"
        ]
        town.board.stance = None
        await town.replan()
        assert await town.state() is MessageState.SCHEDULED


async def test_one_that_is_live_has_nothing_to_wait_for(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept(**ROUTINE)
        await town.post("x", OUT)
        town.board.stance = crisis()
        await town.replan()

        assert await town.state() is MessageState.LIVE
        assert await town.told("message.held_in_crisis") == []


async def test_what_is_under_way_is_brought_to_its_end(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept(**ROUTINE)
        await town.begin("x")
        town.board.stance = crisis()
        await town.replan()
        assert await town.states() == {"x": DeliveryState.PUBLISHING}

        await town.end("x", OUT)
        assert await town.state() is MessageState.LIVE


async def test_one_that_ends_while_it_waits_expires(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept(**ROUTINE)
        town.board.stance = crisis()
        await town.replan()
        town.wait(timedelta(hours=24))
        await town.replan()

        assert await town.state() is MessageState.EXPIRED
        assert await town.states() == {"x": DeliveryState.EXPIRED}
