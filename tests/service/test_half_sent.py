"""A mailing that some recipients have: what is said of it when it ends, and when it is to go."""

from datetime import timedelta
from pathlib import Path

from sentinel.domain.chain import OUT_TO
from sentinel.domain.delivery import DeliveryState
from sentinel.service.followups import FollowUps
from sentinel.service.shapes import delivery_shape
from tests.service.planning import TOKEN, Desk, desk


async def half_send(town: Desk) -> None:
    await town.accept()
    half = (await town.deliveries())["x"]
    async with town.storage.write() as unit:
        await unit.remember(half.id, f"{OUT_TO}batch:1", "done 250:a,b")


async def test_when_it_expires_it_is_said_that_some_have_it(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await half_send(town)
        town.wait(timedelta(hours=24))
        await town.replan()

        ended = (await town.deliveries())["x"]
        assert ended.state is DeliveryState.EXPIRED
        assert delivery_shape(ended, (), ())["partly"] is True
        assert delivery_shape(ended, (), ())["partly_surely"] is True


async def test_one_whose_recipients_are_all_in_doubt_is_out_to_some_perhaps(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept()
        half = (await town.deliveries())["x"]
        async with town.storage.write() as unit:
            await unit.remember(half.id, f"{OUT_TO}batch:1", "begun 200:a,b")

        shape = delivery_shape((await town.deliveries())["x"], (), ())
        assert (shape["partly"], shape["partly_surely"]) == (True, False)


async def test_one_that_nobody_has_is_not_partly_out(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept()

        assert delivery_shape((await town.deliveries())["x"], (), ())["partly"] is False


async def test_when_it_is_to_be_deleted_a_person_is_asked_for_what_cannot_be(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x") as town:
        await half_send(town)
        people = FollowUps(town.storage, town.board, town.planner)
        for _ in range(2):
            await people.withdraw("m1", "falscher Ort", actor=TOKEN, delete=True)

        assert await town.states() == {"x": DeliveryState.WITHDRAWN}
        told = await town.told("delivery.left_standing")
        assert [(one["channel"], one["obstacle"]) for one in told] == [("x", "platform")]
