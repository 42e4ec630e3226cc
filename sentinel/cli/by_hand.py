"""The texts of a message that no daemon took: for a person who posts them by hand.

Made from the rules alone, so that a crisis team is never left with nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sentinel.cli.context import Context
from sentinel.cli.kept import board_of
from sentinel.domain.acceptance import check, message_of, open_channels, routes_for
from sentinel.domain.message import Message
from sentinel.domain.rules import Route
from sentinel.service.board import Board
from sentinel.service.bodies import MessageIn, parse
from sentinel.service.intake import Preview
from sentinel.service.planner import Planner
from sentinel.web.messages import preview_shape

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
    routes = routes_for(content, board.rules.routes, board.rules.channels)
    # No number: nobody accepted it.
    message = message_of(content, routes, message_id=board.new_id(), number=0, at=board.now())
    return [preview_shape(one) for one in _rendered(board, message, routes)]


def missing(context: Context, shape: Shape) -> list[Shape]:
    """Return the texts of an accepted message for the channels where it has no delivery.

    Raises:
        RulesError: The rules cannot be followed.
        InputError: The message is not what this version would take.
    """
    board = board_of(context, context.load().rules)
    body = {name: shape[name] for name in MessageIn.model_fields if name in shape}
    accepted = datetime.fromisoformat(shape["accepted_at"])
    content = parse(body, MessageIn).content(accepted)
    routes = tuple(route for route in board.rules.routes if route.name in shape["routes"])
    message = message_of(
        content, routes, message_id=shape["id"], number=shape["number"], at=accepted
    )
    known = {delivery["channel"] for delivery in shape["deliveries"]}
    planner = Planner(board)
    return [
        {"channel": name, "text": planner.render(message, name, message.id, accepted, None).text}
        for name in open_channels(content, routes, board.rules.channels)
        if name not in known
    ]


def _rendered(board: Board, message: Message, routes: tuple[Route, ...]) -> Iterator[Preview]:
    planner = Planner(board)
    for name in open_channels(message.content, routes, board.rules.channels):
        platform = board.platform(name)
        # Without the notice's link: the page does not exist while no daemon runs.
        rendered = planner.render(message, name, message.id, message.accepted_at, None)
        text = _without_mark(rendered.text, message)
        shown = replace(rendered, text=text, length=platform.length(text))
        yield Preview(name, shown, platform.facts.unit)


def _without_mark(text: str, message: Message) -> str:
    """Return a text without its number: nobody accepted it, so it has none."""
    return text.removesuffix(message.label).removesuffix(f" ({message.label})").rstrip()
