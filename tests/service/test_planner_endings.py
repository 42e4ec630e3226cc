"""An all-clear that still waits is not lost; what has ended stops what is under way."""

from pathlib import Path

import pytest

from sentinel.domain.delivery import DeliveryState
from sentinel.domain.message import Kind, MessageState
from sentinel.errors import InputError
from sentinel.service.followups import FollowUps
from sentinel.storage.actor import Actor
from tests.service.planning import MINUTE, NOON, OUT, desk

S = DeliveryState


async def test_an_all_clear_that_awaits_approval_survives_an_update_and_then_ends_both(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", OUT)
        await town.follow(Kind.ALL_CLEAR, needs_approval=True)
        await town.follow(Kind.UPDATE)
        await town.post("x", OUT, "m3")
        assert (await town.message("m2")).superseded_at is None
        assert await town.state("m2") is MessageState.AWAITING_APPROVAL
        town.wait(MINUTE)

        await town.change("m2", approved_at=town.at, approved_by="person:u2")

        assert (await town.message("m2")).references == ("m1", "m3")
        assert (await town.message("m3")).superseded_at == town.at
        assert await town.states("m2") == {"x": S.PLANNED}
        assert (await town.deliveries("m2"))["x"].rendered.payload == {"after": ["m1", "m3"]}


async def test_a_scheduled_all_clear_survives_an_update_and_takes_effect_in_its_time(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", OUT)
        await town.follow(Kind.ALL_CLEAR, not_before=NOON + 5 * MINUTE)
        await town.follow(Kind.UPDATE)
        town.wait(5 * MINUTE)
        assert "m2" in town.planner.due(town.at)

        await town.replan("m2")

        assert await town.states("m2") == {"x": S.PLANNED}
        assert await town.states("m3") == {"x": S.WITHDRAWN}


async def test_an_update_that_awaits_approval_is_superseded_by_the_next_link(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept()
        await town.follow(Kind.UPDATE, needs_approval=True)

        await town.follow(Kind.UPDATE)

        assert (await town.message("m2")).superseded_at == NOON


async def test_who_approves_when_a_later_link_has_just_become_due_hears_that_it_is_too_late(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept()
        await town.follow(Kind.UPDATE, needs_approval=True)
        await town.follow(Kind.UPDATE, not_before=NOON + MINUTE)
        town.wait(MINUTE)  # nobody has looked since
        follow_ups = FollowUps(town.storage, town.board, town.planner)

        with pytest.raises(InputError) as caught:
            await follow_ups.approve("m2", actor=Actor(kind="token", id="t2"))

        assert caught.value.status == 409
        assert (await town.message("m2")).approved_at is None


async def test_what_is_at_work_is_stopped_when_a_later_link_takes_effect(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept()
        with town.board.ends.watching("m1"):
            await town.begin("x")
            before = town.board.ends.stopped("m1")

            await town.follow(Kind.ALL_CLEAR)

            assert (before, town.board.ends.stopped("m1")) == (False, True)
        assert not town.board.ends.stopped("m1")


async def test_what_is_at_work_is_stopped_when_it_is_withdrawn(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept()
        with town.board.ends.watching("m1"):
            await town.begin("x")

            await town.change("m1", withdrawn_at=NOON)

            assert town.board.ends.stopped("m1")
            town.board.ends.goes("m1")
            assert not town.board.ends.stopped("m1")
