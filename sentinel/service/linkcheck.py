"""Looks at the links of messages: before they are posted, and again while they stand.

Before: whoever sends or previews a message is told, and nothing waits for it;
the message is on its way already. After: a link that is dead at two looks in a
row is told to staff once, and once more when it works again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from sentinel.domain.cause import NETWORK, Cause
from sentinel.domain.dead_link import addresses, host_of, trouble
from sentinel.domain.message import Content, Message, MessageState
from sentinel.errors import Phrase, StorageError
from sentinel.service.board import Board
from sentinel.service.outages import DAEMON
from sentinel.storage.storage import Storage
from sentinel.transport.inside import leads_inside
from sentinel.transport.toolbox import Toolbox
from sentinel.wire import Lost

LIMIT_S: Final = 1.5
"""How long a caller waits for the looks at links, in seconds."""

AGAIN: Final = tuple(timedelta(seconds=s) for s in (0, 120, 600))
"""When a live message's links are looked at, after the first look that found it live."""

THEN_EVERY: Final = timedelta(hours=1)
SURE_AFTER: Final = timedelta(seconds=5)  # a dead link is looked at once more before it is told

EVERY: Final = timedelta(seconds=10)
AT_ONCE: Final = 10  # messages
BATCH: Final = 200
READ: Final = "links/read"  # up to which journal entry live messages were taken up
_LIVE: Final = "message.live"

_OVER = Phrase(
    de=f"hat in {LIMIT_S:g} s nicht geantwortet", en=f"did not answer within {LIMIT_S:g} s"
)


_NO_ADDRESS = Phrase(de="ist keine Webadresse", en="is no web address")
_INSIDE = Phrase(
    de="wurde nicht geprüft: Von hier aus liegt die Adresse in keinem öffentlichen Netz",
    en="was not looked at: seen from here the address is in no public network",
)


@dataclass(slots=True)
class _Course:
    """How far the looks at one live message have come."""

    message: Message
    due_at: datetime
    looks: int = 0
    suspected: frozenset[str] = frozenset()  # dead at the last look, and not told yet


@dataclass(slots=True)
class LinkCheck:
    """Looks at links, within a short limit; refuses and delays nothing."""

    storage: Storage
    board: Board
    tools: Toolbox
    _courses: dict[str, _Course] = field(default_factory=dict, init=False)
    _began: bool = field(default=False, init=False)

    async def warnings(self, content: Content, *, page: bool = False) -> list[Phrase]:
        """Return what is wrong with a message's links.

        With `page`, also whether the page that posts link to answers at all:
        the notice itself is not there before it is posted.
        """
        found = await self._dead(addresses(content), late=_OVER)
        notice = self.board.rules.notice_link
        if page and notice is not None and content.link is None:
            found |= await self._dead([self.board.public_url(notice)], late=_OVER, site=True)
        return [
            Phrase(de=f"Link {url} {what.de}", en=f"link {url} {what.en}")
            for url, what in found.items()
        ]

    def shift(self, by: timedelta) -> None:
        """Move the coming looks along with the wall clock, which was set."""
        for course in self._courses.values():
            course.due_at += by

    async def tick(self) -> None:
        """Look at the links of live messages whose time has come."""
        with suppress(StorageError):  # others say so; what was not read comes with the next tick
            await self._meet()
            at = self.board.now()
            due = [one for one in self._courses.values() if one.due_at <= at][:AT_ONCE]
            async with asyncio.TaskGroup() as group:
                for course in due:
                    group.create_task(self._guarded(course, at))

    async def _meet(self) -> None:
        """Take up the messages that went live since the last time; at first, those that are."""
        async with self.storage.read() as view:
            live = MessageState.LIVE
            stood = () if self._began else (await view.messages(state=live, limit=BATCH)).items
            read = int(await view.flag(READ) or 0)
            entries = await view.entries(after=read, limit=BATCH, kinds=[_LIVE])
            known = [await view.message(entry.subject) for entry in entries if entry.subject]
        at, self._began = self.board.now(), True
        for message in filter(self._links, stood):
            self._courses[message.id] = _Course(message, at, looks=len(AGAIN))
        for fresh in known:
            if fresh is not None and self._links(fresh):
                self._courses[fresh.id] = _Course(fresh, at)
        if entries:
            async with self.storage.write() as unit:
                await unit.set_flag(READ, entries[-1].number)

    def _links(self, message: Message) -> bool:
        return bool(addresses(message.content)) or self.board.rules.notice_link is not None

    async def _guarded(self, course: _Course, at: datetime) -> None:
        """One look must not take the others down when the storage refuses."""
        with suppress(StorageError):
            async with self.storage.read() as view:
                message = await view.message(course.message.id)
            stopped = message is None or message.withdrawn_at or message.superseded_at
            if message is None or stopped or at >= message.expires_at:
                del self._courses[course.message.id]
                async with self.storage.write() as unit:
                    await unit.set_flag(f"links/{course.message.id}", None)
                return
            await self._look(message, course, at)

    async def _look(self, message: Message, course: _Course, at: datetime) -> None:
        wanted = list(addresses(message.content))
        page = self.board.notice_url(message.id)
        if page is not None and await self._is_up(message):
            wanted.append(page)
        dead = await self._dead(wanted) if wanted else {}
        course.looks += 1
        pause = AGAIN[course.looks] if course.looks < len(AGAIN) else THEN_EVERY
        unsure = dead.keys() - course.suspected
        course.suspected = frozenset(dead)
        course.due_at = at + (SURE_AFTER if unsure else pause)
        if not unsure:
            await self._tell(message, dead)

    async def _tell(self, message: Message, dead: dict[str, Phrase]) -> None:
        """Journal what is newly dead, and what works again."""
        name = f"links/{message.id}"
        async with self.storage.write() as unit:
            told = set(await unit.flag(name) or ())
            for url in sorted(dead.keys() - told):
                payload = {"number": message.number, "host": host_of(url)}
                what = {"what_de": dead[url].de, "what_en": dead[url].en}
                unit.note("link.dead", actor=DAEMON, subject=message.id, payload=payload | what)
            for url in sorted(told - dead.keys()):
                payload = {"number": message.number, "host": host_of(url)}
                unit.note("link.works", actor=DAEMON, subject=message.id, payload=payload)
            if told != set(dead):
                await unit.set_flag(name, sorted(dead) or None)

    async def _is_up(self, message: Message) -> bool:
        notice = self.board.rules.notice_link
        async with self.storage.read() as view:
            found = await view.deliveries_of(message.id)
        return any(delivery.channel == notice and delivery.live for delivery in found)

    async def _dead(
        self, urls: Iterable[str], *, late: Phrase | None = None, site: bool = False
    ) -> dict[str, Phrase]:
        """Return what is wrong with each address.

        `late` says what of one that takes too long, `site` that the host alone matters.

        While our own line is lost, nothing is known of any.
        """
        looks: dict[str, asyncio.Task[Phrase | None]] = {}
        async with asyncio.TaskGroup() as group:
            for url in urls:
                looks[url] = group.create_task(self._one(url, late, site=site))
        if self.board.lost_uplinks:
            return {}
        return {url: what for url, look in looks.items() if (what := look.result()) is not None}

    async def _one(self, url: str, late: Phrase | None, *, site: bool) -> Phrase | None:
        named, host = self._named(), host_of(url)
        if not host.strip("?"):
            return _NO_ADDRESS
        try:
            async with asyncio.timeout(LIMIT_S if late else None):
                if host not in named and await leads_inside(host):
                    return _INSIDE if late else None  # nothing is known that staff could hear of
                answer = await self.tools.fetch(url, inside=named)
        except TimeoutError:
            return late
        except Lost as lost:
            if lost.cause in NETWORK:
                return trouble(None, lost.cause, lost.evidence)
            return await self._plain(url, late)
        missing = answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return None if site and missing else trouble(answer.status, None, "")

    async def _plain(self, url: str, late: Phrase | None) -> Phrase | None:
        """Look at an address that is not fetched, for lack of encryption: its head will do."""
        try:
            async with asyncio.timeout(LIMIT_S if late else None):
                seen = await self.tools.reach(url)
        except TimeoutError:
            return late
        if seen.cause == Cause.BAD_CONFIGURATION:
            return _NO_ADDRESS
        return trouble(seen.status, Cause(seen.cause) if seen.cause else None, seen.evidence)

    def _named(self) -> frozenset[str]:
        """Return the hosts that the rules name: those are ours to look at wherever they lie.

        Of all others only public addresses are looked at, for whoever may send
        a message chooses them.
        """
        rules = self.board.rules
        stated = [url for c in rules.channels.values() for url in (c.base_url, c.public_url) if url]
        return frozenset(host_of(url) for url in (*stated, rules.server.public_url))
