"""SMTP steps over aiosmtplib: one connection for one conversation.

A reply of the server never raises, whatever its code. Only silence and broken
connections are losses.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import assert_never

import aiosmtplib
from aiosmtplib.protocol import normalize_message_line_endings

from sentinel.domain.cause import Cause
from sentinel.failpoints import reach
from sentinel.transport.trail import Phase, Trail, broken
from sentinel.wire import (
    Lost,
    SmtpData,
    SmtpMail,
    SmtpOpen,
    SmtpRcpt,
    SmtpReply,
    SmtpReset,
    SmtpStep,
    TlsMode,
)

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_GO_AHEAD = 354
_NOT_OFFERED = SmtpReply(code=502, enhanced="5.5.1", text="not offered", phase="starttls")
_NO_LOGIN = SmtpReply(code=503, enhanced="5.5.1", text="no login offered", phase="auth")
_BAD_ADDRESS = SmtpReply(code=553, enhanced="5.1.3", text="not an address that SMTP can carry")


class SmtpTalk:
    """The SMTP side of one conversation."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._smtp: aiosmtplib.SMTP | None = None
        self._host = ""

    def close(self) -> None:
        """Say goodbye without waiting for the reply, and close the connection."""
        if self._smtp is None:
            return
        if self._smtp.protocol is not None and self._smtp.is_connected:
            self._smtp.protocol.write(b"QUIT\r\n")
        self._smtp.close()
        self._smtp = None

    async def take(self, step: SmtpStep, trail: Trail) -> SmtpReply | Lost:
        """Take one step and return the reply, or the loss of it. Never raises for the network."""
        trail.host = step.host if isinstance(step, SmtpOpen) else self._host
        trail.phase = Phase.CONNECT
        try:
            return await self._take(step, trail)
        except aiosmtplib.SMTPResponseException as error:
            if error.code > 0:
                return _reply(error.code, error.message)
            lost = Lost(Cause.PLATFORM_FAULT, trail.says("not an SMTP reply"), sent=trail.sent)
        except (aiosmtplib.SMTPException, OSError) as error:
            lost = _loss(error, trail)
        self._drop()
        return lost

    async def _take(self, step: SmtpStep, trail: Trail) -> SmtpReply:
        if isinstance(step, SmtpOpen):
            return await self._open(step, trail)
        smtp = self._smtp
        if smtp is None:
            raise aiosmtplib.SMTPServerDisconnected("not connected")
        trail.phase = Phase.ANSWER
        match step:
            case SmtpMail(sender):
                return await _addressed(smtp.mail, sender, trail)
            case SmtpRcpt(recipient):
                return await _addressed(smtp.rcpt, recipient, trail)
            case SmtpData(content):
                return await _data(smtp, content, trail)
            case SmtpReset():
                trail.sent = True
                return _of(await smtp.execute_command(b"RSET"))
            case _:
                assert_never(step)

    async def _open(self, step: SmtpOpen, trail: Trail) -> SmtpReply:
        self._drop()
        self._host = step.host
        self._smtp = smtp = aiosmtplib.SMTP(
            hostname=step.host,
            port=step.port,
            timeout=None,  # the conversation has one deadline around the whole
            use_tls=step.tls is TlsMode.IMPLICIT,
            start_tls=False,
            tls_context=self._tls,
            local_hostname="localhost",  # or aiosmtplib asks the name server who we are
        )
        reply = await _phase("connect", _greet(smtp))
        if reply.code < 400 and step.tls is TlsMode.STARTTLS:  # noqa: PLR2004 - SMTP's refusals
            trail.phase = Phase.TLS
            reply = await _phase("starttls", _start_tls(smtp))
        if reply.code < 400 and step.user is not None:  # noqa: PLR2004
            trail.phase = Phase.ANSWER
            trail.sent = True
            reply = await _phase("auth", _login(smtp, step.user, step.password or ""))
        return reply

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


async def _phase(name: str, work: Awaitable[SmtpReply]) -> SmtpReply:
    try:
        reply = await work
    except aiosmtplib.SMTPResponseException as error:
        if error.code <= 0:
            raise
        reply = _reply(error.code, error.message)
    return SmtpReply(code=reply.code, enhanced=reply.enhanced, text=reply.text, phase=name)


async def _greet(smtp: aiosmtplib.SMTP) -> SmtpReply:
    await smtp.connect()
    return _of(await smtp.ehlo(hostname=_our_name(smtp)))


async def _start_tls(smtp: aiosmtplib.SMTP) -> SmtpReply:
    if not smtp.supports_extension("starttls"):
        return _NOT_OFFERED
    await smtp.starttls()
    return _of(await smtp.ehlo(hostname=_our_name(smtp)))


async def _login(smtp: aiosmtplib.SMTP, user: str, password: str) -> SmtpReply:
    # One method and one try: every refused login counts towards a lock-out.
    offered = smtp.supported_auth_methods
    if "plain" in offered:
        return _of(await smtp.auth_plain(user, password))
    if "login" in offered:
        return _of(await smtp.auth_login(user, password))
    if "cram-md5" in offered:
        return _of(await smtp.auth_crammd5(user, password))
    return _NO_LOGIN


async def _data(smtp: aiosmtplib.SMTP, content: bytes, trail: Trail) -> SmtpReply:
    # In two halves, because only after the go-ahead can anything be on its way.
    ahead = await smtp.execute_command(b"DATA")
    reach("smtp.data_promised")
    if ahead.code != _GO_AHEAD:
        return replace(_of(ahead), phase="go-ahead")
    protocol = smtp.protocol
    if protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("lost before the message")
    lines = normalize_message_line_endings(content)
    trail.sent = True
    protocol.write(re.sub(rb"(?m)^\.", b"..", lines) + b".\r\n")
    reach("smtp.data_sent")
    return _of(await protocol.read_response())


async def _addressed(
    command: Callable[[str], Awaitable[aiosmtplib.SMTPResponse]], address: str, trail: Trail
) -> SmtpReply:
    # aiosmtplib would cut the odd part off and mail somebody else.
    if not all("!" <= letter <= "~" for letter in address):
        return _BAD_ADDRESS
    trail.sent = True
    return _of(await command(address))


def _our_name(smtp: aiosmtplib.SMTP) -> str:
    # An address literal needs no name server and satisfies servers that want a full name.
    address = str(smtp.get_transport_info("sockname")[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _of(response: aiosmtplib.SMTPResponse) -> SmtpReply:
    return _reply(response.code, response.message)


def _reply(code: int, message: str) -> SmtpReply:
    found = _ENHANCED.match(message)
    return SmtpReply(code=code, enhanced=found.group(1) if found else "", text=message)


def _loss(error: Exception, trail: Trail) -> Lost:
    root: BaseException = error
    while isinstance(root, aiosmtplib.SMTPException) and root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, asyncio.TimeoutError | aiosmtplib.SMTPException):
        what = f"connection closed ({trail.phase})"
        return Lost(Cause.UNREACHABLE, trail.says(what), sent=trail.sent)
    return broken(root, trail)
