"""Hands one notification to one address, in a thread that may hang without harm."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import apprise

from sentinel.domain.medium import Medium, loud, medium_of, shaped
from sentinel.domain.parcel import Parcel

TOKEN_LENGTH = 12
ANSWER_S = 8.0
"""How long an answer is waited for: longer than for a connection, so that the two differ."""

T = TypeVar("T")


class Handed(StrEnum):
    """What came of handing something over."""

    TAKEN = "taken"
    REFUSED = "refused"
    PERHAPS = "perhaps"  # some of it may have arrived


def by_apprise(address: str, parcel: Parcel, medium: Medium | None = None) -> Handed:
    """Hand a parcel to one Apprise address, in the shape that its service asks for.

    What is longer than the service takes goes out in several parts, unless the
    address says otherwise (`overflow=`): many services refuse it whole. One
    string may hold several addresses; it took the parcel when all of them did.
    """
    services = apprise.Apprise()
    if not services.add(loud(address) if parcel.grave else address):
        return Handed.REFUSED
    handed = [_to_one(one, address, parcel, medium) for one in services]
    if all(one is Handed.TAKEN for one in handed):
        return Handed.TAKEN
    none = all(one is Handed.REFUSED for one in handed)
    return Handed.REFUSED if none else Handed.PERHAPS


def _to_one(
    service: apprise.NotifyBase, address: str, parcel: Parcel, medium: Medium | None
) -> Handed:
    kind, room = medium or medium_of(address), int(service.body_maxlen)
    shape = shaped(parcel, kind, room=room)
    if "overflow=" not in address:
        whole = apprise.OverflowMode.UPSTREAM
        service.overflow_mode = whole if shape.whole else apprise.OverflowMode.SPLIT
    if "rto=" not in address:
        service.socket_read_timeout = ANSWER_S
    one, began = apprise.Apprise(), time.monotonic()
    one.add(service)
    taken = one.notify(
        title=shape.title,
        body=shape.body,
        body_format=apprise.NotifyFormat.HTML if shape.html else apprise.NotifyFormat.TEXT,
        notify_type=apprise.NotifyType.FAILURE if parcel.grave else apprise.NotifyType.INFO,
    )
    if taken:
        return Handed.TAKEN
    parts = not shape.whole and len(shape.title) + len(shape.body) > room
    unanswered = time.monotonic() - began >= service.socket_read_timeout
    return Handed.PERHAPS if parts or unanswered else Handed.REFUSED


def warm_up() -> bool:
    """Load the library's services now: the first notification of a crisis must not wait for it."""
    return bool(apprise.Apprise().add("json://localhost"))


async def aside(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own, which neither we nor our end wait for if it hangs."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(answer: Callable[[], None]) -> None:
        if not done.done():
            answer()

    def run() -> None:
        try:
            answer = partial(done.set_result, work())
        except Exception as raised:  # noqa: BLE001 - handed on to who waits
            answer = partial(done.set_exception, raised)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, answer)

    threading.Thread(target=run, name="notify", daemon=True).start()
    return await done


def secrets_in(url: str) -> list[str]:
    """Return the parts of an address that may give access: password, token, key.

    Many services keep the token where others keep the host. Short parts are
    words (`inbox`, `alerts`), and masking them would eat the log.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    spots = [*parts.netloc.replace("@", ":").split(":"), *parts.path.split("/")]
    spots += [value for _, value in parse_qsl(parts.query)]
    long = [text for raw in spots for text in (raw, unquote(raw)) if len(text) >= TOKEN_LENGTH]
    return [*long, *filter(None, [parts.password])]
