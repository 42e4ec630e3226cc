"""Taking live posts down: tried until they are gone, by a person's wish only, and honestly told."""

# ruff: noqa: ARG002 - every platform keeps one signature, needed or not

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Delivery,
    DeliveryState,
    Receipt,
    StillThere,
    Withdrawn,
    WithdrawResult,
)
from sentinel.domain.message import MessageState
from sentinel.platforms import Account, Published
from sentinel.service.accounts import Accounts
from sentinel.service.board import Hold
from sentinel.service.followups import FollowUps
from sentinel.service.posting import Posting
from sentinel.service.takedown import TakeDowns
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Lost, Steps
from tests.service.planning import TOKEN, Desk, Pinboard, desk

OUT = Accepted(receipt=Receipt(post_id="190", permalink="https://a.example/190"))
GONE = Withdrawn("HTTP 200")
LOCKED = StillThere(Cause.ACCOUNT_LOCKED, "HTTP 403")
BUSY = StillThere(Cause.RATE_LIMITED, "HTTP 429")


class Corkboard(Pinboard):
    """A pinboard from which notes can be taken down, as the test says."""

    def __init__(self, answers: Sequence[WithdrawResult | Exception] | None) -> None:
        self.answers = None if answers is None else list(answers)
        self.asked: list[str] = []
        self.memory: Mapping[str, str] = {}

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult] | None:
        return None if self.answers is None else self._talk(published)

    def _talk(self, published: Published) -> Steps[WithdrawResult]:
        yield from ()
        self.asked.append(published.receipt.post_id)
        self.memory = published.memory
        answer = self.answers.pop(0) if self.answers else GONE
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Workshop:
    """A desk with a platform from which posts can be taken down."""

    desk: Desk
    board: Corkboard
    downs: TakeDowns
    follow_ups: FollowUps

    async def round(self) -> None:
        """Work on what is due, and wait until that has ended."""
        async with asyncio.TaskGroup() as group:
            await self.downs.round(group)

    async def wanted_gone(self) -> None:
        """A person withdraws the message and wants what is live deleted."""
        await self.follow_ups.withdraw("m1", "Irrtum", actor=TOKEN, delete=True)

    async def post(self, name: str = "x") -> Delivery:
        return (await self.desk.deliveries())[name]


@asynccontextmanager
async def workshop(
    folder: Path,
    answers: Sequence[WithdrawResult | Exception] | None = (),
    names: Sequence[str] = ("x",),
) -> AsyncIterator[Workshop]:
    """A message that is live on every channel of `names`."""
    async with desk(folder, *names, copies=len(names)) as made:
        cork = Corkboard(answers)
        made.board.platforms = {"pinboard": cork}
        accounts = Accounts(made.board, made.storage, lambda _: None)
        transport = Transport(way=Way(), renewer=accounts.renew, ledger=lambda *_: None)
        accounts.transport = transport
        async with transport:
            posting = Posting(made.storage, made.board, transport, accounts)
            downs = TakeDowns(made.storage, made.board, made.planner, posting)
            follow_ups = FollowUps(made.storage, made.board, made.planner)
            await made.accept()
            for name in names:
                await made.post(name, OUT)
            yield Workshop(made, cork, downs, follow_ups)


async def test_a_live_post_stays_until_a_person_wants_it_gone(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        await shop.round()
        before = shop.board.asked.copy()
        await shop.follow_ups.withdraw("m1", "Irrtum", actor=TOKEN)
        await shop.round()

        assert before == shop.board.asked == []
        assert (await shop.post()).live


async def test_a_post_that_is_gone_is_withdrawn_and_so_is_its_message(tmp_path: Path) -> None:
    async with workshop(tmp_path, [GONE]) as shop:
        await shop.wanted_gone()
        await shop.round()

        after = await shop.post()
        assert shop.board.asked == ["190"]
        assert (after.state, after.take_down_at) == (DeliveryState.WITHDRAWN, None)
        assert after.receipt == OUT.receipt
        assert await shop.desk.state() is MessageState.WITHDRAWN
        assert await shop.desk.told("delivery.withdrawn") == [
            {
                "message": "m1",
                "number": 17,
                "channel": "x",
                "permalink": "https://a.example/190",
                "evidence": "HTTP 200",
                "told": False,
            }
        ]


async def test_what_was_remembered_of_a_post_helps_to_take_it_down(tmp_path: Path) -> None:
    async with workshop(tmp_path, [GONE]) as shop:
        async with shop.desk.storage.write() as unit:
            await unit.remember((await shop.post()).id, "room", "!lage:musterstadt.example")

        await shop.wanted_gone()
        await shop.round()

        assert shop.board.memory == {"room": "!lage:musterstadt.example"}


async def test_a_refusal_is_told_once_for_each_cause_and_tried_again_with_pauses(
    tmp_path: Path,
) -> None:
    async with workshop(tmp_path, [LOCKED, LOCKED, BUSY, LOCKED, GONE]) as shop:
        await shop.wanted_gone()
        asked = []
        for _ in range(20):
            await shop.round()
            asked.append(len(shop.board.asked))
            shop.desk.wait(timedelta(seconds=1))

        causes = [entry["cause"] for entry in await shop.desk.told("delivery.still_there")]
        assert asked == [1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5]
        assert causes == ["account_locked", "rate_limited"]
        assert [each["told"] for each in await shop.desk.told("delivery.withdrawn")] == [True]
        assert not (await shop.post()).live


async def test_after_an_hour_it_is_left_to_a_person_with_its_address(tmp_path: Path) -> None:
    async with workshop(tmp_path, [LOCKED] * 100) as shop:
        await shop.wanted_gone()
        for _ in range(80):
            await shop.round()
            shop.desk.wait(timedelta(seconds=60))

        after = await shop.post()
        [left] = await shop.desk.told("delivery.left_standing")
        assert len(shop.board.asked) == 65
        assert (after.live, after.take_down_at) == (True, None)
        assert (left["obstacle"], left["cause"]) == ("gave_up", "account_locked")
        assert left["permalink"] == "https://a.example/190"


async def test_a_person_may_ask_again_and_the_hour_begins_anew(tmp_path: Path) -> None:
    async with workshop(tmp_path, [LOCKED] * 65) as shop:
        await shop.wanted_gone()
        for _ in range(70):
            await shop.round()
            shop.desk.wait(timedelta(seconds=60))
        given_up = len(shop.board.asked)

        await shop.wanted_gone()
        await shop.round()

        assert (given_up, len(shop.board.asked)) == (65, 66)
        assert not (await shop.post()).live


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (Lost(Cause.UNREACHABLE, "timeout", sent=True), "unreachable"),
        (ValueError("nobody foresaw this"), "platform_fault"),
    ],
)
async def test_no_answer_and_our_own_mistakes_leave_it_standing_and_try_again(
    tmp_path: Path, error: Exception, cause: str
) -> None:
    async with workshop(tmp_path, [error, GONE]) as shop:
        await shop.wanted_gone()
        await shop.round()
        told = [entry["cause"] for entry in await shop.desk.told("delivery.still_there")]
        shop.desk.wait(timedelta(seconds=1))
        await shop.round()

        assert told == [cause]
        assert not (await shop.post()).live


async def test_what_the_platform_cannot_do_is_told_at_once(tmp_path: Path) -> None:
    async with workshop(tmp_path, None) as shop:
        await shop.wanted_gone()
        await shop.round()

        after = await shop.post()
        assert [e["obstacle"] for e in await shop.desk.told("delivery.left_standing")] == [
            "platform"
        ]
        assert (after.live, after.take_down_at) == (True, None)


async def test_what_a_person_posted_only_a_person_can_delete(tmp_path: Path) -> None:
    async with workshop(tmp_path, names=("x",)) as shop:
        by_hand = Receipt(post_id="", permalink="https://a.example/by-hand")
        async with shop.desk.storage.write() as unit:
            await unit.save_delivery(replace(await shop.post(), receipt=by_hand))
        await shop.wanted_gone()
        await shop.round()

        [left] = await shop.desk.told("delivery.left_standing")
        assert (left["obstacle"], left["permalink"]) == ("by_person", "https://a.example/by-hand")
        assert shop.board.asked == []


async def test_an_account_that_the_rules_no_longer_have_is_left_to_a_person(
    tmp_path: Path,
) -> None:
    async with workshop(tmp_path, names=("x", "y")) as shop:
        await shop.wanted_gone()
        rules = shop.desk.board.rules
        kept = {name: channel for name, channel in rules.channels.items() if name != "x"}
        shop.desk.board.rules = replace(rules, channels=kept)
        await shop.round()

        [left] = await shop.desk.told("delivery.left_standing")
        assert (left["channel"], left["obstacle"]) == ("x", "rules")
        assert len(shop.board.asked) == 1


async def test_a_hold_does_not_stop_it(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        shop.desk.board.hold = Hold(reason="Konto gekapert", by="t1", since=shop.desk.at)
        await shop.wanted_gone()
        await shop.round()

        assert shop.board.asked == ["190"]


async def test_what_turns_out_to_be_live_later_is_taken_down_then(tmp_path: Path) -> None:
    async with workshop(tmp_path, names=("x", "y")) as shop:
        async with shop.desk.storage.write() as unit:
            unclear = replace(await shop.post("y"), state=DeliveryState.UNKNOWN)
            await unit.save_delivery(unclear)
        await shop.wanted_gone()
        await shop.round()
        first = len(shop.board.asked)
        async with shop.desk.storage.write() as unit:
            found = replace(await shop.post("y"), state=DeliveryState.PUBLISHED)
            await unit.save_delivery(found)
        await shop.round()

        assert (first, len(shop.board.asked)) == (1, 2)


async def test_that_it_begins_is_on_disk_first_so_a_crash_in_the_middle_does_no_harm(
    tmp_path: Path,
) -> None:
    async with workshop(tmp_path, [GONE, GONE]) as shop:
        await shop.wanted_gone()
        [due] = await _due(shop)
        await shop.downs._begin(due)  # noqa: SLF001 - and then the power fails
        asked, at_once = len(shop.board.asked), await _due(shop)
        shop.desk.wait(timedelta(minutes=2))
        await shop.round()

        assert asked == 0
        assert [e["channel"] for e in await shop.desk.told("delivery.taking_down")] == ["x"]
        assert at_once == []  # nobody else begins while it may still be under way
        assert not (await shop.post()).live


async def test_one_at_a_time_on_each_account(tmp_path: Path) -> None:
    async with workshop(tmp_path, names=("x", "y")) as shop:
        await shop.wanted_gone()
        async with asyncio.TaskGroup() as group:
            begun = await shop.downs.round(group)
            again = await shop.downs.round(group)

        assert (begun, again) == (2, 0)


async def _due(shop: Workshop) -> list[Delivery]:
    async with shop.desk.storage.read() as view:
        return await view.take_downs(shop.desk.at, limit=10)
