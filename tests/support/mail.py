"""A real mail server in the test's own process: SMTP as aiosmtpd speaks it, and a mailbox."""

from __future__ import annotations

import email
import email.policy
import logging
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sentinel.app.clock import utc_now
from tests.support.city import free_port


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail that the server took, with how and when it came."""

    at: datetime
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    encrypted: bool
    user: str | None

    @property
    def text(self) -> str:
        """What the mail says, decoded."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""


class Mailbox:
    """A mail server on a free port, or on `port`. `user` and `password`: only who logs in may send.

    With `certificate` it speaks STARTTLS and takes nothing before it.
    """

    def __init__(
        self,
        *,
        user: str | None = None,
        password: str | None = None,
        certificate: ssl.SSLContext | None = None,
        port: int | None = None,
    ) -> None:
        self._login = (user.encode(), password.encode()) if user and password else None
        self._port = port or free_port()
        self.url = f"smtp://127.0.0.1:{self._port}"
        self.mails: list[Mail] = []
        wants: dict[str, Any] = {"enable_SMTPUTF8": True, "timeout": 30}
        if certificate is not None:
            wants |= {"tls_context": certificate, "require_starttls": True}
        if self._login is not None:
            wants |= {"authenticator": self._authenticate, "auth_required": True}
        # It warns of an attribute of its own with each connection.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port, **wants)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop(no_assert=True)

    def about(self, words: str) -> list[Mail]:
        """Return the mails in which these words stand, in the subject or in the text."""
        return [m for m in self.mails if words in m.text or words in str(m.message["Subject"])]

    def _authenticate(
        self, _: SMTP, __: Session, ___: Envelope, ____: str, offered: object
    ) -> AuthResult:
        if not isinstance(offered, LoginPassword):
            return AuthResult(success=False)
        right = (offered.login, offered.password) == self._login
        return AuthResult(success=right, handled=False, auth_data=offered.login.decode())

    async def handle_DATA(  # noqa: N802 - the name under which aiosmtpd looks for it
        self, _: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail."""
        content = envelope.original_content or b""
        self.mails.append(
            Mail(
                at=utc_now(),
                sender=str(envelope.mail_from),
                recipients=tuple(map(str, envelope.rcpt_tos)),
                message=email.message_from_bytes(content, policy=email.policy.default),
                encrypted=session.ssl is not None,
                user=session.auth_data if isinstance(session.auth_data, str) else None,
            )
        )
        return f"250 2.0.0 kept as {len(self.mails)}"


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a certificate for this machine, and the file of the authority that made it."""
    authority = trustme.CA()
    file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context, file
