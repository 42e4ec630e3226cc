"""When a platform calls us: what it said, and what it is answered. Values; no I/O.

A platform file reads a call in one pure step (`Platform.receive`): checks the
signature, says what it learnt of single recipients, and gives the answer that
the platform wants. Whoever serves `/hooks/{channel}` does the rest.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from sentinel.domain.cause import Cause
from sentinel.domain.observation import Finding
from sentinel.domain.receipts import PartState


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One call of a platform. Header names are lower case.

    `url` is the address as the platform knows it, with the query, behind
    whatever proxies: some sign it.
    """

    method: str  # GET or POST
    url: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHeard:
    """What was said of one recipient's copy.

    `id` is the platform's own name for it, as given to `Mailing.took`; `key`, where
    the platform gives it back, the fingerprint that we sent along: it finds also
    who is in doubt. `cause` and `evidence` (a code, never a number or a name) say
    why one failed.
    """

    id: str
    key: str = ""
    state: PartState
    at: datetime | None = None
    cause: Cause | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a call meant, and what it is answered.

    `trusted` False: its signature is wrong or missing; nothing in it counts.
    """

    status: int = 200
    body: bytes = b""
    media_type: str = "text/plain"
    trusted: bool = True
    heard: tuple[PartHeard, ...] = ()
    findings: tuple[Finding, ...] = ()
    evidence: str = ""

    @classmethod
    def refused(cls, why: str) -> Self:
        """Return the answer to a call that does not come from the platform."""
        return cls(status=403, trusted=False, evidence=why)


def same(given: str, right: str) -> bool:
    """Return whether two signatures are equal, taking as long wherever they differ."""
    return hmac.compare_digest(given.encode(), right.encode())


def signed(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    """Return the HMAC of `body` in hexadecimal, as most platforms sign their calls."""
    return hmac.new(secret.encode(), body, algorithm).hexdigest()
