"""Takes messages in: checked, numbered, planned and on disk before the caller hears "accepted"."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog

from sentinel.domain.acceptance import check, message_of, open_channels, routes_for
from sentinel.domain.delivery import Rendered
from sentinel.domain.message import Content, Message
from sentinel.domain.rules import Route
from sentinel.errors import InputError, Phrase
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.planner import Planner
from sentinel.storage.actor import Actor
from sentinel.storage.patient import giving_way
from sentinel.storage.storage import Storage
from sentinel.storage.trouble import AlreadyThere
from sentinel.storage.view import Unit

log = structlog.get_logger()

KEY_LIMIT = 255


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is kept. `created` False: the same key and body were accepted before."""

    message: Message
    created: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go out on one channel."""

    channel: str
    rendered: Rendered
    unit: str


class Intake:
    """The one way in for messages."""

    def __init__(self, storage: Storage, board: Board, planner: Planner) -> None:
        self._storage = storage
        self._board = board
        self._planner = planner

    async def accept(
        self,
        content: Content,
        *,
        actor: Actor,
        key: str | None = None,
        body: str | None = None,
        approval: bool = False,
    ) -> Taken:
        """Accept a message: when this returns, it is on disk with its deliveries planned.

        Args:
            content: What is to be said.
            actor: Who says it.
            key: The same key and body give the same message again.
            body: Tells two callers' bodies apart where `content` may not (what is
                filled in depends on the time); None: the content itself does.
            approval: A second person must agree, whatever the routes say.

        Raises:
            InputError: 422 for what cannot be accepted, 409 when `key` was used
                for another body. Nothing was kept.
            StorageError: It could not be written; nothing was kept.
        """
        digest = body or digest_of(content)
        check_key(key)

        async def once() -> Taken:
            return await self._accept(content, actor, key, digest, approval=approval)

        return await once_more(once, key)

    async def _accept(
        self, content: Content, actor: Actor, key: str | None, digest: str, *, approval: bool
    ) -> Taken:
        at = self._board.now()
        async with self._storage.write() as unit:
            known = await same_again(unit, key, digest)
            if known is not None:
                return known
            check(content, self._board.rules.channels, at)
            routes = self._routes(content)
            number = await unit.next_number()
            message = self._message(content, routes, number, at, approval=approval)
            await keep(unit, message, key=key, digest=digest, actor=actor)
            await self._planner.replan(unit, message, at, fresh=True)
            reach("intake.before_commit")
        reach("intake.after_commit")
        tell(message)
        return Taken(message, created=True)

    async def preview(self, content: Content) -> list[Preview]:
        """Return what would go out, per channel that a matching route could use.

        The number is the one that the next message would get; it is not taken.

        Raises:
            InputError: As for `accept`.
            StorageError: The number cannot be looked up.
        """
        at = self._board.now()
        rules = self._board.rules
        check(content, rules.channels, at)
        routes = self._routes(content)
        async with self._storage.read() as view:
            number = await view.coming_number()
        message = self._message(content, routes, number, at)
        previews, page = [], rules.notice_link if self._board.page_stands() else None
        for name in open_channels(content, routes, rules.channels):
            link = self._board.notice_url(message.id) if page not in {None, name} else None
            rendered = self._planner.render(message, name, message.id, at, link)
            unit = self._board.platform(name).facts.unit
            previews.append(Preview(name, rendered, unit))
        return previews

    def _routes(self, content: Content) -> tuple[Route, ...]:
        return routes_for(content, self._board.rules.routes, self._board.rules.channels)

    def _message(
        self,
        content: Content,
        routes: tuple[Route, ...],
        number: int,
        at: datetime,
        *,
        approval: bool = False,
    ) -> Message:
        made = self._board.new_id()
        return message_of(content, routes, message_id=made, number=number, at=at, approval=approval)


async def keep(unit: Unit, message: Message, *, key: str | None, digest: str, actor: Actor) -> None:
    """Write a new message down, and in the journal that it was received."""
    await unit.add_message(message, key=key, body_hash=digest, actor=actor)
    unit.note(
        "message.received",
        actor=actor,
        subject=message.id,
        payload={
            "number": message.number,
            "severity": message.content.severity,
            "routes": list(message.routes),
            "exercise": message.content.exercise,
            "kind": message.kind,
            "chain": message.chain,
        },
    )


def tell(message: Message) -> None:
    """Log that a message is on disk."""
    log.info(
        "message.received",
        message=message.id,
        number=message.number,
        severity=message.content.severity,
        routes=list(message.routes),
        kind=message.kind,
    )


async def once_more(accept: Callable[[], Awaitable[Taken]], key: str | None) -> Taken:
    """Return what `accept` takes in; again if another call with this key was faster.

    That call may have been at work on another node: now its message is there.
    Again as well if it gave way to somebody who held what it waited for.
    """
    try:
        return await giving_way(accept)
    except AlreadyThere:
        if key is None:
            raise
        return await giving_way(accept)


async def same_again(unit: Unit, key: str | None, digest: str) -> Taken | None:
    """Return the message that was accepted under this key before, or None.

    Raises:
        InputError: 409, the key belongs to another body.
    """
    known = await unit.message_by_key(key) if key is not None else None
    if known is None:
        return None
    message, body_hash = known
    if body_hash != digest:
        raise InputError(
            Phrase(
                de="Dieser Idempotency-Key gehört schon zu einer anderen Meldung",
                en="this Idempotency-Key already belongs to another message",
            ),
            field="Idempotency-Key",
            status=409,
        )
    return Taken(message, created=False)


def check_key(key: str | None) -> None:
    """Raise `InputError` for a key that none may have."""
    if key is not None and not 1 <= len(key) <= KEY_LIMIT:
        raise InputError(
            Phrase(
                de=f"Ein Idempotency-Key hat 1 bis {KEY_LIMIT} Zeichen",
                en=f"an Idempotency-Key has 1 to {KEY_LIMIT} characters",
            ),
            field="Idempotency-Key",
        )


def digest_of(content: Content) -> str:
    """Return what tells two contents apart."""
    body = json.dumps(asdict(content), sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()
