"""How often a platform that refused us a session is asked again.

Logins are counted (Bluesky: enforced down to 10 a day), and every probe and
post of an account needs the same session. So a platform that said no is not
asked by each of them in turn: after a few tries in a row its word stands for a
while, longer each time. A new credential in the rules is asked for at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinel.wire import RenewalFailed

FREE = 3
"""Refusals in a row after which the pauses begin: a glitch of seconds costs nothing."""

FIRST = timedelta(minutes=1)
LONGEST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    digest: str  # of the credential that was refused
    tries: int
    failure: RenewalFailed
    until: datetime


@dataclass(frozen=True, slots=True)
class Refusals:
    """What each account was refused with, in this run of the process."""

    _known: dict[str, _Refusal] = field(default_factory=dict)

    def standing(self, account: str, digest: str, at: datetime) -> RenewalFailed | None:
        """Return the platform's word if it is too early to ask again."""
        known = self._known.get(account)
        if known is None or known.digest != digest:
            return None
        pause = known.until - at
        # A clock that was set must not make the pause longer than it ever is.
        return known.failure if timedelta() < pause <= LONGEST else None

    def add(self, account: str, digest: str, failure: RenewalFailed, at: datetime) -> None:
        """Take note of a refusal."""
        known = self._known.get(account)
        tries = known.tries + 1 if known is not None and known.digest == digest else 1
        over = tries - FREE
        pause = min(FIRST * 2**over, LONGEST) if over >= 0 else timedelta()
        self._known[account] = _Refusal(
            digest=digest, tries=min(tries, 30), failure=failure, until=at + pause
        )

    def clear(self, account: str) -> None:
        """Forget what was refused: there is a session now."""
        self._known.pop(account, None)
