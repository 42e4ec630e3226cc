"""`user`: people who may log in. Through the daemon if one runs, else on the storage."""

from __future__ import annotations

import sys
from argparse import Namespace
from getpass import getpass
from typing import Any, Final

from sentinel.app.clock import new_id, utc_now
from sentinel.cli.context import Command, Context
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser
from sentinel.cli.tokens import either, me
from sentinel.errors import InputError, Phrase
from sentinel.service.bodies import parse
from sentinel.service.passwords import LONGEST
from sentinel.service.users import add_user, set_password, user_shape
from sentinel.storage.storage import Storage
from sentinel.web.access import Scope
from sentinel.web.bodies import PasswordIn, UserIn

Shape = dict[str, Any]

PATH: Final = "/api/v1/users"


def user(context: Context, options: Namespace) -> int:
    """Add people, set their passwords, or list them."""
    match options.what:
        case "add":
            return _add(context, options)
        case "password":
            return _password(context, options)
        case _:
            return _list(context)


def _add(context: Context, options: Namespace) -> int:
    body = {"name": options.name, "may": options.may, "password": _asked(context, options)}
    wanted = parse(body, UserIn)

    async def by_hand(storage: Storage) -> Shape:
        return await add_user(
            storage,
            user_id=new_id(),
            name=wanted.name,
            may=wanted.in_order(),
            password=wanted.password.get_secret_value(),
            actor=me(),
            at=utc_now(),
        )

    shape = either(context, lambda there: there.post(PATH, body), by_hand)
    said = ", ".join(shape["may"])
    return _told(
        context,
        shape,
        Phrase(
            de=f"{shape['name']} kann sich anmelden und darf: {said}",
            en=f"{shape['name']} may log in, and may: {said}",
        ),
    )


def _password(context: Context, options: Namespace) -> int:
    body = {"name": options.name, "password": _asked(context, options)}
    wanted = parse(body, PasswordIn)

    async def by_hand(storage: Storage) -> Shape:
        return await set_password(
            storage,
            name=wanted.name,
            password=wanted.password.get_secret_value(),
            actor=me(),
            at=utc_now(),
        )

    shape = either(context, lambda there: there.post(f"{PATH}/password", body), by_hand)
    return _told(
        context,
        shape,
        Phrase(
            de=f"{shape['name']} hat ein neues Passwort und ist überall abgemeldet",
            en=f"{shape['name']} has a new password, and is logged out everywhere",
        ),
    )


def _told(context: Context, shape: Shape, phrase: Phrase) -> int:
    if context.json:
        context.screen.json(shape)
    else:
        context.screen.line(context.say(phrase))
    return Exit.OK


def _list(context: Context) -> int:
    async def by_hand(storage: Storage) -> Shape:
        async with storage.read() as view:
            return {"items": [user_shape(one) for one in await view.users()], "next": None}

    page = either(context, lambda there: there.whole(PATH), by_hand, read_only=True)
    if context.json:
        context.screen.json(page)
        return Exit.OK
    headings = [
        context.say(Phrase(de="Name", en="Name")),
        context.say(Phrase(de="Darf", en="May")),
        context.say(Phrase(de="Angelegt", en="Added")),
        context.say(Phrase(de="Passwort vom", en="Password set")),
        "ID",
    ]
    rows = [
        [
            one["name"],
            ", ".join(one["may"]),
            context.when(one["created_at"]),
            context.when(one["password_set_at"]),
            one["id"],
        ]
        for one in page["items"]
    ]
    context.screen.table(headings, rows)
    return Exit.OK


def _asked(context: Context, options: Namespace) -> str:
    """Return the password: typed twice, unseen, or the first line of the standard input.

    Raises:
        InputError: There is no terminal to type at, the two differ, or it is no text.
    """
    if options.password_stdin:
        line = sys.stdin.buffer.readline(4 * LONGEST + 2).rstrip(b"\r\n")
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            # From None: the error quotes the line.
            raise _wrong("Das Passwort ist kein UTF-8", "the password is not UTF-8") from None
    if not sys.stdin.isatty():
        raise _wrong(
            "Ohne Terminal: --password-stdin, und das Passwort in die Standardeingabe",
            "without a terminal: --password-stdin, and the password on standard input",
        )
    password = getpass(context.say(Phrase(de="Passwort: ", en="Password: ")))
    if getpass(context.say(Phrase(de="Noch einmal: ", en="Once more: "))) != password:
        raise _wrong("Die beiden sind verschieden", "the two differ")
    return password


def _wrong(de: str, en: str) -> InputError:
    return InputError(Phrase(de=de, en=en), field="password")


def _arguments(parser: Parser, context: Context) -> None:
    what = parser.add_subparsers(dest="what", metavar="add|password|list")
    words = {
        "add": Phrase(de="eine Person anlegen", en="add somebody"),
        "password": Phrase(
            de="ein neues Passwort setzen; meldet überall ab",
            en="set another password; logs out everywhere",
        ),
        "list": Phrase(de="alle zeigen, ohne Passwörter", en="list them, without passwords"),
    }
    own = {
        name: what.add_parser(name, language=context.language, help=context.say(phrase))
        for name, phrase in words.items()
    }
    for name in ("add", "password"):
        own[name].add_argument(
            "name",
            help=context.say(Phrase(de="womit sie sich anmeldet", en="what they log in with")),
        )
        own[name].add_argument(
            "--password-stdin",
            action="store_true",
            help=context.say(
                Phrase(
                    de="das Passwort steht in der ersten Zeile der Standardeingabe",
                    en="the password is the first line of standard input",
                )
            ),
        )
    own["add"].add_argument(
        "--may",
        action="append",
        required=True,
        choices=[scope.value for scope in Scope],
        help=context.say(Phrase(de="was sie darf; mehrfach", en="what they may do; repeatable")),
    )


COMMANDS: Final = {"user": Command(_arguments, user)}
