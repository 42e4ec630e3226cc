"""Handing a message to the daemon, whichever kind it is, and saying what became of it.

Each carries a key of its own, so that it can be offered again after a lost
answer without being sent twice.
"""

from __future__ import annotations

import asyncio
import uuid
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import Any, Final

from sentinel.cli.client import Daemon, Unanswered, daemon
from sentinel.cli.context import Context
from sentinel.cli.exits import Exit, Refused, exit_of
from sentinel.cli.follow import follow
from sentinel.cli.parser import Parser, duration
from sentinel.cli.story import waits_in_crisis
from sentinel.domain.message import MessageState
from sentinel.errors import NoAnswer, Phrase, SentinelError
from sentinel.web.wording import UNITS

Shape = dict[str, Any]
ByHand = Callable[[], list[Shape]]
"""Makes the texts that a person can post when no daemon takes the message."""

_SERVER_ERRORS: Final = range(500, 600)


def offer(context: Context, options: Namespace, path: str, body: Shape, by_hand: ByHand) -> int:
    """Have a message accepted, and follow it if wanted.

    Ends with 2 if it was not accepted; then every channel's text is printed for
    posting by hand.
    """
    key = options.key or str(uuid.uuid4())
    try:
        return asyncio.run(_offered(context, path, body, key, options))
    except Unanswered as error:
        context.screen.note(context.say(_unclear(error.phrase, key)))
        return Exit.ERROR
    except NoAnswer as error:
        return _not_accepted(context, error, by_hand)
    except Refused as error:
        if error.status in _SERVER_ERRORS:
            return _not_accepted(context, error, by_hand)
        context.screen.note(context.say(_refused(error.phrase)))
        return exit_of(error)


async def _offered(context: Context, path: str, body: Shape, key: str, options: Namespace) -> Exit:
    async with daemon(context) as there:
        shape = await _accepted(there, path, body, key)
        if not context.json:
            _told(context, shape)
        if options.wait is None:
            if context.json:
                context.screen.json(shape)
            return Exit.OK
        return await follow(context, there, shape, options.wait)


async def _accepted(there: Daemon, path: str, body: Shape, key: str) -> Shape:
    headers = {"Idempotency-Key": key}
    try:
        return await there.post(path, body, headers=headers)
    except Unanswered:  # with the same key, asking again cannot send it twice
        return await there.post(path, body, headers=headers)


def _told(context: Context, shape: Shape) -> None:
    phrase = Phrase(
        de=f"Angenommen: Nr. {shape['number']}  {shape['id']}",
        en=f"Accepted: Nr. {shape['number']}  {shape['id']}",
    )
    context.screen.line(context.say(phrase))
    if shape["state"] == MessageState.AWAITING_APPROVAL:
        call = f"sentinel approve {shape['number']}"
        waits = Phrase(
            de=f"Sie wartet auf die Freigabe einer zweiten Person: {call}",
            en=f"It waits for a second person's approval: {call}",
        )
        context.screen.line(context.say(waits))
    if shape.get("held_by") == "crisis":
        context.screen.line(context.say(waits_in_crisis(shape)))
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


def _not_accepted(context: Context, error: SentinelError, by_hand: ByHand) -> int:
    """Say so, and print the texts for a person to post."""
    context.screen.note(context.say(_refused(error.phrase)))
    texts = by_hand()
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
    show(context, texts)
    return Exit.ERROR


def show(context: Context, items: Sequence[Shape]) -> None:
    """Show texts as they would appear, one after the other."""
    for item in items:
        unit = UNITS.get(item["unit"])
        named = context.say(unit) if unit else item["unit"]
        length = f"{item['length']}/{item['limit']} {named}"
        parts = f", {item['parts']} ×" if item["parts"] > 1 else ""
        context.screen.line(f"\n=== {item['channel']} ({length}{parts}) ===")
        context.screen.line(item["text"])
        for warning in (*_cut(context, item["cut"]), *item["warnings"]):
            context.screen.line(f"! {warning}")


def _cut(context: Context, cut: Sequence[str]) -> list[str]:
    shown = ", ".join(cut)
    phrase = Phrase(de=f"gekürzt: {shown}", en=f"shortened: {shown}")
    return [context.say(phrase)] if cut else []


def offer_arguments(parser: Parser, context: Context) -> None:
    """Add the arguments that say how a message is handed over."""
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
