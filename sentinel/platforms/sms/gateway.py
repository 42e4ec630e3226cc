"""What the three gateways have in common: how a list is sent through one, and read back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from sentinel.domain.delivery import Rendered
from sentinel.domain.observation import Report
from sentinel.platforms import Account
from sentinel.platforms.sms.verdicts import Verdict
from sentinel.wire import Request, Response, Steps
from sentinel.wire.hooks import Hook, Received
from sentinel.wire.recipients import Recipient

ANSWER_S = 20.0
"""How long one answer of a gateway may take; a list may take far longer."""


class Gateway(ABC):
    """One kind of gateway."""

    name: ClassVar[str]
    base_url: ClassVar[str] = ""  # its usual address; empty: the channel must state one
    batch: ClassVar[int] = 1  # recipients in one request

    def base(self, account: Account) -> str:
        """Return its address."""
        return account.base_url or self.base_url

    @abstractmethod
    def lacks(self, account: Account) -> str:
        """Return what of the channel's keys is missing or makes no sense; empty if nothing is."""

    @abstractmethod
    def request(
        self, account: Account, rendered: Rendered, text: str, parts: Sequence[Recipient]
    ) -> Request:
        """Return the request that sends `text` to `parts`."""

    @abstractmethod
    def verdicts(
        self, account: Account, answer: Response, parts: Sequence[Recipient]
    ) -> Verdict | Mapping[str, Verdict]:
        """Return what an answer means: for all `parts` alike, or by fingerprint.

        Who is missing among the fingerprints is in doubt.
        """

    def look(
        self, account: Account, rendered: Rendered, text: str, part: Recipient
    ) -> Steps[str | None]:
        """Ask whether `part` was sent this message: its name there, or None if none is seen."""
        yield from ()
        return None

    @property
    def looks(self) -> bool:
        """Whether the gateway can be asked what it sent."""
        return type(self).look is not Gateway.look

    def check(self, account: Account) -> Steps[Report] | None:
        """Is the credential good?"""
        return None

    def quota(self, account: Account, recipients: int) -> Steps[Report] | None:
        """How much credit is left?"""
        return None

    def rehearse(self, account: Account) -> Steps[Report] | None:
        """Exercise sending, to nobody."""
        return None

    def receive(self, account: Account, call: Hook, at: datetime) -> Received | None:
        """Read a delivery receipt."""
        return None
