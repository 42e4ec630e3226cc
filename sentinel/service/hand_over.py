"""Hands one notification to one address, in a thread that may hang without harm."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qsl, unquote, urlsplit

import apprise

TOKEN_LENGTH = 12


def by_apprise(address: str, subject: str, text: str) -> bool:
    """Hand a notification to one Apprise address; return whether it was taken.

    What is longer than the service takes goes out in several parts, unless the
    address says otherwise (`overflow=`): many services refuse it whole.
    """
    service = apprise.Apprise()
    if not service.add(address):
        return False
    if "overflow=" not in address:
        for one in service:
            one.overflow_mode = apprise.OverflowMode.SPLIT
    return bool(service.notify(title=subject, body=text))


def warm_up() -> bool:
    """Load the library's services now: the first notification of a crisis must not wait for it."""
    return bool(apprise.Apprise().add("json://localhost"))


async def aside(work: Callable[[], bool]) -> bool:
    """Run `work` in a thread of its own, which neither we nor our end wait for if it hangs."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bool] = loop.create_future()

    def tell(result: bool, error: Exception | None) -> None:  # noqa: FBT001 - a callback
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)

    def run() -> None:
        result, error = False, None
        try:
            result = work()
        except Exception as raised:  # noqa: BLE001 - handed on to who waits
            error = raised
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, result, error)

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
