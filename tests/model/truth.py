"""What people and platforms decided, and what was seen to happen: what the promises are held to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.health import Verdict
from sentinel.domain.rules import Mode, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A post that begins, or that may become public from now on, and how things stood then."""

    begins: bool
    account: str
    number: int  # of the message
    at: datetime  # by the wall clock
    furthest: datetime  # what that clock ever showed
    closed: str | None  # why nothing should have begun there, by people's word or the platform's
    overtakes: bool  # an earlier link of the chain is still being published there
    held: bool


@dataclass
class Truth:
    """What people and platforms decided, whatever the daemons made of it so far."""

    rules: Rules
    verdicts: dict[str, dict[Ability, Verdict]] = field(default_factory=dict)  # by channel
    frozen: dict[str, datetime | None] = field(default_factory=dict)  # until when
    held_since: float | None = None
    confirmed: set[tuple[str, int]] = field(default_factory=set)  # account and message

    def closed(self, account: str, at: datetime) -> str | None:
        """Return why nothing may begin on an account; None: something may."""
        found = [one for one in self.rules.channels.values() if one.account == account]
        if not found:
            return "removed"
        name, mode = found[0].name, found[0].mode
        if mode in {Mode.OFF, Mode.FROZEN}:
            return str(mode)
        until = self.frozen.get(name, at)
        if until is None or until > at:
            return "frozen by a person"
        verdict = self.verdicts.get(name, {}).get(Ability.PUBLISH)
        return "locked" if verdict and verdict.cause is Cause.ACCOUNT_LOCKED else None

    def copy(self) -> Truth:
        """Return a copy that stays as it is."""
        verdicts = {name: dict(known) for name, known in self.verdicts.items()}
        return replace(
            self, verdicts=verdicts, frozen=dict(self.frozen), confirmed=set(self.confirmed)
        )
