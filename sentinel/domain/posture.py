"""Calm or crisis: what opens a crisis, what ends it, and which messages wait until it is over.

```
          a person, or a grave message takes effect
   calm ─────────────────────────────────────────────> crisis
        <─────────────────────────────────────────────
          a person, the all-clear of the last open grave chain,
          or no news of a grave chain for `calm_after`
```

A grave message (extreme, severe) takes effect once it is accepted, approved if
it needs that, and due. Exercises move nothing. What was in effect when the
posture was last turned is *heeded*: it cannot turn it once more, so that a
crisis which a person closed stays closed until there is news.

In a crisis those messages wait that were scheduled before it opened, or are
marked as routine: nobody wants a greeting between two warnings. Follow-ups
and new messages never wait, and neither do those that opened it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sentinel.domain.message import Kind, Message


class Posture(StrEnum):
    """How the city stands."""

    CALM = "calm"
    CRISIS = "crisis"


class Why(StrEnum):
    """What turned the posture."""

    PERSON = "person"
    MESSAGE = "message"  # a grave message took effect
    ALL_CLEAR = "all_clear"  # of the last open grave chain
    QUIET = "quiet"  # no news of a grave chain for long enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """The posture as it was last turned."""

    posture: Posture
    since: datetime
    why: Why
    by: str  # KIND:ID of the person, or the daemon
    reason: str = ""  # a person's own words
    message: int | None = None  # number of the message that turned it
    number: int = 1  # messages from this number on were accepted under it
    renewed_at: datetime  # the quiet time counts from here, or from later news
    heeded: frozenset[str] = frozenset()  # ids of what was in effect when it was turned
    released: frozenset[str] = frozenset()  # ids of messages that a person let go

    @property
    def crisis(self) -> bool:
        """True in a crisis."""
        return self.posture is Posture.CRISIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the posture is judged by at one moment."""

    links: Sequence[Message]  # of all chains; only grave ones in effect count
    number: int  # that the next message will get
    at: datetime


def moves(message: Message, at: datetime) -> bool:
    """Return whether a message says something about the posture at `at`."""
    grave = message.effective_severity.grave and not message.content.exercise
    return grave and message.in_effect(at)


def holds(stance: Stance | None, message: Message) -> bool:
    """Return whether a message that is not live yet has to wait for the end of the crisis.

    Of the grave ones only those wait that were scheduled before: a mark as
    routine does not make a warning wait.
    """
    if stance is None or not stance.crisis or message.follows:
        return False
    if message.id in stance.released or message.id in stance.heeded:
        return False
    if message.content.routine and not message.effective_severity.grave:
        return True
    return scheduled(message) and message.number < stance.number


def scheduled(message: Message) -> bool:
    """Return whether a message was accepted for later."""
    start = message.content.not_before
    return start is not None and start > message.accepted_at


def turned(stance: Stance | None, scene: Scene, calm_after: timedelta, by: str) -> Stance | None:
    """Return the posture that follows by itself from what stands now; None: it stays.

    Args:
        stance: The posture so far; None: calm, since ever.
        scene: What is known now.
        calm_after: How long a crisis lasts without any news of a grave chain.
        by: Who is said to have turned it: the daemon.
    """
    known = _counting(stance, scene)
    alarms = [link for link in known if link.kind is not Kind.ALL_CLEAR]
    seen = stance.heeded if stance is not None else frozenset()
    if stance is None or not stance.crisis:
        opening = next((link for link in alarms if link.id not in seen), None)
        return (
            _turn(Posture.CRISIS, Why.MESSAGE, scene, known, by, because=opening)
            if opening
            else None
        )
    ends = [link for link in known if link.kind is Kind.ALL_CLEAR and link.id not in seen]
    if ends and not alarms:
        return _turn(Posture.CALM, Why.ALL_CLEAR, scene, known, by, because=ends[-1])
    if scene.at >= quiet_at(stance, known, calm_after):
        return _turn(Posture.CALM, Why.QUIET, scene, known, by)
    return None


def quiet_at(stance: Stance, links: Iterable[Message], calm_after: timedelta) -> datetime:
    """Return when a crisis ends by itself if there is no more news."""
    news = (max(link.due_at, link.accepted_at) for link in links)
    return max([stance.renewed_at, *news]) + calm_after


def by_person(
    stance: Stance | None, posture: Posture, scene: Scene, *, reason: str, by: str
) -> Stance:
    """Return the posture as a person sets it.

    A crisis that is open already stays the same one: its quiet time begins
    anew, and the reason is the latest.
    """
    if stance is not None and stance.crisis and posture is Posture.CRISIS:
        return replace(stance, reason=reason, by=by, renewed_at=scene.at)
    known = _counting(stance, scene)
    return replace(_turn(posture, Why.PERSON, scene, known, by), reason=reason)


def moved_along(stance: Stance, scene: Scene, by: timedelta) -> Stance:
    """Return the posture after the wall clock was set: what is left of the quiet time stays.

    `scene` is what was known by the clock of before.
    """
    return replace(stance, renewed_at=quiet_at(stance, _counting(stance, scene), by))


def let_go(stance: Stance, message: Message) -> Stance:
    """Return a crisis in which one message need not wait any more."""
    return replace(stance, released=stance.released | {message.id})


def _counting(stance: Stance | None, scene: Scene) -> list[Message]:
    """Return what counts: a grave message that waits itself has not taken effect."""
    links = [link for link in scene.links if moves(link, scene.at) and not holds(stance, link)]
    return sorted(links, key=lambda link: link.number)


def _turn(
    posture: Posture,
    why: Why,
    scene: Scene,
    known: Iterable[Message],
    by: str,
    *,
    because: Message | None = None,
) -> Stance:
    return Stance(
        posture=posture,
        since=scene.at,
        why=why,
        by=by,
        message=because.number if because is not None else None,
        number=scene.number,
        renewed_at=scene.at,
        heeded=frozenset(link.id for link in known),
    )
