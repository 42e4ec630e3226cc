"""Messages: accepted, numbered, found again by id, number or the caller's key."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select, update

from sentinel.domain.message import Message, MessageState
from sentinel.storage.actor import Actor
from sentinel.storage.hot import Hot
from sentinel.storage.tables import COUNTERS, MESSAGES
from sentinel.storage.unit import Page, Reader, Writer, inserting, read, written

_M = MESSAGES.c
_COUNTER = "message"
_THIS = _M.id == bindparam("which")
MESSAGE = Hot(select(MESSAGES).where(_THIS))
_BY_KEY = Hot(select(MESSAGES).where(_M.key == bindparam("its_key")))
_STATE = Hot(select(_M.state).where(_THIS))
_MOVE = Hot(update(MESSAGES).where(_THIS))
_LINKS = Hot(select(MESSAGES).where(_M.chain == bindparam("its_chain")).order_by(_M.number))
_ROOTS = _M.id.in_(select(_M.chain).where(_M.id.in_(bindparam("these", expanding=True))))


class MessageReader(Reader):
    """What may be asked about messages."""

    async def message(self, message_id: str) -> Message | None:
        """Return the message with this id."""
        return _message(await self._first(MESSAGE, which=message_id))

    async def message_by_number(self, number: int) -> Message | None:
        """Return the message with this short number."""
        return _message(await self._first(select(MESSAGES).where(_M.number == number)))

    async def message_by_key(self, key: str) -> tuple[Message, str] | None:
        """Return the message accepted under a caller's key, and the hash of that call's body."""
        row = await self._first(_BY_KEY, its_key=key)
        return (read(Message, row), row.body_hash) if row else None

    async def messages(
        self,
        *,
        state: MessageState | None = None,
        since: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Message]:
        """Return messages, newest first; `since` is the earliest time of acceptance.

        Raises:
            ValueError: `cursor` is not one that a page gave.
        """
        query = select(MESSAGES).order_by(_M.number.desc()).limit(limit + 1)
        if state is not None:
            query = query.where(_M.state == state)
        if since is not None:
            query = query.where(_M.accepted_at >= since)
        if cursor is not None:
            query = query.where(_M.number < int(cursor))
        found = await self._messages(query)
        more = len(found) > limit
        return Page(items=tuple(found[:limit]), next=str(found[limit - 1].number) if more else None)

    async def open_messages(self) -> list[Message]:
        """Return the messages that still have work, oldest first."""
        return await self._messages(select(MESSAGES).where(_M.open).order_by(_M.number))

    async def chain(self, chain: str) -> list[Message]:
        """Return every link of a chain, oldest first."""
        return [link for link, _ in await self.links(chain)]

    async def links(self, chain: str) -> list[tuple[Message, MessageState]]:
        """Return every link of a chain with the state last written for it, oldest first."""
        return [(read(Message, row), row.state) for row in await self._all(_LINKS, its_chain=chain)]

    async def message_state(self, message_id: str) -> MessageState | None:
        """Return the state last written for a message."""
        state: MessageState | None = await self._one(_STATE, which=message_id)
        return state

    async def message_states(self, message_ids: list[str]) -> dict[str, MessageState]:
        """Return the states last written for some messages, by id."""
        rows = await self._all(select(_M.id, _M.state).where(_M.id.in_(message_ids)))
        return {row.id: row.state for row in rows}

    async def count_messages(self, state: MessageState) -> int:
        """Return how many messages are in a state."""
        query = select(func.count()).select_from(MESSAGES).where(_M.state == state)
        many: int = await self._one(query)
        return many

    async def coming_number(self) -> int:
        """Return the number that the next message would get, and leave it free."""
        last = await self._one(select(COUNTERS.c.value).where(COUNTERS.c.name == _COUNTER))
        return int(last or 0) + 1

    async def author(self, message_id: str) -> Actor | None:
        """Return who sent a message."""
        row = await self._first(select(_M.actor_kind, _M.actor_id).where(_M.id == message_id))
        return Actor(kind=row.actor_kind, id=row.actor_id) if row else None

    async def _messages(self, query: Select[Any]) -> list[Message]:
        return [read(Message, row) for row in await self._all(query)]


class MessageWriter(MessageReader, Writer):
    """What may be done to messages."""

    async def next_number(self) -> int:
        """Take the next short number: 1, 2, 3 … A failed unit gives its number back."""
        one = {"name": _COUNTER, "value": 1}
        taken: int = await self._one(_count(self._frame.engine), **one)
        return taken

    async def add_message(
        self, message: Message, *, key: str | None, body_hash: str, actor: Actor
    ) -> None:
        """Keep a new message: accepted, with work to do.

        Raises:
            AlreadyThere: Another message has this id, number or key (at commit or here).
        """
        extra = {
            "state": MessageState.ACCEPTED,
            "open": True,
            "key": key,
            "body_hash": body_hash,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
        }
        await self._add(MESSAGES, written(message) | extra)
        self.stirred = True

    async def lock_message(self, message_id: str) -> None:
        """Keep others from deciding about any link of a message's chain until this unit ends.

        Every unit that reads the deliveries of a chain to change them locks it
        first: its first link stands for all. On SQLite the one writer is lock
        enough.
        """
        await self.lock_messages([message_id])

    async def lock_messages(self, message_ids: Collection[str]) -> None:
        """Lock several chains, always in one order: two units never wait for each other."""
        if self._frame.engine == "postgresql":
            roots = select(_M.id).where(_ROOTS).order_by(_M.id)
            await self._execute(self._locked(roots), {"these": list(message_ids)})

    async def save_message(self, message: Message) -> None:
        """Write a changed message. Its id, number and chain stay."""
        await self._do(update(MESSAGES).where(_M.id == message.id).values(written(message)))
        self.stirred = True

    # "open" is the column's name and the word of the interface
    async def set_message_state(self, message_id: str, state: MessageState, *, open: bool) -> None:  # noqa: A002
        """Write where a message stands, and whether it still has work."""
        await self._do(_MOVE, {"which": message_id, "state": state, "open": open})
        self.stirred = True


@cache
def _count(engine: str) -> Hot:
    counting = inserting(engine, COUNTERS).on_conflict_do_update(
        index_elements=["name"], set_={"value": COUNTERS.c.value + 1}
    )
    return Hot(counting.returning(COUNTERS.c.value), returns=(COUNTERS.c.value,))


def _message(row: Row[Any] | None) -> Message | None:
    return read(Message, row) if row else None
