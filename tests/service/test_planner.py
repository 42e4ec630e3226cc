"""A decision becomes deliveries on disk: rendered once, told once, looked at again in time."""

from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    DeliveryState,
    Failed,
    Outcome,
    Refused,
    Unclear,
)
from sentinel.domain.rules import Freeze
from tests.service.planning import MINUTE, NOON, OUT, SECOND, desk


async def test_what_is_accepted_is_planned_and_rendered_in_the_same_transaction(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()

        planned = await town.deliveries()
        notes = await town.told("delivery.planned")

    assert list(planned) == ["x"]
    assert planned["x"].rendered.text == "Bombe 12:00:00 None"
    assert (planned["x"].planned_at, planned["x"].due_at) == (NOON, NOON)
    assert notes == [{"message": "m1", "channel": "x", "routes": ["katastrophe"]}]


async def test_what_is_sent_is_rendered_once_and_never_again(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", Refused(Cause.PLAN_REFUSED))
        town.wait(5 * MINUTE)
        town.judge("x", None)

        await town.replan()

        again = (await town.deliveries())["x"]
    assert again.state is DeliveryState.PLANNED
    assert (again.planned_at, again.due_at) == (town.at, town.at)
    assert again.rendered.text == "Bombe 12:00:00 None"
    assert (again.cause, again.attempts) == (None, 1)


async def test_a_failed_grave_post_moves_on_and_staff_hear_of_it_once(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads", "mastodon") as town:
        await town.accept()
        await town.post("x", Failed(Cause.UNREACHABLE, "refused"))
        assert await town.states() == {"x": DeliveryState.MOVED, "threads": DeliveryState.PLANNED}

        town.restart()
        await town.post("threads", Failed(Cause.UNREACHABLE))

        states, news = await town.states(), await town.told("message.rerouted")
        moved = await town.told("delivery.moved")

    assert states["mastodon"] is DeliveryState.PLANNED
    assert news == [
        {
            "number": 17,
            "channel": "x",
            "why": "unreachable",
            "reason": "failed",
            "onto": ["threads"],
        }
    ]
    assert [(note["channel"], note["reason"]) for note in moved] == [
        ("x", "failed"),
        ("threads", "failed"),
    ]


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Unclear(Cause.PLATFORM_FAULT), "platform_fault"),
        (Refused(Cause.ACCOUNT_LOCKED), "account_locked"),
    ],
)
async def test_an_unclear_or_refused_post_is_a_rerouting_too(
    tmp_path: Path, outcome: Outcome, why: str
) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        await town.post("x", outcome)

        news = await town.told("message.rerouted")

    assert [(note["channel"], note["why"], note["onto"]) for note in news] == [
        ("x", why, ["threads"])
    ]


async def test_a_channel_that_was_down_before_is_no_rerouting(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        town.judge("x", Cause.TLS)
        await town.accept()

        assert await town.states() == {"threads": DeliveryState.PLANNED}
        assert await town.told("message.rerouted") == []


async def test_an_always_channel_in_trouble_is_no_rerouting_of_the_list(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads", notice=True) as town:
        await town.accept()
        await town.post("seite", Refused(Cause.BAD_CONFIGURATION))
        town.judge("seite", Cause.BAD_CONFIGURATION)
        await town.replan()
        await town.post("x", Failed(Cause.TLS))

        news = await town.told("message.rerouted")

    assert [note["channel"] for note in news] == ["x"]


async def test_every_channel_passed_over_is_explained_with_the_time_it_began(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads", "mastodon") as town:
        town.judge("x", Cause.TLS)
        await town.accept()
        town.wait(10 * SECOND)
        await town.replan()

        async with town.storage.read() as view:
            notes = await view.explanations_of("m1")

    assert [(n.channel, n.reason, n.cause, n.at) for n in notes] == [
        ("mastodon", "not_needed", None, NOON),
        ("x", "impaired", Cause.TLS, NOON),
    ]


async def test_a_post_waits_for_the_page_it_links_to_and_has_a_text_without_it(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads", notice=True) as town:
        await town.accept()

        waiting = (await town.deliveries())["x"]

    assert waiting.due_at == NOON + 5 * SECOND
    assert waiting.rendered.text == "Bombe 12:00:00 http://127.0.0.1:8080/notices/m1/"
    assert waiting.without_link is not None
    assert waiting.without_link.text == "Bombe 12:00:00 None"


async def test_a_rerouted_post_still_links_to_the_page_and_does_not_wait_for_it_again(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "x", "threads", notice=True) as town:
        await town.accept()
        await town.post("seite", OUT)
        town.wait(SECOND)
        await town.post("x", Failed(Cause.TLS))

        rerouted = (await town.deliveries())["threads"]

    assert rerouted.rendered.text.endswith("/notices/m1/")
    assert rerouted.without_link is not None  # should citizens lose the page before it goes
    assert rerouted.due_at == NOON + SECOND


async def test_a_page_that_fails_delays_no_rerouted_post(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads", notice=True) as town:
        await town.accept()
        await town.post("seite", Failed(Cause.PLATFORM_FAULT))
        town.wait(6 * SECOND)
        await town.post("x", Failed(Cause.TLS))

        rerouted = (await town.deliveries())["threads"]

    assert rerouted.due_at == NOON + 6 * SECOND
    assert rerouted.without_link is not None


async def test_the_messages_own_link_wins_and_waits_for_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", notice=True) as town:
        await town.accept(link="https://stadt.example/bombe")

        own = (await town.deliveries())["x"]

    assert own.rendered.text == "Bombe 12:00:00 https://stadt.example/bombe"
    assert (own.without_link, own.due_at) == (None, NOON)


async def test_a_frozen_channel_is_left_and_taken_up_again(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        town.board.freezes["x"] = Freeze(channel="x", reason="gekapert", by="u1")
        await town.replan()
        assert await town.states() == {"x": DeliveryState.MOVED, "threads": DeliveryState.PLANNED}

        town.board.freezes.clear()
        await town.replan()

        assert await town.states() == {"x": DeliveryState.PLANNED, "threads": DeliveryState.MOVED}


async def test_a_removed_channel_lets_its_unsent_post_go(tmp_path: Path) -> None:
    async with desk(tmp_path, "x", "threads") as town:
        await town.accept()
        rules = town.board.rules
        left = {"threads": rules.channels["threads"]}
        route = replace(rules.routes[0], priority=("threads",))
        town.board.rules = replace(rules, channels=left, routes=(route,))
        await town.replan()

        assert await town.states() == {"x": DeliveryState.MOVED, "threads": DeliveryState.PLANNED}
        news = await town.told("message.rerouted")

    assert [(note["channel"], note["why"], note["onto"]) for note in news] == [
        ("x", "removed", ["threads"])
    ]
