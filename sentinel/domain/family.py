"""Shared fate: channels that one operator, or one shared dependency, can take down together.

A token error while a family falls is the platform's fault, not a revoked token:
on 5 March 2024 Meta refused right passwords for two hours, and everybody who
believed it threw good credentials away. So a token error is believed only

- if no independent sibling fails now: within two minutes the first failure counts,
- if none fell, or was refused, within the hour: a glitch ends in one place sooner
  than in another, and the last to recover would look like the only one,
- and it is withdrawn again if a sibling turns out to fall soon after.

Channels that use the same token are one witness and not two. If it is refused
on all of them, another sibling has to be seen well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sentinel.domain.cause import CREDENTIAL, NETWORK, Cause, State
from sentinel.domain.counting import BELIEF_SETTLES
from sentinel.domain.health import ChannelHealth
from sentinel.domain.quorum import questions
from sentinel.domain.rules import Channel
from sentinel.domain.track import REACHABILITY, Track

OWN = "own"
"""The operator of the city's own channels; they share no platform, so they are no family."""

WITHIN = timedelta(minutes=2)
"""A sibling's failure younger than this makes the family uneasy."""

QUARANTINE = timedelta(hours=1)
"""So long after a family fell, token errors are put down to its fall (facts: 60 to 120 min)."""

_FALLING = NETWORK | CREDENTIAL | {Cause.PLATFORM_FAULT, Cause.PLATFORM_DEFENDING, Cause.SLOW}
"""What an operator's outage looks like. A full quota or a locked account is one account's own."""

_OF_THE_APP = frozenset({"api_key", "api_secret", "client_id", "client_secret", "app_secret"})
"""Credentials that name the program and not the account: sharing them shares no token."""

Healths = Mapping[str, ChannelHealth]
Test = Callable[[Track], bool]


def at_peace(
    channel: str,
    channels: Mapping[str, Channel],
    healths: Healths,
    at: datetime,
    *,
    suspects: Collection[str] = (),
) -> bool:
    """Return whether a token error on `channel` can be believed: its family is calm.

    `suspects` are channels whose failure was just seen but is not yet judged.
    """
    family, twins = siblings(channel, channels), sharing(channel, channels)
    others = [name for name in family if name not in twins]
    if any(name in suspects or _uneasy(healths.get(name), at) for name in others):
        return False
    falling = [name for name in twins if _falls(healths.get(name), at, _FALLING - CREDENTIAL)]
    refused = [name for name in twins if name in suspects or _uneasy(healths.get(name), at)]
    if falling:
        return False
    return not refused or any(_well(healths.get(name), at) for name in others)


def shaken(
    fallen: str, channels: Mapping[str, Channel], healths: Healths, at: datetime
) -> tuple[str, ...]:
    """Return the siblings of a failing channel whose token error was believed too soon.

    `sentinel.domain.health.disbelieved` withdraws the belief; they stay down.
    """
    if fallen not in channels or not any(_refused(health) for health in healths.values()):
        return ()  # the usual case, asked at every failure
    family = siblings(fallen, channels)
    return tuple(name for name in family if _believed_too_soon(name, channels, healths, at))


def siblings(channel: str, channels: Mapping[str, Channel]) -> tuple[str, ...]:
    """Return the other channels that share the operator or a dependency, in the rules' order."""
    own = channels[channel]
    return tuple(
        name for name, other in channels.items() if name != channel and _related(own, other)
    )


def sharing(channel: str, channels: Mapping[str, Channel]) -> tuple[str, ...]:
    """Return the siblings that use the very same token, by where the rules take it from."""
    mine = _tokens(channels[channel])
    family = siblings(channel, channels)
    return tuple(name for name in family if mine & _tokens(channels[name]))


def _related(one: Channel, other: Channel) -> bool:
    same_operator = one.operator == other.operator != OWN
    return same_operator or not set(one.depends_on).isdisjoint(other.depends_on)


def _tokens(channel: Channel) -> set[tuple[str, str]]:
    return {
        (ref.kind.value, ref.name)
        for key, ref in channel.credentials.items()
        if key not in _OF_THE_APP
    }


def _uneasy(health: ChannelHealth | None, at: datetime) -> bool:
    """Return whether a channel fails now, or fell or was refused within the hour."""
    if health is None:
        return False

    def fell_lately(track: Track) -> bool:
        marks = (track.down_at, track.denied_at)
        return any(mark is not None and mark + QUARANTINE > at for mark in marks)

    return _falls(health, at, _FALLING) or _most(_unsettled(health, at), fell_lately)


def _falls(
    health: ChannelHealth | None,
    at: datetime,
    causes: Collection[Cause],
    within: timedelta = WITHIN,
) -> bool:
    def failed(track: Track) -> bool:
        lately = track.last_bad_at is not None and track.last_bad_at > at - within
        return lately and track.seen in causes

    return health is not None and _most(_unsettled(health, at), failed)


def _unsettled(health: ChannelHealth, at: datetime) -> list[Track]:
    """Return the tracks without those whose token has been known to be bad for an hour."""
    return [
        track
        for track in health.tracks.values()
        if not (track.cause in CREDENTIAL and track.cause_at and track.cause_at + QUARANTINE <= at)
    ]


def _most(tracks: Iterable[Track], bad: Test) -> bool:
    """Return whether any question is answered badly, and not only by a vantage that is blind.

    Against a failure speak the vantages that have looked since it began and saw well.
    """
    by_ability: dict[str, list[Track]] = {}
    for track in tracks:
        by_ability.setdefault(track.ability, []).append(track)
    return any(
        _mostly(question, bad) for mine in by_ability.values() for question in questions(mine)
    )


def _mostly(question: list[Track], bad: Test) -> bool:
    failing = [track for track in question if bad(track)]
    if not failing:
        return False
    began = min(track.bad_since or track.last_bad_at or track.since for track in failing)
    well = [
        track
        for track in question
        if track not in failing and track.state is State.UP and track.seen_at >= began
    ]
    return len(failing) > len(well)


def _well(health: ChannelHealth | None, at: datetime) -> bool:
    """Return whether an answer that needs a credential was good just now."""
    return health is not None and any(
        track.state is State.UP
        and track.seen is None
        and track.proves
        and track.probe != REACHABILITY
        and track.seen_at > at - WITHIN
        for track in health.tracks.values()
    )


def _refused(health: ChannelHealth) -> list[Track]:
    """Return the tracks by which the credential is believed to be bad."""
    return [track for track in health.tracks.values() if track.fell and track.cause in CREDENTIAL]


def _believed_too_soon(
    name: str, channels: Mapping[str, Channel], healths: Healths, at: datetime
) -> bool:
    health = healths.get(name)
    since = [track.cause_at for track in _refused(health) if track.cause_at] if health else []
    if not since:
        return False
    first, twins = min(since), sharing(name, channels)
    if first + QUARANTINE <= at:
        return False

    def fell_after(track: Track) -> bool:
        down, denied = track.down_at, track.denied_at
        fell = down is not None and first <= down < first + BELIEF_SETTLES
        return fell or (denied is not None and first <= denied < first + QUARANTINE)

    others = (healths[s] for s in siblings(name, channels) if s in healths and s not in twins)
    return any(_most(_unsettled(other, at), fell_after) for other in others)
