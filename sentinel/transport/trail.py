"""How far one step came, and what it means when no answer comes.

`name resolution → connection → answer`: nothing was handed to the network
before the last of them. Evidence names the host, the phase and the kind of
error, and nothing else: some addresses hold a token.
"""

from __future__ import annotations

import errno
import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum

from sentinel.domain.cause import Cause
from sentinel.wire import Lost


class Phase(StrEnum):
    """Where a step is. The words complete "no … within 8 s"."""

    NAME = "name resolution"
    CONNECT = "connection"
    TLS = "TLS handshake"
    ANSWER = "answer"


@dataclass(slots=True)
class Trail:
    """How far one step has come; whoever carries it out keeps it up to date.

    `sent`: bytes may have been handed to the network, or a file may be in place.
    """

    host: str = ""
    phase: Phase = Phase.CONNECT
    sent: bool = False

    def says(self, what: str) -> str:
        """Return `what` as evidence, with the host in front."""
        return f"{self.host}: {what}" if self.host else what


def late(trail: Trail, within_s: float) -> Lost:
    """Return the loss when a step did not end within its time."""
    cause = Cause.NAME_RESOLUTION if trail.phase is Phase.NAME else Cause.UNREACHABLE
    return Lost(cause, trail.says(f"no {trail.phase} within {within_s:g} s"), sent=trail.sent)


def broken(error: BaseException, trail: Trail) -> Lost:
    """Return the loss when the system or the TLS library gave up."""
    match error:
        case socket.gaierror():
            return Lost(Cause.NAME_RESOLUTION, trail.says("name not resolved"), sent=trail.sent)
        case ssl.SSLCertVerificationError():
            what = f"certificate not accepted: {error.verify_message}"
            return Lost(Cause.TLS, trail.says(what), sent=trail.sent)
        case ssl.SSLError():
            what = f"TLS failed: {error.reason or type(error).__name__}"
            return Lost(Cause.TLS, trail.says(what), sent=trail.sent)
        case _:
            what = f"{_name(error)} ({trail.phase})"
            return Lost(Cause.UNREACHABLE, trail.says(what), sent=trail.sent)


def _name(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    return errno.errorcode.get(number, "") if number else type(error).__name__
