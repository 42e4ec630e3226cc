"""A planner over a real storage, with a platform of its own: for the tests of planning."""

# ruff: noqa: ARG002 - every platform keeps one signature, needed or not

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sentinel.domain.cause import EFFECTS, Ability, Cause, Severity, State
from sentinel.domain.delivery import (
    Accepted,
    Delivery,
    DeliveryState,
    FindResult,
    Outcome,
    ProvenAbsent,
    Receipt,
    Rendered,
    settle,
    step,
)
from sentinel.domain.health import Verdict, blank
from sentinel.domain.message import Content, Kind, Message, MessageState
from sentinel.domain.outcome import name_of
from sentinel.domain.plan import Plan
from sentinel.domain.rules import Channel, Route, Rules
from sentinel.platforms import Account, Draft, Facts, Platform
from sentinel.service.board import Board
from sentinel.service.planner import Planner
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.wire import Steps

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OUT = Accepted(receipt=Receipt(post_id="1"))
TOKEN = Actor(kind="token", id="t1")


class Pinboard(Platform):
    """A board on which the note says when, for whom and with which link it was written."""

    name = "pinboard"
    facts = Facts(
        operator="own", text_limit=500, unit="characters", abilities=frozenset({Ability.PUBLISH})
    )

    def length(self, text: str) -> int:
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        text = f"{draft.message.content.headline} {draft.at:%H:%M:%S} {draft.link}"
        key = f"{draft.delivery_id}/{draft.at:%H:%M:%S}"
        after = {"after": [one for one, _ in draft.references]}
        return Rendered(text=text, key=key, length=len(text), limit=500, payload=after)

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        yield from ()
        return OUT

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        yield from ()
        return ProvenAbsent()


@dataclass
class Desk:
    """A planner over a real storage, and a clock that a test moves by hand."""

    storage: Storage
    board: Board
    planner: Planner
    clock: list[datetime] = field(default_factory=lambda: [NOON])

    @property
    def at(self) -> datetime:
        return self.clock[0]

    def wait(self, time: timedelta) -> None:
        self.clock[0] += time

    def restart(self) -> None:
        self.planner = Planner(self.board)

    def judge(self, name: str, cause: Cause | None) -> None:
        state = EFFECTS[cause].state or State.UP if cause else State.UP
        verdict = Verdict(state=state, cause=cause, evidence=f"saw {cause}", since=self.at)
        health = blank(name, [Ability.PUBLISH], self.at)
        self.board.healths[name] = replace(health, verdicts={Ability.PUBLISH: verdict})

    async def accept(self, severity: Severity = Severity.SEVERE, **changes: Any) -> Message:
        """Accept an alert; `changes` are fields of the message or of its content."""
        alert = Message(
            id="m1",
            number=17,
            chain="m1",
            content=Content(headline="Bombe", text="Bitte gehen.", severity=severity),
            routes=tuple(route.name for route in self.board.rules.routes),
            accepted_at=self.at,
            expires_at=self.at + timedelta(hours=24),
            effective_severity=severity,
        )
        return await self._keep(alert, changes, fresh=False)

    async def follow(self, kind: Kind = Kind.ALL_CLEAR, **changes: Any) -> Message:
        """Accept the next link of the chain."""
        async with self.storage.read() as view:
            links = await view.chain("m1")
        later = replace(
            links[0],
            id=f"m{len(links) + 1}",
            number=17 + len(links),
            kind=kind,
            content=replace(links[0].content, headline="Weiter", not_before=None),
            references=tuple(link.id for link in links),
            accepted_at=self.at,
            expires_at=self.at + timedelta(hours=24),
            superseded_at=None,
            needs_approval=False,
        )
        return await self._keep(later, changes, fresh=True)

    async def _keep(self, message: Message, changes: dict[str, Any], *, fresh: bool) -> Message:
        own = {name: changes.pop(name) for name in list(changes) if hasattr(message, name)}
        message = replace(message, content=replace(message.content, **changes), **own)
        async with self.storage.write() as unit:
            await unit.add_message(message, key=None, body_hash="h", actor=TOKEN)
            await self.planner.replan(unit, message, self.at, fresh=fresh)
        return message

    async def message(self, message_id: str = "m1") -> Message:
        async with self.storage.read() as view:
            found = await view.message(message_id)
        assert found is not None
        return found

    async def change(self, message_id: str, **changes: Any) -> Plan:
        """A person changes a message; what follows is decided in the same transaction."""
        changed = replace(await self.message(message_id), **changes)
        async with self.storage.write() as unit:
            await unit.save_message(changed)
            return await self.planner.replan(unit, changed, self.at)

    async def replan(self, message_id: str = "m1") -> Plan:
        known = await self.message(message_id)
        async with self.storage.write() as unit:
            return await self.planner.replan(unit, known, self.at)

    async def begin(self, name: str, message_id: str = "m1") -> None:
        """An attempt is written down."""
        tried = (await self.deliveries(message_id))[name]
        tried = step(tried, DeliveryState.PUBLISHING, self.at, attempts=tried.attempts + 1)
        async with self.storage.write() as unit:
            await unit.save_delivery(tried)
            await unit.begin_attempt(tried.id, at=self.at, node="a")

    async def end(self, name: str, outcome: Outcome, message_id: str = "m1") -> Plan:
        """An attempt ends; what follows is decided in the same transaction."""
        message = await self.message(message_id)
        tried = (await self.deliveries(message_id))[name]
        async with self.storage.write() as unit:
            settled = settle(tried, outcome, self.at)
            await unit.save_delivery(settled)
            await unit.end_open_attempts(tried.id, self.at, name_of(outcome))
            moved = settled if settled.state is DeliveryState.MOVED else None
            return await self.planner.replan(unit, message, self.at, moved=moved)

    async def post(self, name: str, outcome: Outcome, message_id: str = "m1") -> Plan:
        await self.begin(name, message_id)
        return await self.end(name, outcome, message_id)

    async def deliveries(self, message_id: str = "m1") -> dict[str, Delivery]:
        async with self.storage.read() as view:
            return {d.channel: d for d in await view.deliveries_of(message_id)}

    async def states(self, message_id: str = "m1") -> dict[str, DeliveryState]:
        return {name: d.state for name, d in (await self.deliveries(message_id)).items()}

    async def told(self, kind: str) -> list[Mapping[str, Any]]:
        async with self.storage.read() as view:
            entries = await view.entries(kinds=[kind], limit=200)
        return [entry.payload or {} for entry in entries]

    async def state(self, message_id: str = "m1") -> MessageState | None:
        async with self.storage.read() as view:
            return await view.message_state(message_id)

    async def is_open(self, message_id: str = "m1") -> bool:
        async with self.storage.read() as view:
            return message_id in {message.id for message in await view.open_messages()}


@asynccontextmanager
async def desk(
    folder: Path, *names: str, notice: bool = False, **route: Any
) -> AsyncIterator[Desk]:
    """A planner for one route over channels that are all up."""
    clock, ids = [NOON], itertools.count(1)
    always = ("seite",) if notice else ()
    channels = {
        name: Channel(name=name, platform="pinboard", operator=name, account=f"konto-{name}")
        for name in (*always, *names)
    }
    rules = Rules(
        organisation="Stadt Musterstadt",
        channels=channels,
        notice_link="seite" if notice else None,
        routes=(Route(name="katastrophe", priority=names, always=always, **route),),
    )
    board = Board(
        rules=rules,
        platforms={"pinboard": Pinboard()},
        env={},
        now=lambda: clock[0],
        new_id=lambda: f"d{next(ids)}",
    )
    storage = await Storage.open(
        f"sqlite:///{folder}/sentinel.db", data=folder, node="a", now=lambda: clock[0]
    )
    made = Desk(storage=storage, board=board, planner=Planner(board), clock=clock)
    made.wait(-MINUTE)
    for name in channels:
        made.judge(name, None)
    made.wait(MINUTE)
    try:
        yield made
    finally:
        await storage.close()
