"""Credentials that are spent by renewing them: on disk before use, one at a time, an honest end.

Every platform that can renew is met here: what its member does not call spent
must serve again. The sessions are kept by the daemon's own `Accounts`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sentinel.domain.delivery import Outcome
from sentinel.platforms import Account, Session, platforms
from sentinel.rules import load
from sentinel.service.accounts import Accounts
from sentinel.service.board import Board
from sentinel.simulator.server import Simulator
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Lost, RenewalFailed, outcome_of_loss, renew
from tests.platforms.faced import ended, facing, now, warning
from tests.platforms.member import Ends
from tests.platforms.members import members
from tests.support import city

SPENT = [name for name, member in members().items() if member.rotates]
CHANNEL = "kanal"


def renewing() -> Iterator[str]:
    """Yield the platforms whose credentials are renewed, and are not spent by it."""
    for name, member in members().items():
        bare = Account(
            channel=CHANNEL,
            base_url="http://localhost",
            public_url="",
            settings=member.settings,
            credentials=member.renews_with or member.credentials,
        )
        if platforms()[name].refresh_credentials(bare) is not None and name not in SPENT:
            yield name


@dataclass(kw_only=True)
class Node:
    """One process of the daemon, as far as it keeps sessions."""

    board: Board
    storage: Storage
    accounts: Accounts
    transport: Transport

    async def on_disk(self) -> Mapping[str, str]:
        """Return the session that a new process would find."""
        fresh = Accounts(self.board, self.storage, lambda _: None)
        return dict((await fresh.account(CHANNEL)).session)

    async def account(self) -> Account:
        """Return the channel's account as a conversation gets it."""
        return await self.accounts.account(CHANNEL)

    async def publish(self, name: str) -> Outcome:
        """Post once, as the dispatcher does."""
        account, platform = await self.account(), platforms()[name]
        rendered = platform.render(warning(), account)
        steps = platform.publish(account, rendered, {})
        try:
            return await self.transport.drive(steps, account, timeout_s=10, platform=platform)
        except Lost as lost:
            return outcome_of_loss(lost)

    async def conversation(self) -> Mapping[str, str]:
        """Hold a conversation that finds its session stale."""
        return await self.transport.drive(renew(), await self.account(), timeout_s=10)

    async def die_while_renewing(self, name: str) -> Session:
        """Have the platform give a fresh session away, and die before it is on disk."""
        account = await self.account()
        steps = platforms()[name].refresh_credentials(account)
        assert steps is not None
        return await self.transport.drive(steps, account, timeout_s=10)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(now=now, pace=1) as running:
        yield running


@asynccontextmanager
async def node(sim: Simulator, name: str, folder: Path) -> AsyncIterator[Node]:
    """Start a process on the rules and the database in `folder`."""
    secrets = members()[name].renews_with or members()[name].credentials
    channel = {
        "platform": name,
        "base_url": await sim.address(name, "stadt"),
        "public_url": sim.public_address(name, "stadt"),
        "credentials": {each: f"${{env:{each.upper()}}}" for each in secrets},
        **members()[name].settings,
    }
    routes = [{"name": "alles", "match": {}, "priority": [CHANNEL]}]
    document = city.rules(sim.url, "", listen="127.0.0.1:8080", routes=routes)
    env = {each.upper(): secret for each, secret in secrets.items()}
    file = city.write(folder, {**document, "channels": {CHANNEL: channel}})
    rules = load(file, env=env).rules
    storage = await Storage.open(rules.storage_url, data=folder, node="a", now=now)
    try:
        board = Board(rules=rules, platforms=platforms(), env=env, now=now, new_id=str)
        accounts = Accounts(board, storage, lambda _: None)
        transport = Transport(way=Way(), renewer=accounts.renew, ledger=lambda *_: None)
        accounts.transport = transport
        async with transport:
            yield Node(board=board, storage=storage, accounts=accounts, transport=transport)
    finally:
        await storage.close()


def test_those_that_are_known_to_rotate_are_met_here() -> None:
    assert {"x", "bluesky"} <= set(SPENT)


@pytest.mark.parametrize("name", SPENT)
async def test_a_fresh_session_is_on_disk_sealed_before_anybody_uses_it(
    sim: Simulator, name: str, tmp_path: Path
) -> None:
    async with node(sim, name, tmp_path) as first:
        session = await first.conversation()
        kept = await first.on_disk()
        outcome = await first.publish(name)

    tokens = [each for field, each in session.items() if "token" in field or "Jwt" in field]
    database = b"".join(each.read_bytes() for each in (tmp_path / "data").glob("sentinel.db*"))
    assert kept == dict(session)
    assert len(tokens) == 2
    assert len(database) > 0
    assert not any(each.encode() in database for each in tokens)
    assert ended(outcome)[1] is None
    assert len(sim.posts(name)) == 1


@pytest.mark.parametrize("name", SPENT)
async def test_two_that_find_it_stale_at_once_spend_it_once(
    sim: Simulator, name: str, tmp_path: Path
) -> None:
    async with node(sim, name, tmp_path) as one:
        before = await one.conversation()
        async with asyncio.TaskGroup() as both:
            asking = [both.create_task(one.conversation()) for _ in range(2)]
        after = [dict(each.result()) for each in asking]
        kept = await one.on_disk()
        outcome = await one.publish(name)

    assert after[0] == after[1] == kept != dict(before)
    assert ended(outcome)[1] is None  # had the first been spent twice, X would take none of it


@pytest.mark.parametrize("name", SPENT)
async def test_who_comes_late_with_a_spent_one_is_given_what_another_obtained(
    sim: Simulator, name: str, tmp_path: Path
) -> None:
    async with node(sim, name, tmp_path) as one:
        await one.conversation()
        stale = await one.account()
        fresh = await one.conversation()

        given = await one.accounts.renew(stale)
        outcome = await one.publish(name)

    assert dict(given) == dict(fresh)
    assert ended(outcome)[1] is None


@pytest.mark.parametrize("name", SPENT)
async def test_a_death_between_rotating_and_writing_ends_as_its_member_says(
    sim: Simulator, name: str, tmp_path: Path
) -> None:
    """The fresh one exists nowhere: what is on disk is spent, and nobody pretends otherwise."""
    async with node(sim, name, tmp_path) as first:
        known = dict(await first.conversation())
        lost = await first.die_while_renewing(name)

    async with node(sim, name, tmp_path) as second:
        found = dict((await second.account()).session)
        with raised(name):
            await second.conversation()
        outcome = await second.publish(name)

    assert found == known != dict(lost.keep)
    assert ended(outcome) == rotation(name)
    assert len(sim.posts(name)) == (1 if rotation(name)[1] is None else 0)


@pytest.mark.parametrize("name", SPENT)
async def test_what_was_used_to_renew_is_refused_afterwards(name: str, tmp_path: Path) -> None:
    async with facing(name, tmp_path) as faced:
        secrets = faced.member.renews_with or faced.member.credentials
        faced.account = replace(faced.account, credentials=secrets)
        await faced.renew()
        # Nothing else to log in with, so that only the session can renew itself.
        alone = replace(faced.account, credentials=dict.fromkeys(secrets, ""))
        faced.account = alone
        await faced.renew()

        faced.account = alone
        with pytest.raises(RenewalFailed) as refused:
            await faced.renew()

    assert refused.value.cause.value.startswith("credential_")


@pytest.mark.parametrize("name", list(renewing()))
async def test_what_is_not_called_spent_renews_again(name: str, tmp_path: Path) -> None:
    async with facing(name, tmp_path) as faced:
        secrets = faced.member.renews_with or faced.member.credentials
        before = replace(faced.account, credentials=secrets)
        faced.account = before
        await faced.renew()

        faced.account = before
        again = await faced.renew()

    assert again.keep


def rotation(name: str) -> Ends:
    """Return how a post ends when a fresh session got lost."""
    ends = members()[name].rotates
    assert ends is not None
    return ends


@contextmanager
def raised(name: str) -> Iterator[None]:
    """Expect a failed renewal exactly where a post then fails."""
    if rotation(name)[1] is None:
        yield
        return
    with pytest.raises(RenewalFailed):
        yield
