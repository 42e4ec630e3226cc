"""Posting late on a better channel: once, with the time of the original, under the same key."""

from datetime import timedelta
from pathlib import Path

from sentinel.domain.cause import Cause
from sentinel.domain.chain import OUT_TO
from sentinel.domain.delivery import (
    DeliveryState,
    Failed,
    NotSeen,
    Refused,
    Unclear,
    settle_find,
    step,
)
from sentinel.domain.message import Kind, MessageState
from sentinel.domain.rules import OnRecovery
from tests.service.planning import MINUTE, NOON, OUT, SECOND, desk

S = DeliveryState


async def test_a_message_with_a_better_channel_in_trouble_stays_open_and_gets_there_late(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        town.judge("x", Cause.TLS)
        await town.accept()
        await town.post("threads", OUT)
        assert await town.state() is MessageState.LIVE
        assert await town.is_open()

        town.wait(6 * MINUTE)
        town.judge("x", None)
        await town.replan()

        late = (await town.deliveries())["x"]
        [note] = [n for n in await town.told("delivery.planned") if n["channel"] == "x"]
        assert late.state is S.PLANNED
        assert late.rendered.text == "Meldung von 13:00 Uhr: Bombe 12:06:00 None"  # Berlin's time
        assert note["late"] is True
        assert await town.told("message.rerouted") == []

        await town.post("x", OUT)
        assert not await town.is_open()
        assert town.planner.wakes == {}


async def test_a_route_that_skips_closes_the_message_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads", on_recovery=OnRecovery.SKIP) as town:
        town.judge("x", Cause.TLS)
        await town.accept()
        await town.post("threads", OUT)

        assert not await town.is_open()


async def test_what_was_refused_is_rendered_anew_under_the_same_key_and_its_memory_is_gone(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        refused = (await town.deliveries())["x"]
        async with town.storage.write() as unit:
            await unit.remember(refused.id, "container", "17")
        await town.post("x", Refused(Cause.PLAN_REFUSED))
        await town.post("threads", OUT)
        town.wait(timedelta(hours=12))
        town.judge("x", None)
        await town.replan()
        await town.replan()

        late = (await town.deliveries())["x"]

    assert late.state is S.PLANNED
    assert late.rendered.text == "Meldung vom 01.01.2030, 13:00 Uhr: Bombe 00:00:00 None"
    assert late.rendered.key == refused.rendered.key
    assert late.memory == {}


async def test_a_post_only_little_late_keeps_its_text_and_what_it_remembered(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        refused = (await town.deliveries())["x"]
        async with town.storage.write() as unit:
            await unit.remember(refused.id, "container", "17")
        await town.post("x", Refused(Cause.PLAN_REFUSED))
        await town.post("threads", OUT)
        town.wait(4 * MINUTE)
        town.judge("x", None)
        await town.replan()

        late = (await town.deliveries())["x"]

    assert late.rendered == refused.rendered
    assert late.memory == {"container": "17"}


async def test_a_mailing_that_reached_some_goes_on_late_with_the_same_mail_to_the_rest(
    tmp_path: Path,
) -> None:
    """Another text, or a lost list of who has it, would mail the first ones twice."""
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        half = (await town.deliveries())["x"]
        async with town.storage.write() as unit:
            await unit.remember(half.id, f"{OUT_TO}batch:1", "done 250:a,b")
        await town.post("x", Failed(Cause.PLATFORM_FAULT, "2 of 3 recipients accepted"))
        town.judge("x", Cause.TLS)
        await town.replan()
        await town.post("threads", OUT)
        assert await town.states() == {"x": S.MOVED, "threads": S.PUBLISHED}
        town.wait(10 * MINUTE)
        town.judge("x", None)
        await town.replan()

        late = (await town.deliveries())["x"]

    assert late.state is S.PLANNED
    assert late.rendered == half.rendered
    assert late.memory == {f"{OUT_TO}batch:1": "done 250:a,b"}


async def test_an_all_clear_goes_after_a_mailing_that_reached_some(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        half = (await town.deliveries())["x"]
        async with town.storage.write() as unit:
            await unit.remember(half.id, f"{OUT_TO}batch:1", "done 250:a,b")
        await town.begin("x")
        async with town.storage.write() as unit:  # stopped: there is no word of it but the memory
            stopped = step((await town.deliveries())["x"], S.PLANNED, town.at)
            await unit.save_delivery(stopped)

        await town.follow(Kind.ALL_CLEAR)

        assert await town.states("m1") == {"x": S.WITHDRAWN}
        assert (await town.deliveries("m1"))["x"].evidence == "some recipients have it, or may"
        assert await town.state("m1") is MessageState.LIVE  # some of it is out
        assert await town.states("m2") == {"x": S.PLANNED}


async def test_a_text_that_may_be_out_already_is_never_replaced(tmp_path: Path) -> None:
    """Its server drops a second copy under the same key; another text it might not drop."""
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", Unclear(Cause.TLS))
        town.wait(40 * SECOND)
        unclear = (await town.deliveries())["x"]
        async with town.storage.write() as unit:
            again = settle_find(unclear, NotSeen(repeatable=True), town.at)
            await unit.save_delivery(again)
            await town.planner.replan(unit, await town.message(), town.at)
        town.judge("threads", Cause.TLS)
        await town.replan()
        await town.post("x", Failed(Cause.TLS))
        town.judge("threads", None)
        await town.replan()
        await town.post("threads", OUT)
        town.wait(10 * MINUTE)
        town.judge("x", None)
        await town.replan()

        late = (await town.deliveries())["x"]

    assert late.state is S.PLANNED
    assert late.rendered == unclear.rendered


async def test_a_late_post_that_never_got_out_expires_with_its_message(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        town.judge("x", Cause.TLS)
        await town.accept()
        await town.post("threads", OUT)
        town.judge("x", None)
        await town.replan()
        town.wait(timedelta(hours=24))
        assert town.planner.due(town.at) == ["m1"]

        await town.replan()

        assert await town.states() == {"x": S.EXPIRED, "threads": S.PUBLISHED}
        assert await town.state() is MessageState.LIVE
        assert not await town.is_open()


async def test_nothing_is_posted_late_after_the_all_clear(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        town.judge("x", Cause.TLS)
        await town.accept()
        await town.post("threads", OUT)
        await town.follow(Kind.ALL_CLEAR)
        town.wait(MINUTE)
        town.judge("x", None)
        await town.replan("m1")
        await town.replan("m2")

        assert await town.states("m1") == {"threads": S.PUBLISHED}
        assert await town.states("m2") == {"threads": S.PLANNED}


async def test_a_message_approved_late_is_not_late(tmp_path: Path) -> None:
    async with desk(tmp_path, "x") as town:
        await town.accept(needs_approval=True)
        town.wait(20 * MINUTE)
        await town.change("m1", approved_at=town.at, approved_by="person:u2")

        out = (await town.deliveries())["x"]

    assert out.rendered.text == "Bombe 12:20:00 None"


async def test_the_trouble_of_a_channel_stays_explained_when_it_is_well_again(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads", on_recovery=OnRecovery.SKIP) as town:
        town.judge("x", Cause.TLS)
        await town.accept()
        await town.begin("threads")
        town.wait(SECOND)
        town.judge("x", None)
        await town.end("threads", OUT)

        async with town.storage.read() as view:
            [why] = [n for n in await view.explanations_of("m1") if n.channel == "x"]

    assert (why.reason, why.cause, why.at) == ("impaired", Cause.TLS, NOON)
