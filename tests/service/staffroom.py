"""A notifier over a real storage, with a clock that a test moves by hand: nothing is sent."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uuid_utils

from sentinel.domain.cause import EFFECTS, Ability, Cause, State
from sentinel.domain.escalation import Escalation
from sentinel.domain.health import Verdict, blank
from sentinel.domain.rules import Address, Channel, Contact, Level, Route, Rules, Staff
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.service.acknowledge import acknowledge
from sentinel.service.board import Board
from sentinel.service.notify import Notifier, OnCall
from sentinel.service.outages import carried_again, stranded, turn_outage
from sentinel.storage.actor import Actor
from sentinel.storage.notifications import Notification
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from tests.service.planning import Pinboard

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)  # 13:00 in Berlin
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAEMON = Actor(kind="daemon", id="sentinel")
PRESSE = Actor(kind="link", id="presse")


def contact(name: str, **more: Any) -> Contact:
    """Return somebody with one address, which nobody calls here."""
    url = SecretRef(SecretKind.LITERAL, f"json://localhost/{name}")
    return Contact(name=name, language="de", addresses=(Address(url=url),), **more)


LEVELS = (
    Level(after=timedelta(), notify=("presse",)),
    Level(after=5 * MINUTE, notify=("amtsleitung",)),
)
STAFF = Staff(
    contacts={name: contact(name) for name in ("presse", "amtsleitung")},
    levels=LEVELS,
    repeat_every=15 * MINUTE,
    group_wait=5 * SECOND,
)


@dataclass
class Room:
    """A notifier, and what is queued for whom."""

    storage: Storage
    board: Board
    notifier: Notifier
    clock: list[datetime] = field(default_factory=lambda: [NOON])
    seen: set[str] = field(default_factory=set)

    @property
    def at(self) -> datetime:
        return self.clock[0]

    def restart(self) -> None:
        """Forget all that is in memory."""
        self.notifier = Notifier(self.storage, self.board, lambda _: None)

    async def fails(self, *channels: str, cause: Cause = Cause.UNREACHABLE) -> None:
        """Let the channels' publishing fail, all in one transaction."""
        async with self.storage.write() as unit:
            for name in channels:
                verdict = self._judged(name, cause)
                await turn_outage(unit, self.board, name, Ability.PUBLISH, verdict)

    async def works(self, *channels: str) -> None:
        async with self.storage.write() as unit:
            for name in channels:
                verdict = self._judged(name, None)
                await turn_outage(unit, self.board, name, Ability.PUBLISH, verdict)

    def _judged(self, name: str, cause: Cause | None) -> Verdict:
        state = EFFECTS[cause].state or State.UP if cause else State.UP
        verdict = Verdict(state=state, cause=cause, evidence="seen", since=self.at)
        health = blank(name, [Ability.PUBLISH], self.at)
        self.board.healths[name] = replace(health, verdicts={Ability.PUBLISH: verdict})
        return verdict

    async def strands(self, message: str, number: int) -> None:
        async with self.storage.write() as unit:
            await stranded(unit, self.board, message, self.at)
            payload = {"number": number, "stranded": ["alles"]}
            unit.note("message.stranded", actor=DAEMON, subject=message, payload=payload)

    async def tries_again(self, message: str) -> None:
        async with self.storage.write() as unit:
            await carried_again(unit, message, self.at)

    async def carries(self, message: str, number: int) -> None:
        async with self.storage.write() as unit:
            await carried_again(unit, message, self.at)
            payload = {"number": number, "channels": ["brett"]}
            unit.note("message.carried_again", actor=DAEMON, subject=message, payload=payload)

    async def note(self, kind: str, subject: str = "x", **payload: Any) -> None:
        async with self.storage.write() as unit:
            unit.note(kind, actor=DAEMON, subject=subject, payload=payload)

    async def owns(self, escalation: Escalation, by: Actor = PRESSE) -> None:
        await acknowledge(
            self.storage, self.board, escalation_id=escalation.id, actor=by, comment="Kümmere mich"
        )

    async def look(self, after: timedelta = timedelta()) -> list[tuple[str, str]]:
        """Let time pass, and return what is queued then: for whom, under which subject."""
        return [(one.contact, one.subject) for one in await self.letters(after)]

    async def letters(self, after: timedelta = timedelta()) -> list[Notification]:
        """Let time pass, and return what is queued then."""
        self.clock[0] += after
        await self.notifier.turn()
        async with self.storage.read() as view:
            queued = await view.undelivered()
        fresh = [one for one in queued if one.id not in self.seen]
        self.seen |= {one.id for one in fresh}
        return sorted(fresh, key=lambda one: one.contact)

    async def course(self, lasts: timedelta, every: timedelta) -> list[tuple[float, str]]:
        """Look again and again; return the minutes at which somebody was told, and who."""
        begun, told = self.at, list[tuple[float, str]]()
        while self.at < begun + lasts:
            found = await self.look(every)
            told += [((self.at - begun) / MINUTE, name) for name, _ in found]
        return told

    async def climbs(self) -> list[Escalation]:
        async with self.storage.read() as view:
            return await view.open_escalations()

    async def outages(self) -> list[Outage]:
        async with self.storage.read() as view:
            return list((await view.outages()).items)


@asynccontextmanager
async def room(
    folder: Path,
    operators: Mapping[str, Iterable[str]],
    *,
    staff: Staff = STAFF,
    always_up: str = "brett",
    on_call: OnCall | None = None,
) -> AsyncIterator[Room]:
    """A notifier for channels by operator, and one more that always works, so no route is bare."""
    clock = [NOON]
    named = {**operators, "own": [*operators.get("own", ()), always_up]}
    channels = {
        name: Channel(name=name, platform="pinboard", operator=operator, account=name)
        for operator, names in named.items()
        for name in names
    }
    rules = Rules(
        organisation="Stadt Musterstadt",
        channels=channels,
        routes=(Route(name="alles", priority=tuple(channels)),),
        staff=staff,
    )
    board = Board(
        rules=rules,
        platforms={"pinboard": Pinboard()},
        env={},
        now=lambda: clock[0],
        new_id=lambda: str(uuid_utils.uuid7()),
    )
    storage = await Storage.open(
        f"sqlite:///{folder}/sentinel.db", data=folder, node="a", now=lambda: clock[0]
    )
    rota = on_call or (lambda _, __: ())
    notifier = Notifier(storage, board, lambda _: None, on_call=rota)
    try:
        yield Room(storage=storage, board=board, notifier=notifier, clock=clock)
    finally:
        await storage.close()
