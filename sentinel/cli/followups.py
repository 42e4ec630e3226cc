"""What people do to messages: update, all-clear, withdraw, approve, confirm."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from sentinel.cli.content import content_arguments, content_of, stated_arguments
from sentinel.cli.context import Command, Context
from sentinel.cli.doing import ask, message_path
from sentinel.cli.exits import Exit, Refused
from sentinel.cli.offer import offer, offer_arguments
from sentinel.cli.parser import Parser
from sentinel.cli.story import stand
from sentinel.domain.correction import Ending
from sentinel.errors import Phrase, SentinelError
from sentinel.web.wording import STATES

Shape = dict[str, Any]

_INHERITED: Final = ("severity", "category", "language", "tags", "area", "exercise")


def update(context: Context, options: Namespace) -> int:
    """Say the newest state of a message that went out."""
    return _follow_up(context, options, "update", content_of(options))


def all_clear(context: Context, options: Namespace) -> int:
    """End a message; what is not stated is made from it."""
    stated = content_of(options)
    body = {**stated, "false_alarm": True} if options.false_alarm else stated
    return _follow_up(context, options, "all-clear", body)


def _follow_up(context: Context, options: Namespace, what: str, body: Shape) -> int:
    path = f"{message_path(options.id)}/{what}"
    return offer(context, options, path, body, lambda: _by_hand(context, options.id, body))


def _by_hand(context: Context, name: str, body: Shape) -> list[Shape]:
    """Return the texts for a person to post, with what is on disk of the message it follows."""
    # Here because they load the database and all platforms, which a daemon's answer spares us.
    from sentinel.cli.by_hand import previews  # noqa: PLC0415 - see above
    from sentinel.cli.kept import kept  # noqa: PLC0415 - see above

    async def known() -> Shape:
        async with kept(context) as source:
            return await source.message(name)

    try:
        followed = {} if context.url is not None else asyncio.run(known())
    except SentinelError as error:
        context.screen.note(context.say(error.phrase))
        followed = {}
    whole = _completed(body, followed)
    if "headline" not in whole:
        return []  # nobody knows what it should say
    try:
        return previews(context, whole)
    except SentinelError as error:
        context.screen.note(context.say(error.phrase))
        return []


def _completed(body: Shape, followed: Shape) -> Shape:
    """Return what a daemon would have made of a follow-up, as far as the disk tells."""
    why = Ending.FALSE_ALARM if body.get("false_alarm") else Ending.ALL_CLEAR
    made = (followed.get("prepared") or {}).get(why, {})
    inherited = {name: followed[name] for name in _INHERITED if name in followed}
    stated = {name: value for name, value in body.items() if name != "false_alarm"}
    return {**inherited, **made, **stated}


def withdraw(context: Context, options: Namespace) -> int:
    """Stop what is unsent of a message; take down what is live, if wanted."""
    path = f"{message_path(options.id)}/withdraw"
    body = {"reason": options.reason, "delete": options.delete}
    shape = ask(context, lambda there: there.post(path, body))
    if context.json:
        context.screen.json(shape)
        return Exit.OK
    context.screen.line(_named(context, shape))
    out = [d for d in shape["deliveries"] if d["state"] in {"published", "unknown", "publishing"}]
    for delivery in out:
        where = (delivery["receipt"] or {}).get("permalink") or ""
        context.screen.line(
            f"  {delivery['channel']}: {stand(context, delivery)}  {where}".rstrip()
        )
    if out and not options.delete:
        hint = Phrase(
            de="Was veröffentlicht ist, bleibt stehen; --delete nimmt es weg",
            en="What is live stays; --delete takes it down",
        )
        context.screen.note(context.say(hint))
    return Exit.OK


def approve(context: Context, options: Namespace) -> int:
    """Agree, as a second person, that a message goes out."""
    path = f"{message_path(options.id)}/approve"
    body = {"comment": options.comment, "emergency": options.emergency}
    try:
        shape = ask(context, lambda there: there.post(path, body))
    except Refused as error:
        if error.status not in _NOT_APPROVED:
            raise
        context.screen.note(context.say(_not_approved(options.id, error)))
        return Exit.ERROR
    if context.json:
        context.screen.json(shape)
    else:
        context.screen.line(_named(context, shape))
    return Exit.OK


_NOT_APPROVED: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT})


def _not_approved(name: str, error: Refused) -> Phrase:
    """Return why nothing was approved; to somebody who may not, what goes in an emergency."""
    if error.field != "emergency":
        return Phrase(
            de=f"NICHT freigegeben: {error.phrase.de}", en=f"NOT approved: {error.phrase.en}"
        )
    call = f"sentinel approve {name} --emergency --comment"
    return Phrase(
        de=f"NICHT freigegeben: {error.phrase.de}. Im Notfall: {call} WARUM",
        en=f"NOT approved: {error.phrase.en}. In an emergency: {call} WHY",
    )


def confirm(context: Context, options: Namespace) -> int:
    """Say that a message is out on a channel: a person saw it there, or put it there."""
    path = f"/api/v1/deliveries/{quote(options.delivery, safe='')}/confirm"
    try:
        shape = ask(context, lambda there: there.post(path, {"permalink": options.permalink}))
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        raise Refused(_no_delivery(options.delivery), status=error.status) from error
    if context.json:
        context.screen.json(shape)
    else:
        context.screen.line(f"{shape['channel']}: {stand(context, shape)}")
    return Exit.OK


def _no_delivery(name: str) -> Phrase:
    return Phrase(
        de=f"Es gibt keine Zustellung {name!r}. Gemeint ist ihre ID, nicht der Kanal; "
        "„sentinel message NUMMER“ zeigt den ganzen Aufruf",
        en=f"there is no delivery {name!r}. Its id is wanted, not the channel's name; "
        "'sentinel message NUMBER' shows the whole call",
    )


def _named(context: Context, shape: Shape) -> str:
    return f"Nr. {shape['number']}  {context.say(STATES[shape['state']])}  {shape['headline']}"


def _id(parser: Parser, context: Context) -> None:
    parser.add_argument("id", help=context.say(Phrase(de="ID oder Nummer", en="id or number")))


def _update_arguments(parser: Parser, context: Context) -> None:
    _id(parser, context)
    content_arguments(parser, context)
    offer_arguments(parser, context)


def _all_clear_arguments(parser: Parser, context: Context) -> None:
    _id(parser, context)
    about = Phrase(
        de="es gab nie eine Gefahr: der vorbereitete Widerruf",
        en="there never was a danger: the prepared correction",
    )
    parser.add_argument("--false-alarm", action="store_true", help=context.say(about))
    stated_arguments(parser, context)
    offer_arguments(parser, context)


def _withdraw_arguments(parser: Parser, context: Context) -> None:
    _id(parser, context)
    why = Phrase(de="warum; steht im Journal", en="why; stands in the journal")
    parser.add_argument("--reason", required=True, help=context.say(why))
    delete = Phrase(
        de="auch wegnehmen, was schon veröffentlicht ist", en="also take down what is live"
    )
    parser.add_argument("--delete", action="store_true", help=context.say(delete))


def _approve_arguments(parser: Parser, context: Context) -> None:
    _id(parser, context)
    remark = Phrase(de="Bemerkung für das Journal", en="remark for the journal")
    parser.add_argument("--comment", default="", help=context.say(remark))
    alone = Phrase(
        de="ohne zweite Person; --comment muss sagen, warum, und alle erfahren es",
        en="without a second person; --comment must say why, and staff are told",
    )
    parser.add_argument("--emergency", action="store_true", help=context.say(alone))


def _confirm_arguments(parser: Parser, context: Context) -> None:
    which = Phrase(
        de="ID der Zustellung, oder NUMMER:KANAL (zeigt: sentinel message NUMMER)",
        en="id of the delivery, or NUMBER:CHANNEL (shown by: sentinel message NUMBER)",
    )
    parser.add_argument("delivery", help=context.say(which))
    where = Phrase(de="Adresse des Beitrags", en="address of the post")
    parser.add_argument("--permalink", metavar="U", help=context.say(where))


COMMANDS: Final = {
    "update": Command(_update_arguments, update),
    "all-clear": Command(_all_clear_arguments, all_clear),
    "withdraw": Command(_withdraw_arguments, withdraw),
    "approve": Command(_approve_arguments, approve),
    "confirm": Command(_confirm_arguments, confirm),
}
