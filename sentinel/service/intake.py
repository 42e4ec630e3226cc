"""Takes messages in: checked, numbered, planned and on disk before the caller hears "accepted"."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import structlog

from sentinel.domain.acceptance import check
from sentinel.domain.delivery import Rendered
from sentinel.domain.message import Content, Message
from sentinel.domain.routing import matching
from sentinel.domain.rules import Mode, Route
from sentinel.errors import InputError, Phrase
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.planner import Planner
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage

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
        at = self._board.now()
        digest = body or _digest(content)
        if key is not None:
            _check_key(key)
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

    def preview(self, content: Content) -> list[Preview]:
        """Return what would go out, per channel that a matching route could use.

        Raises:
            InputError: As for `accept`.
        """
        at = self._board.now()
        check(content, self._board.rules.channels, at)
        routes = self._routes(content)
        message = self._message(content, routes, 0, at)
        previews = []
        for name in _channels(routes):
            notice = self._board.rules.notice_link
            link = self._board.notice_url(message.id) if name != notice else None
            if name not in self._board.rules.channels or not self._open(name, content):
                continue
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
        routes = matching(self._board.rules.routes, content)
        if not routes:
            raise InputError(
                Phrase(
                    de="Keine Route passt (Schweregrad, Kategorie, Tags oder Sprache)",
                    en="no route matches (severity, category, tags or language)",
                ),
                field="severity",
            )
        if not any(self._open(name, content) for name in _channels(routes)):
            raise InputError(
                Phrase(
                    de="Auf keinem Kanal der passenden Routen kann diese Meldung erscheinen",
                    en="no channel of the matching routes may carry this message",
                ),
                field="exercise" if content.exercise else "channels",
            )
        return routes

    def _open(self, name: str, content: Content) -> bool:
        channel = self._board.rules.channels[name]
        return (
            channel.mode not in {Mode.OFF, Mode.FROZEN}
            and (not content.channels or name in content.channels)
            and (not content.exercise or channel.exercises)
        )

    def _message(
        self, content: Content, routes: tuple[Route, ...], number: int, at: datetime
    ) -> Message:
        message_id = self._board.new_id()
        start = content.not_before or at
        expires_at = content.expires_at or start + min(route.expires_after for route in routes)
        return Message(
            id=message_id,
            number=number,
            chain=message_id,
            content=replace(content, expires_at=expires_at),
            routes=tuple(route.name for route in routes),
            accepted_at=at,
            expires_at=expires_at,
            effective_severity=content.severity,
        )


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= KEY_LIMIT:
        raise InputError(
            Phrase(
                de=f"Ein Idempotency-Key hat 1 bis {KEY_LIMIT} Zeichen",
                en=f"an Idempotency-Key has 1 to {KEY_LIMIT} characters",
            ),
            field="Idempotency-Key",
        )


def _channels(routes: tuple[Route, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for route in routes for n in (*route.always, *route.priority)))


def _digest(content: Content) -> str:
    body = json.dumps(asdict(content), sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()
