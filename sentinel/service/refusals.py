"""How often a platform that refused us a session is asked again.

Logins are counted (Bluesky: enforced down to 10 a day), and every probe and
post of an account needs the same session. So a platform that said no is not
asked by each of them in turn: after a few tries in a row its word stands for a
while, longer each time. A new credential in the rules is asked for at once.

A grave message need not wait out that pause: it is for a try of its own that
logins are saved. It gets one if the last refusal is 30 s old and was no "too
many logins" (then a further one only makes it worse). Of 100 logins a day, the
lowest limit that was seen more than once (facts/platforms-a.md: 300 documented,
100 enforced, 10 now and then, which answers 429), ten are kept for that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinel.domain.cause import Cause
from sentinel.wire import RenewalFailed

FREE = 3
"""Refusals in a row after which the pauses begin: a glitch of seconds costs nothing."""

FIRST = timedelta(minutes=1)
LONGEST = timedelta(minutes=15)

GRAVE_AFTER = timedelta(seconds=30)
"""So old is a refusal before a grave message asks once more: else it says the same again."""

A_DAY = 100
KEPT_FOR_GRAVE = 10
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    digest: str  # of the credential that was refused
    tries: int
    failure: RenewalFailed
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Refusals:
    """What each account was refused with, in this run of the process."""

    _known: dict[str, _Refusal] = field(default_factory=dict)
    _asked: dict[str, deque[datetime]] = field(default_factory=dict)

    def standing(
        self, account: str, digest: str, at: datetime, *, grave: bool = False
    ) -> RenewalFailed | None:
        """Return the platform's word if it is too early to ask again, even for what is `grave`."""
        known = self._known.get(account)
        if known is None or known.digest != digest:
            return None
        asked = sum(timedelta() <= at - one < _DAY for one in self._asked.get(account, ()))
        fresh = timedelta() <= at - known.at < GRAVE_AFTER
        counted = known.failure.cause is Cause.RATE_LIMITED or asked >= A_DAY
        if grave and not fresh and not counted:
            return None
        if asked >= A_DAY - KEPT_FOR_GRAVE:
            return known.failure
        pause = known.until - at
        # A clock that was set must not make the pause longer than it ever is.
        return known.failure if timedelta() < pause <= LONGEST else None

    def add(self, account: str, digest: str, failure: RenewalFailed, at: datetime) -> None:
        """Take note of a refusal."""
        known = self._known.get(account)
        tries = known.tries + 1 if known is not None and known.digest == digest else 1
        self._asked.setdefault(account, deque(maxlen=A_DAY)).append(at)
        over = tries - FREE
        pause = min(FIRST * 2**over, LONGEST) if over >= 0 else timedelta()
        self._known[account] = _Refusal(
            digest=digest, tries=min(tries, 30), failure=failure, at=at, until=at + pause
        )

    def clear(self, account: str) -> None:
        """Forget what was refused: there is a session now."""
        self._known.pop(account, None)
