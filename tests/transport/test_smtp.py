"""SMTP steps against a real mail server, and against connections that break at the worst moment."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sentinel.domain.cause import Cause
from sentinel.platforms import Account
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import (
    Lost,
    SmtpData,
    SmtpMail,
    SmtpOpen,
    SmtpRcpt,
    SmtpReply,
    SmtpReset,
    Steps,
    TlsMode,
    smtp,
)

Open = Callable[..., Awaitable[Transport]]
Listen = Callable[..., Awaitable[int]]
MAIL = b"From: stadt@example.org\r\nSubject: Hochwasser\r\n\r\n.Pegel steigt\n"


@dataclass
class Mailbox:
    """What a mail server was told."""

    hello: list[str] = field(default_factory=list)
    logins: int = 0
    mails: list[tuple[list[str], bytes]] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, session: Session, __: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.hello.append(hostname)
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if address.startswith("unknown"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        self.mails.append((list(envelope.rcpt_tos), content))
        return "451 4.7.1 later" if b"greylist" in content else "250 2.0.0 queued as 17"

    def login(self, *args: Any) -> AuthResult:
        self.logins += 1
        given = args[-1]
        right = isinstance(given, LoginPassword) and given.password == b"s3cret"
        return AuthResult(success=right, handled=False)


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Way]:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    return context, Way(ca_file=str(tmp_path / "ca.pem"))


@pytest.fixture
async def mail_server(box: Mailbox) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    servers: list[asyncio.Server] = []

    async def start(*, wrapped: ssl.SSLContext | None = None, **options: Any) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(box, hostname="mail", loop=loop, **options),
            "127.0.0.1",
            0,
            ssl=wrapped,
        )
        servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    yield start
    for server in servers:
        server.close()


def opening(port: int, mode: TlsMode = TlsMode.NONE, password: str | None = None) -> SmtpOpen:
    user = None if password is None else "stadt"
    return SmtpOpen(host="127.0.0.1", port=port, tls=mode, user=user, password=password)


def send(step: SmtpOpen, recipients: tuple[str, ...], content: bytes = MAIL) -> Steps[list[int]]:
    codes = [(yield from smtp(step)).code]
    codes.append((yield from smtp(SmtpMail("stadt@example.org"))).code)
    for recipient in recipients:
        reply = yield from smtp(SmtpRcpt(recipient))
        codes.append(reply.code)
    codes.append((yield from smtp(SmtpData(content))).code)
    return codes


async def test_a_mail_arrives_whole_with_its_dots(
    transport: Transport, account: Account, mail_server: Any, box: Mailbox
) -> None:
    port = await mail_server()

    codes = await transport.drive(
        send(opening(port), ("presse@example.org",)), account, timeout_s=5
    )

    assert codes == [250, 250, 250, 250]
    assert box.mails == [(["presse@example.org"], MAIL.replace(b"steigt\n", b"steigt\r\n"))]
    assert box.hello == ["[127.0.0.1]"]


async def test_a_refusal_is_a_reply_with_its_enhanced_code(
    transport: Transport, account: Account, mail_server: Any
) -> None:
    port = await mail_server()

    def talk() -> Steps[list[SmtpReply]]:
        yield from smtp(opening(port))
        yield from smtp(SmtpMail("stadt@example.org"))
        unknown = yield from smtp(SmtpRcpt("unknown@example.org"))
        early = yield from smtp(SmtpData(b"to nobody"))
        yield from smtp(SmtpRcpt("presse@example.org"))
        later = yield from smtp(SmtpData(b"greylist me"))
        reset = yield from smtp(SmtpReset())
        return [unknown, early, later, reset]

    replies = await transport.drive(talk(), account, timeout_s=5)

    assert [(reply.code, reply.enhanced) for reply in replies] == [
        (550, "5.1.1"),
        (503, ""),
        (451, "4.7.1"),
        (250, ""),
    ]
    assert [reply.phase for reply in replies] == ["", "go-ahead", "", ""]


@pytest.mark.parametrize("recipient", ["bürger@example.org", "a@example.org\r\nDATA", "a b@c.d"])
async def test_an_address_that_smtp_cannot_carry_is_refused_before_it_is_sent(
    transport: Transport, account: Account, mail_server: Any, box: Mailbox, recipient: str
) -> None:
    port = await mail_server()

    codes = await transport.drive(
        send(opening(port), (recipient, "presse@example.org")), account, timeout_s=5
    )

    assert codes == [250, 250, 553, 250, 250]
    assert box.mails[0][0] == ["presse@example.org"]


@pytest.mark.parametrize("mode", [TlsMode.STARTTLS, TlsMode.IMPLICIT])
@pytest.mark.parametrize(
    ("password", "code", "phase"), [("s3cret", 235, "auth"), ("x", 535, "auth")]
)
async def test_a_login_is_tried_once_over_tls(  # noqa: PLR0917
    open_transport: Open,
    account: Account,
    mail_server: Any,
    box: Mailbox,
    tls: tuple[ssl.SSLContext, Way],
    mode: TlsMode,
    password: str,
    code: int,
    phase: str,
) -> None:
    context, way = tls
    options = {"wrapped": context} if mode is TlsMode.IMPLICIT else {"tls_context": context}
    port = await mail_server(
        authenticator=box.login, auth_require_tls=mode is TlsMode.STARTTLS, **options
    )
    transport = await open_transport(way)

    reply = await transport.drive(smtp(opening(port, mode, password)), account, timeout_s=5)

    assert (reply.code, reply.phase) == (code, phase)
    assert box.logins == 1


async def test_what_the_server_does_not_offer_is_a_reply_of_that_phase(
    transport: Transport, account: Account, mail_server: Any
) -> None:
    port = await mail_server()

    no_tls = await transport.drive(
        smtp(opening(port, TlsMode.STARTTLS, "s3cret")), account, timeout_s=5
    )
    no_login = await transport.drive(
        smtp(opening(port, TlsMode.NONE, "s3cret")), account, timeout_s=5
    )

    assert (no_tls.code, no_tls.phase) == (502, "starttls")
    assert (no_login.code, no_login.phase) == (503, "auth")


@pytest.mark.parametrize("mode", [TlsMode.STARTTLS, TlsMode.IMPLICIT])
async def test_a_certificate_of_an_unknown_authority_is_tls_and_nothing_was_sent(
    transport: Transport,
    account: Account,
    mail_server: Any,
    tls: tuple[ssl.SSLContext, Way],
    mode: TlsMode,
) -> None:
    options = {"wrapped": tls[0]} if mode is TlsMode.IMPLICIT else {"tls_context": tls[0]}
    port = await mail_server(**options)

    with pytest.raises(Lost) as caught:
        await transport.drive(
            send(opening(port, mode, "s3cret"), ("presse@example.org",)), account, timeout_s=5
        )

    assert (caught.value.cause, caught.value.sent) == (Cause.TLS, False)
    assert caught.value.evidence.startswith("127.0.0.1: certificate not accepted: ")
