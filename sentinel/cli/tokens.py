"""`token`: access for other programs. Through the daemon if one runs, else on the storage."""

from __future__ import annotations

import asyncio
import os
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any, Final

from sentinel.app.clock import new_id, utc_now
from sentinel.cli.client import Daemon, Unanswered, daemon
from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit
from sentinel.cli.kept import opened
from sentinel.cli.parser import Parser, duration
from sentinel.errors import NoAnswer, Phrase
from sentinel.service.bodies import parse
from sentinel.service.shapes import stamp
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.web.access import Scope
from sentinel.web.bodies import TokenIn
from sentinel.web.tokens import create, revoke, token_shape

Shape = dict[str, Any]

PATH: Final = "/api/v1/tokens"


def token(context: Context, options: Namespace) -> int:
    """Create, list or revoke tokens."""
    match options.what:
        case "create":
            return _create(context, options)
        case "revoke":
            return _revoke(context, options)
        case _:
            return _list(context)


def _create(context: Context, options: Namespace) -> int:
    ends = stamp(utc_now() + options.expires_in) if options.expires_in else None
    body = {"name": options.name, "scopes": options.scope, "expires_at": ends}
    wanted = parse(body, TokenIn)

    async def by_hand(storage: Storage) -> Shape:
        return await create(storage, wanted, token_id=new_id(), actor=me(), at=utc_now())

    shape = either(context, lambda there: there.post(PATH, body), by_hand)
    if context.json:
        told = ("id", "name", "token", "scopes", "expires_at")
        context.screen.json({name: shape[name] for name in told})
        return Exit.OK
    context.screen.line(shape["token"])
    once = Phrase(
        de=f"Token {shape['id']} für {shape['name']}: {', '.join(shape['scopes'])}. "
        "Es wird nur dieses eine Mal gezeigt.",
        en=f"token {shape['id']} for {shape['name']}: {', '.join(shape['scopes'])}. "
        "It is shown this once only.",
    )
    context.screen.note(context.say(once))
    return Exit.OK


def _revoke(context: Context, options: Namespace) -> int:
    async def by_hand(storage: Storage) -> Shape:
        return await revoke(storage, options.id, actor=me(), at=utc_now())

    shape = either(context, lambda there: there.post(f"{PATH}/{options.id}/revoke"), by_hand)
    if context.json:
        context.screen.json(shape)
    else:
        phrase = Phrase(de=f"Token {shape['id']} gesperrt", en=f"token {shape['id']} revoked")
        context.screen.line(context.say(phrase))
    return Exit.OK


def _list(context: Context) -> int:
    async def by_hand(storage: Storage) -> Shape:
        async with storage.read() as view:
            return {"items": [token_shape(one) for one in await view.tokens()], "next": None}

    page = either(context, lambda there: there.whole(PATH), by_hand, read_only=True)
    if context.json:
        context.screen.json(page)
        return Exit.OK
    headings = [
        "ID",
        context.say(Phrase(de="Name", en="Name")),
        context.say(Phrase(de="Darf", en="May")),
        context.say(Phrase(de="Angelegt", en="Created")),
        context.say(Phrase(de="Gilt bis", en="Expires")),
        context.say(Phrase(de="Gesperrt", en="Revoked")),
    ]
    rows = [
        [
            one["id"],
            one["name"],
            ", ".join(one["scopes"]),
            context.when(one["created_at"]),
            context.when(one["expires_at"]),
            context.when(one["revoked_at"]),
        ]
        for one in page["items"]
    ]
    context.screen.table(headings, rows)
    return Exit.OK


def either(
    context: Context,
    through: Callable[[Daemon], Awaitable[Shape]],
    by_hand: Callable[[Storage], Awaitable[Shape]],
    *,
    read_only: bool = False,
) -> Shape:
    """Ask the daemon; where none runs, do it on the storage, which is made if need be.

    Raises:
        StorageBusy: A daemon works on the storage but does not answer us.
    """

    async def done() -> Shape:
        try:
            async with daemon(context) as there:
                return await through(there)
        except Unanswered:
            raise
        except NoAnswer:
            if context.url is not None:
                raise
        async with opened(context.load().rules, read_only=read_only) as storage:
            return await by_hand(storage)

    return asyncio.run(done())


def me() -> Actor:
    """Return who calls the command, as the journal names them."""
    return Actor(kind="person", id=f"uid:{os.getuid()}")


def _arguments(parser: Parser, context: Context) -> None:
    what = parser.add_subparsers(dest="what", metavar="create|list|revoke")
    words = {
        "create": Phrase(de="ein Token anlegen und einmal zeigen", en="make one and show it once"),
        "list": Phrase(de="alle zeigen, ohne die Token selbst", en="list them, without the tokens"),
        "revoke": Phrase(de="eines sofort sperren", en="end one at once"),
    }
    own = {
        name: what.add_parser(name, language=context.language, help=context.say(phrase))
        for name, phrase in words.items()
    }
    own["revoke"].add_argument("id")
    making = own["create"]
    making.add_argument(
        "name", help=context.say(Phrase(de="wessen Zugang es ist", en="whose access it is"))
    )
    making.add_argument(
        "--scope",
        action="append",
        required=True,
        choices=[scope.value for scope in Scope],
        help=context.say(Phrase(de="was es darf; mehrfach", en="what it may do; repeatable")),
    )
    making.add_argument(
        "--expires-in",
        type=duration(context.language),
        metavar="D",
        help=context.say(Phrase(de="gilt so lange; sonst immer", en="valid so long; else always")),
    )


COMMANDS: Final = {"token": Command(_arguments, token)}
