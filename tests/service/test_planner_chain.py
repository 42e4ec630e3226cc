"""A chain on disk: a follow-up supersedes what came before it, and goes where that went."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import DeliveryState, Failed, Found, Receipt, Unclear, settle_find
from sentinel.domain.message import Kind, MessageState
from tests.service.planning import MINUTE, NOON, OUT, SECOND, Desk, desk

S = DeliveryState


async def test_an_all_clear_withdraws_what_is_unsent_and_goes_where_the_alarm_is(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads", copies=2) as town:
        await town.accept()
        await town.post("x", OUT)

        await town.follow(Kind.ALL_CLEAR)

        assert await town.states("m1") == {"x": S.PUBLISHED, "threads": S.WITHDRAWN}
        assert await town.states("m2") == {"x": S.PLANNED}
        assert (await town.message("m1")).superseded_at == NOON
        assert await town.state("m1") is MessageState.LIVE
        assert not await town.is_open("m1")
        assert await town.told("message.superseded") == [
            {"number": 17, "by": 18, "kind": "all_clear"}
        ]


async def test_a_scheduled_follow_up_takes_effect_in_its_time(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.follow(Kind.UPDATE, not_before=NOON + 5 * MINUTE)
        assert await town.states("m1") == {"x": S.PLANNED}
        assert await town.state("m2") is MessageState.SCHEDULED

        town.wait(5 * MINUTE)
        assert "m2" in town.planner.due(town.at)
        await town.replan("m2")

        assert await town.states("m1") == {"x": S.WITHDRAWN}
        assert await town.state("m1") is MessageState.WITHDRAWN
        assert await town.states("m2") == {"x": S.PLANNED}


async def test_whichever_link_is_decided_about_first_a_due_follow_up_takes_effect(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.follow(Kind.UPDATE, not_before=NOON + 5 * MINUTE)
        town.wait(5 * MINUTE)

        await town.replan("m1")

        assert await town.states("m1") == {"x": S.WITHDRAWN}
        assert await town.states("m2") == {"x": S.PLANNED}


async def test_a_message_that_awaits_approval_plans_nothing_until_it_is_given(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept(needs_approval=True)
        assert await town.states() == {}
        assert await town.state() is MessageState.AWAITING_APPROVAL
        assert await town.is_open()
        town.wait(MINUTE)

        await town.change("m1", approved_at=town.at, approved_by="person:u2")

        assert await town.states() == {"x": S.PLANNED}
        assert await town.state() is MessageState.ACCEPTED


async def test_a_message_that_nobody_approves_expires(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept(needs_approval=True)
        town.wait(timedelta(hours=24))
        assert town.planner.due(town.at) == ["m1"]

        await town.replan()

        assert await town.state() is MessageState.EXPIRED
        assert not await town.is_open()


async def test_when_an_alarm_in_flight_lands_its_all_clear_is_planned_in_the_same_moment(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.begin("x")
        await town.follow(Kind.ALL_CLEAR)
        assert await town.states("m2") == {}
        assert await town.is_open("m1")

        await town.end("x", OUT)

        assert await town.states("m2") == {"x": S.PLANNED}
        assert await town.states("m1") == {"x": S.PUBLISHED}


async def test_an_alarm_in_flight_that_fails_is_not_tried_again_and_owes_nothing(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.begin("x")
        await town.follow(Kind.ALL_CLEAR)

        await town.end("x", Failed(Cause.TLS))

        assert await town.states("m1") == {"x": S.WITHDRAWN}
        assert await town.state("m2") is MessageState.LIVE
        assert await town.states("m2") == {}


async def test_an_outcome_that_comes_back_with_an_old_copy_of_the_message_changes_nothing(
    tmp_path: Path,
) -> None:
    """The attempt began before the all-clear came; what is on disk now is what counts."""
    async with desk(tmp_path, "x", "threads") as town:
        as_it_was = await town.accept()
        await town.begin("x")
        await town.follow(Kind.ALL_CLEAR)
        tried = (await town.deliveries())["x"]
        async with town.storage.write() as unit:
            failed = replace(tried, state=S.PLANNED, cause=Cause.TLS)
            await unit.save_delivery(failed)
            plan = await town.planner.replan(unit, as_it_was, town.at)

        assert not plan.wanted
        assert await town.states("m1") == {"x": S.WITHDRAWN}


async def test_an_unclear_alarm_stays_open_and_is_looked_up_after_it_was_superseded(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", Unclear(Cause.TLS))
        await town.follow(Kind.ALL_CLEAR)
        assert await town.states("m1") == {"x": S.UNKNOWN, "threads": S.WITHDRAWN}
        assert await town.state("m1") is MessageState.LIVE
        assert await town.is_open("m1")

        unclear = (await town.deliveries())["x"]
        async with town.storage.write() as unit:
            await unit.save_delivery(settle_find(unclear, Found(Receipt(post_id="1")), town.at))
            await town.planner.replan(unit, await town.message(), town.at)

        assert not await town.is_open("m1")
        assert await town.states("m2") == {"x": S.PLANNED}


async def test_an_alarm_in_a_persons_hands_is_withdrawn_but_not_forgotten(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await _hand_over(town)

        await town.follow(Kind.ALL_CLEAR)
        await town.replan("m2")

        assert await town.states("m1") == {"x": S.WITHDRAWN}
        assert await town.states("m2") == {"x": S.PLANNED}


async def _hand_over(town: Desk) -> None:
    waiting = (await town.deliveries())["x"]
    async with town.storage.write() as unit:
        await unit.save_delivery(replace(waiting, state=S.AWAITING_PERSON))


async def test_an_alarm_that_was_stranded_is_no_outage_any_more_once_it_is_over(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x") as town:
        town.judge("x", Cause.TLS)
        await town.accept()
        assert await town.state("m1") is MessageState.STRANDED

        await town.follow(Kind.ALL_CLEAR)

        async with town.storage.read() as view:
            assert await view.open_outages() == []
        assert await town.state("m2") is MessageState.LIVE


async def test_an_owed_channel_taken_out_of_service_strands_the_all_clear(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", OUT)
        rules = town.board.rules
        left = {"threads": rules.channels["threads"]}
        route = replace(rules.routes[0], priority=("threads",))
        town.board.rules = replace(rules, channels=left, routes=(route,))

        await town.follow(Kind.ALL_CLEAR)

        assert await town.state("m2") is MessageState.STRANDED
        async with town.storage.read() as view:
            [outage] = await view.open_outages()
            [why] = [n for n in await view.explanations_of("m2") if n.channel == "x"]
        assert outage.messages == ("m2",)
        assert why.reason == "removed"


async def test_a_follow_up_refers_to_every_earlier_link_with_the_time_it_was_sent(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept()
        await town.post("x", OUT)
        town.wait(MINUTE)
        await town.follow(Kind.UPDATE)
        await town.post("x", OUT, "m2")
        town.wait(SECOND)
        await town.follow(Kind.ALL_CLEAR)

        last = (await town.deliveries("m3"))["x"]

    assert last.rendered.payload == {"after": ["m1", "m2"]}


async def test_a_second_follow_up_supersedes_the_first(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", OUT)
        await town.follow(Kind.UPDATE)
        await town.follow(Kind.ALL_CLEAR)

        assert await town.states("m2") == {"x": S.WITHDRAWN}
        assert await town.states("m3") == {"x": S.PLANNED}
        assert [note["number"] for note in await town.told("message.superseded")] == [17, 18]


async def test_deciding_about_a_whole_chain_again_without_news_writes_nothing(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", Unclear(Cause.TLS))
        await town.follow(Kind.ALL_CLEAR)
        async with town.storage.read() as view:
            before = await view.journal_head()

        for message_id in ("m1", "m2", "m1"):
            await town.replan(message_id)

        async with town.storage.read() as view:
            assert await view.journal_head() == before
