"""`messages` and `message`: what was sent, where it stands, and why it went there."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from textwrap import indent
from typing import Any, Final

from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser, moment
from sentinel.cli.screen import TONES, Cell
from sentinel.cli.source import MOST, Source, read
from sentinel.cli.story import by_hand, stand, story, why
from sentinel.domain.message import MessageState
from sentinel.errors import InputError, Phrase, SentinelError
from sentinel.web.wording import STATES

Shape = dict[str, Any]

LIMIT = 50


def messages(context: Context, options: Namespace) -> int:
    """List the latest messages."""
    if not 1 <= options.limit <= MOST:
        raise InputError(
            Phrase(
                de=f"--limit muss zwischen 1 und {MOST} liegen",
                en=f"--limit must be from 1 to {MOST}",
            ),
            field="limit",
        )
    page, alive = asyncio.run(_messages(context, options))
    if context.json:
        context.screen.json({**page, "daemon": alive})
        return Exit.OK
    if not page["items"]:
        context.screen.line(context.say(Phrase(de="Keine Meldungen", en="No messages")))
        return Exit.OK
    headings = [
        context.say(Phrase(de="Nr.", en="No.")),
        context.say(Phrase(de="Stand", en="State")),
        context.say(Phrase(de="Schwere", en="Severity")),
        context.zoned(Phrase(de="Angenommen", en="Accepted")),
        context.say(Phrase(de="Überschrift", en="Headline")),
        context.say(Phrase(de="Kanäle", en="Channels")),
    ]
    context.screen.table(headings, [_row(context, item) for item in page["items"]])
    if page["next"]:
        more = Phrase(
            de="Es gibt ältere (--limit, --since)", en="there are older ones (--limit, --since)"
        )
        context.screen.note(context.say(more))
    return Exit.OK


async def _messages(context: Context, options: Namespace) -> tuple[Shape, bool]:
    since = options.since.isoformat() if options.since else None
    return await read(
        context,
        lambda source: source.messages(state=options.state, since=since, limit=options.limit),
    )


def _row(context: Context, item: Shape) -> list[str | Cell]:
    channels = [f"{d['channel']} ({_word(context, d['state']).text})" for d in item["deliveries"]]
    return [
        str(item["number"]),
        _word(context, item["state"]),
        context.severity(item["effective_severity"]),
        context.when(item["accepted_at"]),
        item["headline"],
        ", ".join(channels) or "–",
    ]


def _word(context: Context, state: str) -> Cell:
    return Cell(context.say(STATES[state]), TONES.get(state))


def message(context: Context, options: Namespace) -> int:
    """Show one message with its deliveries, and why each channel was used or passed over."""
    (shape, chain), alive = asyncio.run(_message(context, options.id))
    if context.json:
        context.screen.json({**shape, "daemon": alive})
    else:
        tell(context, shape, chain)
        _texts(context, shape)
    return Exit.OK


async def _message(context: Context, name: str) -> tuple[tuple[Shape, list[Shape]], bool]:
    async def ask(source: Source) -> tuple[Shape, list[Shape]]:
        shape = await source.message(name)
        return shape, [] if context.json else (await source.chain(shape["chain"]))["items"]

    return await read(context, ask)


def tell(context: Context, shape: Shape, chain: Sequence[Shape] = ()) -> None:
    """Show one message; `chain` holds all links of its chain."""
    line = context.screen.line
    state = _word(context, shape["state"]).text
    line(f"Nr. {shape['number']}  {state}  {shape['headline']}")
    severity, routes = context.severity(shape["effective_severity"]), ", ".join(shape["routes"])
    begun, ends = context.when(shape["accepted_at"]), context.when(shape["expires_at"])
    facts = Phrase(
        de=f"  {severity}, Routen: {routes}, angenommen {begun}, gültig bis {ends}",
        en=f"  {severity}, routes: {routes}, accepted {begun}, valid until {ends}",
    )
    line(f"{context.say(facts)} ({context.peek.zone.key})")
    line(f"  ID {shape['id']}")
    for said in story(context, shape, chain):
        line(f"  {said}")
    if shape["deliveries"]:
        line()
        context.screen.table(
            _headings(context), [_delivery(context, d) for d in shape["deliveries"]]
        )
    for note in shape["explanations"]:
        line(f"  {why(context, note)}")
    for said in by_hand(context, shape):
        line(f"  {said}")
    for warning in shape["warnings"]:
        line(f"  ! {warning}")


def _texts(context: Context, shape: Shape) -> None:
    """Show each delivery's text, word for word; of a stranded message those to come too.

    These are what a person copies who posts by hand.
    """
    for delivery in shape["deliveries"]:
        _text(
            context, f"{delivery['channel']} ({_word(context, delivery['state']).text})", delivery
        )
    if shape["state"] != MessageState.STRANDED or context.url is not None:
        return  # the rules of this machine are not those of a daemon elsewhere
    # Here because it loads all platforms, which other messages need not wait for.
    from sentinel.cli.by_hand import missing  # noqa: PLC0415 - see above

    try:
        texts = missing(context, shape)
    except SentinelError as error:
        context.screen.note(context.say(error.phrase))
        return
    by_hand = context.say(Phrase(de="von Hand", en="by hand"))
    for text in texts:
        _text(context, f"{text['channel']} ({by_hand})", text)
        call = f"sentinel confirm {shape['number']}:{text['channel']}"
        said = Phrase(
            de=f"Sentinel kann dort auch selbst noch senden; nach dem Veröffentlichen: {call}",
            en=f"Sentinel may still send there itself; once it is published: {call}",
        )
        context.screen.line(f"  {context.say(said)}")


def _text(context: Context, title: str, shown: Shape) -> None:
    context.screen.line()
    context.screen.line(f"  {title}:")
    context.screen.line(indent(shown["text"], "    "))


def _headings(context: Context) -> list[str]:
    return [
        context.say(Phrase(de="Kanal", en="Channel")),
        context.say(Phrase(de="Stand", en="State")),
        context.say(Phrase(de="Gesendet", en="Posted")),
        context.say(Phrase(de="Zurückgelesen", en="Read back")),
        context.say(Phrase(de="Öffentlich gesehen", en="Seen in public")),
        context.say(Phrase(de="Versuche", en="Attempts")),
        context.say(Phrase(de="Ursache", en="Cause")),
        context.say(Phrase(de="Adresse", en="Address")),
    ]


def _delivery(context: Context, delivery: Shape) -> list[str | Cell]:
    receipt = delivery["receipt"] or {}
    return [
        delivery["channel"],
        Cell(stand(context, delivery), TONES.get(delivery["state"])),
        context.when(delivery["posted_at"]),
        context.when(delivery["read_back_at"]),
        context.when(delivery["public_at"]),
        str(len(delivery["attempts"])),
        context.cause(delivery["cause"]),
        receipt.get("permalink") or receipt.get("post_id") or "–",
    ]


def _list_arguments(parser: Parser, context: Context) -> None:
    parser.add_argument(
        "--state",
        choices=[state.value for state in MessageState],
        help=context.say(Phrase(de="nur in diesem Stand", en="in this state only")),
    )
    parser.add_argument(
        "--since",
        type=moment(context.language, context.peek.zone),
        help=context.say(Phrase(de="angenommen seit", en="accepted since")),
    )
    parser.add_argument(
        "--limit",
        type=int,
        default=LIMIT,
        help=context.say(Phrase(de=f"höchstens so viele ({LIMIT})", en=f"at most ({LIMIT})")),
    )


def _one_argument(parser: Parser, context: Context) -> None:
    parser.add_argument("id", help=context.say(Phrase(de="ID oder Nummer", en="id or number")))


COMMANDS: Final = {
    "messages": Command(_list_arguments, messages),
    "message": Command(_one_argument, message),
}
