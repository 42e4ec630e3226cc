"""The texts of a message that no daemon took: for a person who posts them by hand.

Made from the rules alone, so that a crisis team is never left with nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sentinel.app.clock import utc_now
from sentinel.cli.context import Context
from sentinel.cli.kept import board_of
from sentinel.domain.acceptance import check
from sentinel.domain.message import Content, Message
from sentinel.domain.routing import matching
from sentinel.domain.rules import Channel, Mode, Route
from sentinel.errors import InputError, Phrase
from sentinel.service.board import Board
from sentinel.service.intake import Preview
from sentinel.service.planner import Planner
from sentinel.web.api import preview_shape
from sentinel.web.bodies import MessageIn, parse

Shape = dict[str, Any]


def previews(context: Context, body: Shape) -> list[Shape]:
    """Return what would appear where, in the shapes of `POST /api/v1/preview`.

    Raises:
        RulesError: The rules cannot be followed.
        InputError: The message could not be accepted by any daemon.
    """
    board = board_of(context, context.load().rules)
    content = parse(body, MessageIn).content(board.now())
    check(content, board.rules.channels, board.now())
    routes = matching(board.rules.routes, content)
    if not routes:
        raise InputError(
            Phrase(
                de="Keine Route passt (Schweregrad, Kategorie, Tags oder Sprache)",
                en="no route matches (severity, category, tags or language)",
            ),
            field="severity",
        )
    message = _message(board, content, routes)
    return [preview_shape(one) for one in _rendered(board, message, routes)]


def _rendered(board: Board, message: Message, routes: tuple[Route, ...]) -> Iterator[Preview]:
    planner = Planner(board)
    names = dict.fromkeys(name for route in routes for name in (*route.always, *route.priority))
    for name in names:
        if _open(board.rules.channels[name], message.content):
            platform = board.platform(name)
            # Without the notice's link: the page does not exist while no daemon runs.
            rendered = planner.render(message, name, message.id, message.accepted_at, None)
            text = _without_mark(rendered.text, message)
            shown = replace(rendered, text=text, length=platform.length(text))
            yield Preview(name, shown, platform.facts.unit)


def _without_mark(text: str, message: Message) -> str:
    """Return a text without its number: nobody accepted it, so it has none."""
    return text.removesuffix(message.label).removesuffix(f" ({message.label})").rstrip()


def _open(channel: Channel, content: Content) -> bool:
    return (
        channel.mode not in {Mode.OFF, Mode.FROZEN}
        and (not content.channels or channel.name in content.channels)
        and (not content.exercise or channel.exercises)
    )


def _message(board: Board, content: Content, routes: tuple[Route, ...]) -> Message:
    at = utc_now()
    start = content.not_before or at
    ends = content.expires_at or start + min(route.expires_after for route in routes)
    made = board.new_id()
    return Message(
        id=made,
        number=0,
        chain=made,
        content=replace(content, expires_at=ends),
        routes=tuple(route.name for route in routes),
        accepted_at=at,
        expires_at=ends,
        effective_severity=content.severity,
    )
