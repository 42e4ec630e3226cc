"""One thing that staff should hear of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sentinel.domain.cause import EFFECTS, Ability, Cause, State
from sentinel.errors import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One outage as staff hear of it; those of one operator and cause are told as one.

    `waiting` and `without` are what the one who tells has looked up: numbers of
    messages that wait for the channel, and routes without enough usable
    channels. None: nobody looked.
    """

    outage: str
    kind: str = "channel"  # a value of `outage.OutageKind`
    channel: str | None = None
    ability: Ability | None = None
    operator: str | None = None
    cause: Cause | None = None
    sentence: Phrase | None = None
    over: bool = False
    waiting: tuple[int, ...] | None = None
    without: tuple[str, ...] | None = None

    @property
    def state(self) -> State:
        """How bad it is, by its cause; down, if that says nothing."""
        state = EFFECTS[self.cause].state if self.cause else None
        return state if state is State.DEGRADED else State.DOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing that staff should hear of: whole sentences, the most important first."""

    subject: Phrase
    text: Phrase  # what happened
    means: Phrase | None = None  # what it means for messages
    done: Phrase | None = None  # what Sentinel has done, or goes on doing
    please: Phrase | None = None  # what is expected of whoever reads it; None: nothing
    details: Phrase | None = None  # what may be long: comes after every other news
    outage: str | None = None
    alarm: bool = False  # a message does not reach the citizens: it comes before all other news
    exercise: bool = False
    about: str | None = None  # headline of the message that it is about
    at: datetime | None = None  # when it happened
    since: datetime | None = None  # when what it tells of began
    case: Case | None = None  # an outage, which may be told together with others
