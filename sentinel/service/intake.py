"""Takes messages in: checked, numbered, planned and on disk before the caller hears "accepted"."""

from __future__ import annotations

import hashlib
import json
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
from sentinel.storage.storage import Storage
from sentinel.storage.trouble import AlreadyThere

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
        self, content: Content, *, actor: Actor, key: str | None = None, body: str | None = None
    ) -> Taken:
        """Accept a message: when this returns, it is on disk with its deliveries planned.

        `body` tells two callers' bodies apart where `content` may not (what is
        filled in depends on the time); None: the content itself does.

        Raises:
            InputError: 422 for what cannot be accepted, 409 when `key` was used
                for another body. Nothing was kept.
            StorageError: It could not be written; nothing was kept.
        """
        digest = body or _digest(content)
        if key is not None:
            _check_key(key)
        try:
            return await self._accept(content, actor, key, digest)
        except AlreadyThere:
            if key is None:
                raise
            # Another call with this key was at work, perhaps on another node: now it is there.
            return await self._accept(content, actor, key, digest)

    async def _accept(self, content: Content, actor: Actor, key: str | None, digest: str) -> Taken:
        at = self._board.now()
        async with self._storage.write() as unit:
            if key is not None and (known := await unit.message_by_key(key)) is not None:
                return self._same_again(known, digest)
            check(content, self._board.rules.channels, at)
            routes = self._routes(content)
            message = self._message(content, routes, await unit.next_number(), at)
            await unit.add_message(message, key=key, body_hash=digest, actor=actor)
            unit.note(
                "message.received",
                actor=actor,
                subject=message.id,
                payload={
                    "number": message.number,
                    "severity": content.severity,
                    "routes": list(message.routes),
                    "exercise": content.exercise,
                },
            )
            await self._planner.replan(unit, message, at, fresh=True)
            reach("intake.before_commit")
        reach("intake.after_commit")
        log.info(
            "message.received",
            message=message.id,
            number=message.number,
            severity=content.severity,
            routes=list(message.routes),
        )
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
        previews = []
        for name in open_channels(content, routes, rules.channels):
            link = self._board.notice_url(message.id) if name != rules.notice_link else None
            rendered = self._planner.render(message, name, message.id, at, link)
            unit = self._board.platform(name).facts.unit
            previews.append(Preview(name, rendered, unit))
        return previews

    def _same_again(self, known: tuple[Message, str], digest: str) -> Taken:
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

    def _routes(self, content: Content) -> tuple[Route, ...]:
        return routes_for(content, self._board.rules.routes, self._board.rules.channels)

    def _message(
        self, content: Content, routes: tuple[Route, ...], number: int, at: datetime
    ) -> Message:
        made = self._board.new_id()
        return message_of(content, routes, message_id=made, number=number, at=at)


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= KEY_LIMIT:
        raise InputError(
            Phrase(
                de=f"Ein Idempotency-Key hat 1 bis {KEY_LIMIT} Zeichen",
                en=f"an Idempotency-Key has 1 to {KEY_LIMIT} characters",
            ),
            field="Idempotency-Key",
        )


def _digest(content: Content) -> str:
    body = json.dumps(asdict(content), sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()
