"""Waiting, holding, ending: a message is looked at again in time, and told once."""

from datetime import timedelta
from pathlib import Path

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import (
    DeliveryState,
    Failed,
    Unclear,
)
from sentinel.domain.message import MessageState
from sentinel.service.board import Hold
from tests.service.planning import MINUTE, NOON, OUT, SECOND, desk


async def test_a_waiting_message_is_looked_at_again_in_time(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept(Severity.MINOR)
        assert town.planner.due(NOON + 19 * SECOND) == []
        assert town.planner.due(NOON + 20 * SECOND) == ["m1"]

        town.wait(20 * SECOND)
        await town.replan()

        assert await town.states() == {"x": DeliveryState.MOVED, "threads": DeliveryState.PLANNED}


async def test_a_restart_begins_the_waiting_anew(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept(Severity.MINOR)
        town.wait(10 * MINUTE)
        town.restart()
        await town.replan()

        assert await town.states() == {"x": DeliveryState.PLANNED}
        assert town.planner.due(town.at + 20 * SECOND) == ["m1"]


async def test_a_hold_is_no_waiting_neither_during_it_nor_after(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept(Severity.MINOR)
        town.board.hold = Hold(reason="gekapert", by="u1", since=NOON)
        await town.replan()
        assert await town.state() is MessageState.HELD
        town.wait(10 * MINUTE)
        await town.replan()
        town.board.hold = None
        town.wait(SECOND)
        await town.replan()

        assert await town.states() == {"x": DeliveryState.PLANNED}
        assert await town.state() is MessageState.ACCEPTED


async def test_at_its_end_what_is_unsent_expires_and_nothing_is_left_to_wake_for(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", Failed(Cause.TLS))
        town.wait(timedelta(hours=24))
        assert town.planner.due(town.at) == ["m1"]
        await town.replan()

        assert set((await town.states()).values()) == {DeliveryState.EXPIRED}
        assert await town.state() is MessageState.EXPIRED
        assert town.planner.wakes == {}
        assert not await town.is_open()


async def test_a_live_message_is_closed_and_told_once(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", OUT)
        await town.replan()

        assert not await town.is_open()
        assert town.planner.wakes == {}
        assert await town.told("message.live") == [{"number": 17, "stranded": []}]


async def test_a_live_message_with_an_unclear_delivery_stays_open_for_the_look_up(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", Unclear(Cause.TLS))
        await town.post("threads", OUT)

        assert await town.state() is MessageState.LIVE
        assert await town.is_open()


async def test_a_stranded_message_is_one_alarm_however_often_it_is_tried(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept()
        for _ in range(6):
            await town.post("x", Failed(Cause.UNREACHABLE))
            town.clock[0] = (await town.deliveries())["x"].due_at

        assert await town.told("message.stranded") == [{"number": 17, "stranded": ["katastrophe"]}]
        assert await town.states() == {"x": DeliveryState.PLANNED}


async def test_a_last_resort_that_recovers_does_not_wait_for_its_pause(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept()
        for _ in range(5):
            await town.post("x", Failed(Cause.UNREACHABLE))
        town.wait(SECOND)
        town.judge("x", None)
        await town.replan()

        ready = (await town.deliveries())["x"]
        assert (ready.due_at, ready.cause) == (town.at, None)
        assert await town.state() is MessageState.ACCEPTED


async def test_deciding_again_without_news_writes_nothing_into_the_journal(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads", notice=True) as town:
        town.judge("threads", Cause.TLS)
        await town.accept()
        await town.post("x", Failed(Cause.TLS))
        async with town.storage.read() as view:
            before = await view.journal_head()

        for _ in range(3):
            town.wait(SECOND)
            await town.replan()

        async with town.storage.read() as view:
            assert await view.journal_head() == before


async def test_the_end_of_a_stranding_is_told_once_and_where_it_stands(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept()
        for _ in range(5):
            await town.post("x", Failed(Cause.UNREACHABLE))
        town.wait(SECOND)
        town.judge("x", None)
        await town.replan()
        assert await town.told("message.carried_again") == []

        await town.post("x", OUT)
        await town.replan()

        assert await town.state() is MessageState.LIVE
        assert await town.told("message.carried_again") == [{"number": 17, "channels": ["x"]}]


async def test_a_message_that_was_never_stranded_has_no_end_of_it(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", OUT)

        assert await town.state() is MessageState.LIVE
        assert await town.told("message.carried_again") == []
