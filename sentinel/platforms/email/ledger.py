"""What became of each recipient of one mail, by the server's replies. See `wire.mailing`."""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.platforms.email import replies
from sentinel.wire import SmtpReply
from sentinel.wire.mailing import Mailing
from sentinel.wire.recipients import Recipient


@dataclass(slots=True, kw_only=True)
class Ledger(Mailing):
    """Every recipient of one delivery. Built up by one conversation."""

    def named(self, part: Recipient, reply: SmtpReply) -> None:
        """Note that the server will not take the mail for `part`, now or for good."""
        why = replies.outcome(reply, replies.RCPT)
        if replies.for_good(reply):
            self.refuse(part, why, reply.code)
        else:
            self.defer(part, why)

    def ended(self, reply: SmtpReply, phase: str) -> None:
        """Note the reply that ended the conversation before everybody was reached."""
        self.stop(replies.outcome(reply, phase))
