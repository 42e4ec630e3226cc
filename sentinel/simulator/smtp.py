"""One SMTP conversation of a simulated mail relay (RFC 5321, 3463, 4954; platforms-b.md 8).

No TLS: the relay stands on loopback. A recipient whose local part is `unknown`
is refused with 550 5.1.1, so that partly refused mails can be shown.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email import message_from_bytes, policy

from sentinel.simulator.faults import Fault
from sentinel.simulator.kinds import Kind
from sentinel.simulator.world import Account, Arrival, World

_LONGEST_LINE = 8192
_LARGEST = 10_240_000
_ADDRESS = re.compile(r"(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)
_CAPABILITIES = ("SIZE 10240000", "8BITMIME", "SMTPUTF8", "DSN", "PIPELINING")
_LOGINS = ("ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN")

AT_CONNECT = frozenset(
    {Kind.REFUSE_CONNECTION, Kind.BLACK_HOLE, Kind.SLOW, Kind.SERVER_ERROR, Kind.FLAPPING}
)
_AT_LOGIN = frozenset({Kind.CREDENTIAL_REVOKED, Kind.CREDENTIAL_GLITCH})
_AT_MAIL = frozenset({Kind.ACCOUNT_LOCKED})
_AT_RCPT = frozenset({Kind.RATE_LIMITED})
_AT_DATA = frozenset(
    {
        Kind.ACCEPTED_THEN_ERROR,
        Kind.ACCEPTED_THEN_TIMEOUT,
        Kind.ACCEPTED_NOT_LIVE,
        Kind.LATE_VISIBLE,
    }
)
KINDS = AT_CONNECT | _AT_LOGIN | _AT_MAIL | _AT_RCPT | _AT_DATA


class HungUp(Exception):
    """The client went, or said QUIT."""


class Hold(Exception):
    """From here on nothing is answered any more."""


class Conversation:
    """What is said on one connection."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        account: Account,
        world: World,
        draw: Callable[[frozenset[Kind]], Mapping[Kind, Fault]],
        now: Callable[[], datetime],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._account = account
        self._world = world
        self._draw = draw
        self._now = now
        self._logged_in = False
        self._sender: str | None = None
        self._recipients: list[str] = []

    async def talk(self, faults: Mapping[Kind, Fault]) -> None:
        """Talk until the client leaves. `faults` are those drawn when it connected.

        Raises:
            HungUp: It is over.
            Hold: The client must be left waiting.
        """
        if slow := faults.get(Kind.SLOW):
            await asyncio.sleep(slow.option("seconds"))
        if Kind.SERVER_ERROR in faults or Kind.FLAPPING in faults:
            await self._say("421 4.3.2 Service not available, closing channel")
            raise HungUp
        await self._say("220 simulator.test ESMTP")
        while True:
            verb, _, rest = (await self._line()).partition(" ")
            await self._obey(verb.upper(), rest.strip())

    async def _obey(self, verb: str, rest: str) -> None:
        match verb:
            case "EHLO":
                lines = ["simulator.test", *_CAPABILITIES, *_LOGINS]
                await self._say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")
            case "HELO" | "RSET":
                self._forget()
                await self._say("250 2.0.0 OK")
            case "NOOP":
                await self._say("250 2.0.0 OK")
            case "AUTH":
                await self._say(await self._auth(rest))
            case "MAIL":
                await self._say(self._mail(rest))
            case "RCPT":
                await self._say(self._rcpt(rest))
            case "DATA":
                await self._data()
            case "QUIT":
                await self._say("221 2.0.0 Bye")
                raise HungUp
            case _:
                await self._say("502 5.5.1 Command not implemented")

    async def _auth(self, rest: str) -> str:
        mechanism, _, first = rest.partition(" ")
        try:
            match mechanism.upper():
                case "PLAIN":
                    secret = (await self._ask("", first)).split(b"\0")[-1]
                case "LOGIN":
                    await self._ask("VXNlcm5hbWU6", first)
                    secret = await self._ask("UGFzc3dvcmQ6", "")
                case _:
                    return "504 5.5.4 Mechanism not known"
        except (binascii.Error, ValueError):
            return "501 5.5.2 Not base64"
        faults = self._draw(_AT_LOGIN)
        if Kind.CREDENTIAL_GLITCH in faults:
            return "454 4.7.0 Temporary authentication failure"
        if Kind.CREDENTIAL_REVOKED in faults or not secret:
            return "535 5.7.8 Authentication credentials invalid"
        self._logged_in = True
        return "235 2.7.0 Authentication successful"

    async def _ask(self, challenge: str, given: str) -> bytes:
        if not given:
            await self._say(f"334 {challenge}")
            given = await self._line()
        return base64.b64decode(given, validate=True)

    def _mail(self, rest: str) -> str:
        found = _ADDRESS.match(rest)
        if found is None:
            return "501 5.5.4 Syntax: MAIL FROM:<address>"
        if not self._logged_in and self._draw(_AT_LOGIN):
            return "530 5.7.0 Authentication required"
        if self._draw(_AT_MAIL):
            return "550 5.7.1 This sender is blocked"
        self._forget()
        self._sender = found[1]
        return "250 2.1.0 Sender OK"

    def _rcpt(self, rest: str) -> str:
        found = _ADDRESS.match(rest)
        if self._sender is None:
            return "503 5.5.1 MAIL first"
        if found is None or not found[1]:
            return "501 5.5.4 Syntax: RCPT TO:<address>"
        if found[1].partition("@")[0].lower() == "unknown":
            return "550 5.1.1 No such user here"
        if self._draw(_AT_RCPT):
            return "450 4.7.1 Too many messages, try again later"
        self._recipients.append(found[1])
        return "250 2.1.5 Recipient OK"

    async def _data(self) -> None:
        if not self._recipients:
            await self._say("503 5.5.1 RCPT first")
            return
        await self._say("354 End with a line that holds a full stop only")
        content = await self._content()
        too_big = len(content) > _LARGEST
        answer = "552 5.3.4 Message too big" if too_big else self._take(content)
        self._forget()
        if not answer:
            raise Hold
        await self._say(answer)

    def _take(self, content: bytes) -> str:
        """Keep the mail; return the answer, or nothing where none must come."""
        faults = self._draw(_AT_DATA)
        mail = message_from_bytes(content, policy=policy.default)
        body = mail.get_body(("plain", "html"))
        text = "" if body is None else str(body.get_content())
        key = str(mail["Message-ID"]).strip() if mail["Message-ID"] else None
        post = self._account.add(
            id=f"{self._account.serial():010X}",
            text=f"{mail['Subject'] or ''}\n\n{text}".strip().replace("\r\n", "\n"),
            key=key,
            at=self._now(),
            faults=faults,
            to=tuple(self._recipients),
        )
        answer = f"250 2.0.0 Queued as {post.id}"
        if Kind.ACCEPTED_THEN_ERROR in faults:
            answer = "451 4.3.0 Local error in processing"
        elif Kind.ACCEPTED_THEN_TIMEOUT in faults:
            answer = ""
        self._world.arrivals.append(
            Arrival(
                platform=self._account.platform,
                account=self._account.name,
                at=post.at,
                text=post.text,
                key=key,
                status=int(answer[:3]) if answer else None,
                id=post.id,
            )
        )
        return answer

    async def _content(self) -> bytes:
        lines: list[bytes] = []
        size = 0
        while (line := await self._raw()) != b".\r\n":
            size += len(line)
            if size <= _LARGEST + 1:
                lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines) if size <= _LARGEST else b"x" * (_LARGEST + 1)

    async def _raw(self) -> bytes:
        try:
            line = await self._reader.readline()
        except ValueError:  # longer than the reader's limit
            raise HungUp from None
        if not line.endswith(b"\n"):
            raise HungUp
        return line.rstrip(b"\r\n") + b"\r\n"

    async def _line(self) -> str:
        return (await self._raw())[:_LONGEST_LINE].decode("utf-8", "replace").strip()

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()

    def _forget(self) -> None:
        self._sender = None
        self._recipients = []
