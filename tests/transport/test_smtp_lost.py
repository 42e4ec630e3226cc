"""Lost connections to a mail server: only after the final dot nobody can tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sentinel.domain.cause import Cause
from sentinel.platforms import Account
from sentinel.transport.driver import Transport
from sentinel.wire import Lost, SmtpData, SmtpMail, SmtpOpen, SmtpRcpt, Steps, TlsMode, smtp

Listen = Callable[..., Awaitable[int]]


def opening(port: int) -> SmtpOpen:
    return SmtpOpen(host="127.0.0.1", port=port, tls=TlsMode.NONE)


def send(step: SmtpOpen) -> Steps[int]:
    yield from smtp(step)
    yield from smtp(SmtpMail("stadt@example.org"))
    yield from smtp(SmtpRcpt("presse@example.org"))
    return (yield from smtp(SmtpData(b"Subject: Hochwasser\r\n\r\nPegel steigt"))).code


def script(*lines: bytes) -> Callable[..., Awaitable[None]]:
    """A server that says one line for each that it hears, then closes the connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in lines:
            writer.write(line)
            await writer.drain()
            if line.startswith(b"354"):
                await reader.readuntil(b"\r\n.\r\n")
            else:
                await reader.readline()
        writer.close()
        await writer.wait_closed()

    return talk


GREETING, HELLO, FINE = b"220 mail\r\n", b"250 mail\r\n", b"250 ok\r\n"
AHEAD = b"354 go ahead\r\n"


@pytest.mark.parametrize(
    ("lines", "cause", "sent", "committed"),
    [
        ((), Cause.UNREACHABLE, False, False),
        ((GREETING,), Cause.UNREACHABLE, False, False),
        ((b"hello?\r\n", b""), Cause.PLATFORM_FAULT, False, False),
        ((GREETING, HELLO), Cause.UNREACHABLE, True, False),
        ((GREETING, HELLO, FINE, FINE), Cause.UNREACHABLE, False, False),
        ((GREETING, HELLO, FINE, FINE, AHEAD), Cause.UNREACHABLE, True, True),
        ((GREETING, HELLO, FINE, FINE, AHEAD, b"????\r\n"), Cause.PLATFORM_FAULT, True, True),
    ],
)
async def test_only_after_the_final_dot_nobody_can_tell(  # noqa: PLR0917
    transport: Transport,
    account: Account,
    listen: Listen,
    lines: tuple[bytes, ...],
    cause: Cause,
    sent: bool,  # noqa: FBT001 - parametrized
    committed: bool,  # noqa: FBT001
) -> None:
    port = await listen(script(*lines))

    with pytest.raises(Lost) as caught:
        await transport.drive(send(opening(port)), account, timeout_s=1)

    lost = caught.value
    assert (lost.cause, lost.sent, lost.committed) == (cause, sent, committed)


async def test_a_refused_greeting_is_a_reply_and_a_closed_port_is_unreachable(
    transport: Transport, account: Account, listen: Listen
) -> None:
    busy = await listen(script(b"421 4.3.2 too busy\r\n"))

    reply = await transport.drive(smtp(opening(busy)), account, timeout_s=1)
    with pytest.raises(Lost) as caught:
        await transport.drive(smtp(opening(1)), account, timeout_s=1)

    assert (reply.code, reply.enhanced, reply.phase) == (421, "4.3.2", "connect")
    assert (caught.value.cause, caught.value.sent) == (Cause.UNREACHABLE, False)


async def test_a_silent_server_is_lost_at_the_deadline(
    transport: Transport, account: Account, listen: Listen
) -> None:
    async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    with pytest.raises(Lost) as caught:
        await transport.drive(smtp(opening(await listen(silence))), account, timeout_s=0.2)

    assert (caught.value.cause, caught.value.committed) == (Cause.UNREACHABLE, False)
