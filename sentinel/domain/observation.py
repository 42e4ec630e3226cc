"""What one check saw, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.operator_word import OperatorWord

OUR_BOOKS = ""
"""The vantage of what no place sees: the sums of our own books, which are of the account."""

LONGEST_LIMIT = timedelta(days=40)
"""No limit lasts longer; the longest known is a month's cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check says of one ability. `cause` is None when all is well.

    `evidence` is one short technical fact (status, code, time), never a
    secret, never personal data, never a URL with a token.
    """

    ability: Ability
    cause: Cause | None = None
    evidence: str = ""
    until: datetime | None = None  # when the platform says it will be over (reset)
    confirmed: bool = True  # for credential causes: a second, different call agreed
    proves: bool = True  # False: its success does not show the ability (reachability)
    perhaps_late: bool = False  # a new post that does not show yet looks so; no cause: says nothing
    edge: str = ""  # whose error page came instead of the platform's answer ("cloudflare")


def reset_of(stated: datetime | None, at: datetime) -> datetime | None:
    """Return the reset that a platform stated at `at`; None for one that cannot be meant.

    A slip in it (another unit, another century) would hold a channel down until then,
    whatever is seen.
    """
    return stated if stated is not None and stated <= at + LONGEST_LIMIT else None


class Owner(StrEnum):
    """Whose limit it is. What an app may do, all accounts that post through it share."""

    ACCOUNT = "account"
    APP = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One rate-limit window of one account, as last read. Units are the platform's own.

    `name` is one of posts, replies, reads, calls, optionally with a suffix
    (`posts/24h`). `remaining` None: the platform does not say. Neither
    `resets_at` nor `per`: a prepaid credit, which only a payment fills.
    """

    name: str
    limit: float
    remaining: float | None = None
    resets_at: datetime | None = None
    per: timedelta | None = None
    cost: float = 1.0  # what one use takes from it: a post may cost 3 points, or 0.075 euros
    scope: Owner = Owner.ACCOUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that one check brought home."""

    findings: tuple[Finding, ...] = ()
    windows: tuple[Window, ...] = ()
    expires_at: datetime | None = None  # when the credential expires, if the platform says
    tls_days_left: int | None = None
    phases_ms: tuple[tuple[str, float], ...] = ()  # name resolution, connect, TLS, first byte
    heard: OperatorWord | None = None  # what a status page says: shown, and never judged by


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A finding with who, where and when; what health is judged by.

    `vantage` is the node that looked, or `OUR_BOOKS`.
    """

    channel: str
    probe: str  # the probe's name, or "delivery" for the outcome of a real post
    finding: Finding
    at: datetime
    vantage: str
    duration_ms: float = 0.0
    fresh_until: datetime | None = None  # three intervals on; None: does not grow stale
