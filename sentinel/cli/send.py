"""`send` and `preview`: the crisis team's way in."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from typing import Any, Final

from sentinel.cli.client import daemon
from sentinel.cli.content import content_arguments, content_of
from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit
from sentinel.cli.offer import offer, offer_arguments, show
from sentinel.cli.parser import Parser
from sentinel.errors import NoAnswer, Phrase

Shape = dict[str, Any]

PATH: Final = "/api/v1/messages"


def send(context: Context, options: Namespace) -> int:
    """Have a message accepted, and follow it if wanted.

    Ends with 2 if it was not accepted; then every channel's text is printed for
    posting by hand.
    """
    body = content_of(options)
    return offer(context, options, PATH, body, lambda: _texts(context, body))


def _texts(context: Context, body: Shape) -> list[Shape]:
    # Here because it loads every platform and the rules whole, which a daemon spares us.
    from sentinel.cli.by_hand import previews  # noqa: PLC0415 - see above

    return previews(context, body)


def preview(context: Context, options: Namespace) -> int:
    """Show what would appear where; without a daemon, from the rules alone."""
    body = content_of(options)
    try:
        items = asyncio.run(_previewed(context, body))
    except NoAnswer as error:
        if context.url is not None:
            raise
        alone = Phrase(
            de=f"{error.phrase.de}. Gezeigt wird, was die Regeln allein ergeben.",
            en=f"{error.phrase.en}. Shown is what the rules alone say.",
        )
        context.screen.note(context.say(alone))
        items = _texts(context, body)
    if context.json:
        context.screen.json({"items": items})
    else:
        show(context, items)
    return Exit.OK


async def _previewed(context: Context, body: Shape) -> list[Shape]:
    async with daemon(context) as there:
        items: list[Shape] = (await there.post("/api/v1/preview", body))["items"]
        return items


def _send_arguments(parser: Parser, context: Context) -> None:
    content_arguments(parser, context)
    offer_arguments(parser, context)


COMMANDS: Final = {
    "send": Command(_send_arguments, send),
    "preview": Command(content_arguments, preview),
}
