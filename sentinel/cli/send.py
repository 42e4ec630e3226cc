"""`send` and `preview`: the crisis team's way in.

`send` carries a key of its own with every message, so that it can ask again
after a lost answer without sending the message twice.
"""

from __future__ import annotations

import asyncio
import uuid
from argparse import Namespace
from collections.abc import Sequence
from typing import Any, Final

from sentinel.cli.client import Daemon, Unanswered, daemon
from sentinel.cli.content import content_arguments, content_of
from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit, Refused, exit_of
from sentinel.cli.follow import follow
from sentinel.cli.parser import Parser, duration
from sentinel.errors import NoAnswer, Phrase, SentinelError

Shape = dict[str, Any]

PATH: Final = "/api/v1/messages"
_SERVER_ERRORS: Final = range(500, 600)


def send(context: Context, options: Namespace) -> int:
    """Have a message accepted, and follow it if wanted.

    Ends with 2 if it was not accepted; then every channel's text is printed for
    posting by hand.
    """
    body = content_of(options)
    key = options.key or str(uuid.uuid4())
    try:
        return asyncio.run(_send(context, body, key, options))
    except Unanswered as error:
        context.screen.note(context.say(_unclear(error.phrase, key)))
        return Exit.ERROR
    except NoAnswer as error:
        return _not_accepted(context, body, error)
    except Refused as error:
        if error.status in _SERVER_ERRORS:
            return _not_accepted(context, body, error)
        context.screen.note(context.say(_refused(error.phrase)))
        return exit_of(error)


async def _send(context: Context, body: Shape, key: str, options: Namespace) -> Exit:
    async with daemon(context) as there:
        shape = await _accepted(there, body, key)
        if not context.json:
            _told(context, shape)
        if options.wait is None:
            if context.json:
                context.screen.json(shape)
            return Exit.OK
        return await follow(context, there, shape, options.wait)


async def _accepted(there: Daemon, body: Shape, key: str) -> Shape:
    headers = {"Idempotency-Key": key}
    try:
        return await there.post(PATH, body, headers=headers)
    except Unanswered:  # with the same key, asking again cannot send it twice
        return await there.post(PATH, body, headers=headers)


def _told(context: Context, shape: Shape) -> None:
    phrase = Phrase(
        de=f"Angenommen: Nr. {shape['number']}  {shape['id']}",
        en=f"Accepted: Nr. {shape['number']}  {shape['id']}",
    )
    context.screen.line(context.say(phrase))
    for warning in shape["warnings"]:
        context.screen.note(f"! {warning}")


def _refused(why: Phrase) -> Phrase:
    return Phrase(de=f"NICHT angenommen: {why.de}", en=f"NOT accepted: {why.en}")


def _unclear(why: Phrase, key: str) -> Phrase:
    return Phrase(
        de=f"{why.de}. Ob die Meldung angenommen wurde, ist NICHT bekannt. Derselbe Aufruf mit "
        f"--key {key} sendet sie sicher nicht doppelt.",
        en=f"{why.en}. Whether the message was accepted is NOT known. The same call with "
        f"--key {key} is sure not to send it twice.",
    )


def _not_accepted(context: Context, body: Shape, error: SentinelError) -> int:
    """Say so, and print the texts for a person to post."""
    context.screen.note(context.say(_refused(error.phrase)))
    texts = _texts(context, body)
    if context.json:
        context.screen.json(
            {
                "accepted": False,
                "daemon": not isinstance(error, NoAnswer),
                "detail": context.say(error.phrase),
                "by_hand": texts,
            }
        )
        return Exit.ERROR
    heading = Phrase(
        de="NICHT angenommen. Texte zum Veröffentlichen von Hand:",
        en="NOT accepted. Texts for posting by hand:",
    )
    context.screen.line(context.say(heading))
    _show(context, texts)
    return Exit.ERROR


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
        _show(context, items)
    return Exit.OK


async def _previewed(context: Context, body: Shape) -> list[Shape]:
    async with daemon(context) as there:
        items: list[Shape] = (await there.post("/api/v1/preview", body))["items"]
        return items


def _show(context: Context, items: Sequence[Shape]) -> None:
    for item in items:
        length = f"{item['length']}/{item['limit']} {item['unit']}"
        parts = f", {item['parts']} ×" if item["parts"] > 1 else ""
        context.screen.line(f"\n=== {item['channel']} ({length}{parts}) ===")
        context.screen.line(item["text"])
        for warning in (*_cut(context, item["cut"]), *item["warnings"]):
            context.screen.line(f"! {warning}")


def _cut(context: Context, cut: Sequence[str]) -> list[str]:
    shown = ", ".join(cut)
    phrase = Phrase(de=f"gekürzt: {shown}", en=f"shortened: {shown}")
    return [context.say(phrase)] if cut else []


def _send_arguments(parser: Parser, context: Context) -> None:
    content_arguments(parser, context)
    parser.add_argument(
        "--key",
        metavar="K",
        help=context.say(
            Phrase(
                de="derselbe Schlüssel sendet dieselbe Meldung nie doppelt",
                en="the same key never sends the same message twice",
            )
        ),
    )
    parser.add_argument(
        "--wait",
        type=duration(context.language),
        metavar="D",
        help=context.say(
            Phrase(
                de="so lange verfolgen, bis sie überall erschienen ist",
                en="follow it so long until it is live everywhere",
            )
        ),
    )


COMMANDS: Final = {
    "send": Command(_send_arguments, send),
    "preview": Command(content_arguments, preview),
}
