"""A platform that says what a test wants it to say, and tools that answer from a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from probes import Aim, Reached
from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import FindResult, Outcome, Rendered
from sentinel.domain.observation import Report
from sentinel.platforms import Account, Draft, Facts, Platform, Published
from sentinel.wire import Lost, RenewalFailed, Response, Steps

T = TypeVar("T")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Spoken(Platform):
    """Every optional conversation returns `says`; without it there is none."""

    name = "spoken"

    def __init__(self, says: Report | Lost | RenewalFailed | None, *urls: str) -> None:
        self.says = says
        self.last: list[Published | None] = []
        self.facts = Facts(
            operator="own",
            text_limit=500,
            unit="characters",
            abilities=frozenset(Ability),
            probe_urls=urls or ("base",),
        )

    def length(self, text: str) -> int:
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        raise NotImplementedError

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        raise NotImplementedError

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        raise NotImplementedError

    def _speak(self) -> Steps[Report] | None:
        return None if self.says is None else self._talk(self.says)

    def _talk(self, says: Report | Lost | RenewalFailed) -> Steps[Report]:
        yield from ()
        if isinstance(says, Report):
            return says
        raise says

    def check_credentials(self, account: Account) -> Steps[Report] | None:  # noqa: ARG002
        return self._speak()

    read_quota = rehearse = listen = check_credentials

    def read_own(
        self,
        account: Account,  # noqa: ARG002
        last: Published | None,
    ) -> Steps[Report] | None:
        self.last.append(last)
        return self._speak()

    see_as_citizen = read_own


@dataclass
class Table:
    """Tools that drive a conversation without a network and look addresses up in a table."""

    answers: Mapping[str, Reached] = field(default_factory=dict)
    looked: list[str] = field(default_factory=list)

    async def converse(self, steps: Steps[T], account: Account) -> T:  # noqa: ARG002
        try:
            next(steps)
        except StopIteration as end:
            value: T = end.value
            return value
        raise AssertionError("these conversations ask for nothing")

    async def reach(self, address: str) -> Reached:
        self.looked.append(address)
        return self.answers[address]

    async def fetch(self, address: str) -> Response:
        raise Lost(Cause.UNREACHABLE, f"no page in this table: {address}", sent=True)

    def now(self) -> datetime:
        return NOON


ACCOUNT = Account(channel="stadt", base_url="https://api.example", public_url="https://www.example")


@pytest.fixture
def aim_at() -> Callable[..., Aim]:
    def aim(
        says: Report | Lost | RenewalFailed | None = None,
        *urls: str,
        abilities: frozenset[Ability] = frozenset(Ability),
        **account: str,
    ) -> Aim:
        return Aim(
            platform=Spoken(says, *urls),
            account=replace(ACCOUNT, **account),  # type: ignore[arg-type] # the addresses only
            last=None,
            abilities=abilities,
        )

    return aim


@pytest.fixture
def table() -> Callable[..., Table]:
    return Table
