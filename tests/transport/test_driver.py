"""Driving a conversation: its deadline, what it remembers, its credentials, and its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace

import pytest
from aiohttp import web

from sentinel.domain.cause import Cause
from sentinel.platforms import Account
from sentinel.transport.driver import Transport
from sentinel.wire import (
    Lost,
    RenewalFailed,
    Request,
    Steps,
    Withheld,
    ask,
    outcome_of_loss,
    remember,
    renew,
    wait,
)

Open = Callable[..., Awaitable[Transport]]
Site = Callable[..., Awaitable[str]]
NOWHERE = Request(method="GET", url="no address")


async def test_a_conversation_without_steps_is_its_value(
    transport: Transport, account: Account
) -> None:
    def nothing() -> Steps[str]:
        yield from ()
        return "said"

    assert await transport.drive(nothing(), account, timeout_s=1) == "said"


async def test_what_is_remembered_is_kept_before_anything_more_is_sent(
    transport: Transport, account: Account, site: Site
) -> None:
    order: list[str] = []

    async def take(request: web.Request) -> web.Response:
        order.append(request.path)
        return web.Response()

    async def keep(name: str, value: str) -> None:
        await asyncio.sleep(0.01)
        order.append(f"{name}={value}")

    base = await site(take)

    def two() -> Steps[None]:
        yield from ask(Request(method="POST", url=f"{base}/container"))
        yield from remember("container", "42")
        yield from ask(Request(method="POST", url=f"{base}/publish", commits=True))

    await transport.drive(two(), account, timeout_s=5, keep=keep)

    assert order == ["/container", "container=42", "/publish"]


async def test_without_a_keeper_nothing_is_remembered_and_the_talk_goes_on(
    transport: Transport, account: Account
) -> None:
    def one() -> Steps[str]:
        yield from remember("container", "42")
        return "done"

    assert await transport.drive(one(), account, timeout_s=1) == "done"


async def test_a_loss_may_be_caught_where_it_does_not_matter(
    transport: Transport, account: Account, site: Site
) -> None:
    async def take(_: web.Request) -> web.Response:
        return web.json_response({"id": "1"})

    base = await site(take)

    def post() -> Steps[str]:
        answer = yield from ask(Request(method="POST", url=base, commits=True))
        try:
            yield from ask(NOWHERE)
        except Lost:
            return f"{answer.object()['id']} without a permalink"
        return "with a permalink"

    assert await transport.drive(post(), account, timeout_s=5) == "1 without a permalink"


async def test_the_deadline_is_for_the_whole_conversation(
    transport: Transport, account: Account, site: Site
) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(0.2)
        return web.Response()

    base = await site(slow)

    def many() -> Steps[None]:
        for _ in range(100):
            yield from ask(Request(method="GET", url=base))

    begun = time.monotonic()
    with pytest.raises(Lost) as caught:
        await transport.drive(many(), account, timeout_s=0.5)

    assert time.monotonic() - begun < 1.5
    assert caught.value.evidence == "127.0.0.1: no answer within 0.5 s"


async def test_one_step_may_have_a_shorter_limit_of_its_own(
    transport: Transport, account: Account, site: Site
) -> None:
    async def silent(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    base = await site(silent)

    def send() -> Steps[str]:
        try:
            yield from ask(Request(method="POST", url=base, commits=True, within_s=0.2))
        except Lost as lost:
            yield from wait(0.01)  # the conversation itself has time left
            return lost.evidence
        return ""

    said = await transport.drive(send(), account, timeout_s=30)

    assert said == "127.0.0.1: no answer within 0.2 s"


async def test_after_the_deadline_nothing_new_is_begun(
    transport: Transport, account: Account, site: Site
) -> None:
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(request.path)
        await asyncio.sleep(1)
        return web.Response()

    base = await site(take)

    def stubborn() -> Steps[str]:
        try:
            yield from ask(Request(method="GET", url=f"{base}/first"))
        except Lost:
            yield from ask(Request(method="POST", url=f"{base}/second", commits=True))
        return "posted"

    with pytest.raises(Lost) as caught:
        await transport.drive(stubborn(), account, timeout_s=0.2)

    assert seen == ["/first"]
    assert not caught.value.committed


async def test_waiting_past_the_deadline_is_the_platforms_slowness(
    transport: Transport, account: Account
) -> None:
    def container() -> Steps[str]:
        yield from wait(0.01)
        yield from wait(3600)
        return "ready"

    begun = time.monotonic()
    with pytest.raises(Lost) as caught:
        await transport.drive(container(), account, timeout_s=0.1)

    assert time.monotonic() - begun < 1
    assert (caught.value.cause, caught.value.sent) == (Cause.PLATFORM_FAULT, False)
    assert caught.value.evidence == "not done within 0.1 s"


async def test_a_cancelled_conversation_is_closed_and_stays_cancelled(
    transport: Transport, account: Account
) -> None:
    closed: list[bool] = []

    def long() -> Steps[None]:
        try:
            yield from wait(60)
        finally:
            closed.append(True)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(transport.drive(long(), account, timeout_s=90))
        await asyncio.sleep(0.01)
        task.cancel()

    assert task.cancelled()
    assert closed == [True]


async def test_a_bug_in_a_conversation_comes_out_as_it_is(
    transport: Transport, account: Account
) -> None:
    def buggy() -> Steps[None]:
        yield from wait(0)
        raise KeyError("id")

    with pytest.raises(KeyError):
        await transport.drive(buggy(), account, timeout_s=1)


async def test_a_fresh_credential_is_what_the_renewer_obtained(
    open_transport: Open, account: Account
) -> None:
    async def renewer(asking: Account) -> Mapping[str, str]:
        return {"access": f"fresh for {asking.channel}"}

    def talk() -> Steps[str]:
        return (yield from renew())["access"]

    transport = await open_transport(renewer=renewer)

    assert await transport.drive(talk(), account, timeout_s=1) == "fresh for stadt"


async def test_two_that_ask_at_once_share_one_renewal_and_a_later_one_gets_its_own(
    open_transport: Open, account: Account
) -> None:
    made: list[str] = []

    async def renewer(_: Account) -> Mapping[str, str]:
        made.append(str(len(made) + 1))
        await asyncio.sleep(0.02)
        return {"access": made[-1]}

    def talk() -> Steps[str]:
        return (yield from renew())["access"]

    transport = await open_transport(renewer=renewer)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(transport.drive(talk(), account, timeout_s=1))
        second = group.create_task(transport.drive(talk(), account, timeout_s=1))

    later = await transport.drive(talk(), account, timeout_s=1)

    assert (first.result(), second.result(), later) == ("1", "1", "2")


@pytest.mark.parametrize(
    "failure",
    [
        RenewalFailed(Cause.CREDENTIAL_EXPIRED, "400 invalid_grant"),
        Lost(Cause.UNREACHABLE, "no answer within 8 s", sent=True),
    ],
)
async def test_a_renewal_that_fails_is_raised_in_the_conversation_and_out_of_it(
    open_transport: Open, account: Account, failure: Lost | RenewalFailed
) -> None:
    async def renewer(_: Account) -> Mapping[str, str]:
        raise failure

    def uncaught() -> Steps[str]:
        return (yield from renew())["access"]

    def caught() -> Steps[str]:
        try:
            return (yield from renew())["access"]
        except (Lost, RenewalFailed) as error:
            return error.evidence

    transport = await open_transport(renewer=renewer)

    with pytest.raises(type(failure)):
        await transport.drive(uncaught(), account, timeout_s=1)
    assert await transport.drive(caught(), account, timeout_s=1) == failure.evidence


async def test_a_renewal_under_way_is_let_finish_past_the_deadline(
    open_transport: Open, account: Account
) -> None:
    finished: list[str] = []

    async def renewer(_: Account) -> Mapping[str, str]:
        await asyncio.sleep(0.2)
        finished.append("rotated token on disk")
        return {"access": "fresh"}

    def talk() -> Steps[str]:
        session = yield from renew()
        yield from ask(NOWHERE)
        return session["access"]

    transport = await open_transport(renewer=renewer)
    with pytest.raises(Lost):
        await transport.drive(talk(), account, timeout_s=0.05)

    assert finished == ["rotated token on disk"]


async def test_who_waits_too_long_for_anothers_renewal_is_lost_and_did_not_send(
    open_transport: Open, account: Account
) -> None:
    async def renewer(_: Account) -> Mapping[str, str]:
        await asyncio.sleep(0.2)
        return {"access": "fresh"}

    def talk() -> Steps[str]:
        return (yield from renew())["access"]

    transport = await open_transport(renewer=renewer)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(transport.drive(talk(), account, timeout_s=5))
        await asyncio.sleep(0.01)
        with pytest.raises(Lost) as caught:
            await transport.drive(talk(), account, timeout_s=0.05)

    assert first.result() == "fresh"
    assert not caught.value.sent
    assert type(outcome_of_loss(caught.value)).__name__ == "Failed"


async def test_a_conversation_that_is_stopped_may_put_on_disk_what_did_not_happen(
    transport: Transport, account: Account
) -> None:
    kept: list[tuple[str, str]] = []

    async def keep(name: str, value: str) -> None:
        kept.append((name, value))

    def talk() -> Steps[None]:
        yield from remember("mail", "begun")
        try:
            yield from ask(replace(NOWHERE, commits=True))
        except Withheld:
            yield from remember("mail", "not sent")
            raise

    with pytest.raises(Withheld):
        await transport.drive(talk(), account, timeout_s=5, keep=keep, may_commit=lambda: False)

    assert kept == [("mail", "begun"), ("mail", "not sent")]


async def test_what_was_stopped_once_stays_stopped_when_the_hold_ends_meanwhile(
    transport: Transport, account: Account, site: Site
) -> None:
    arrived: list[str] = []
    answers = iter([False, True, True])

    async def take(request: web.Request) -> web.Response:
        arrived.append(request.path)
        return web.Response()

    base = await site(take)

    def talk() -> Steps[None]:
        for path in ("/first", "/second"):
            with suppress(Withheld):
                yield from ask(Request(method="POST", url=f"{base}{path}", commits=True))
        yield from ask(Request(method="POST", url=f"{base}/third", commits=True))

    with pytest.raises(Withheld):
        await transport.drive(talk(), account, timeout_s=5, may_commit=lambda: next(answers))

    assert arrived == []
