"""Shared fate: channels that one operator, or one shared dependency, can take down together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sentinel.domain.cause import CREDENTIAL, NETWORK, Cause
from sentinel.domain.health import ChannelHealth
from sentinel.domain.rules import Channel
from sentinel.domain.strand import Strand

OWN = "own"
"""The operator of the city's own channels; they share no platform, so they are no family."""

_FALLING = NETWORK | CREDENTIAL | {Cause.PLATFORM_FAULT, Cause.PLATFORM_DEFENDING, Cause.SLOW}
"""What an operator's outage looks like. A full quota or a locked account is one account's own."""

WITHIN = timedelta(minutes=2)
"""A sibling's failure younger than this makes the family uneasy."""


def calm(
    channel: str,
    healths: Mapping[str, ChannelHealth],
    operators: Mapping[str, str],
    at: datetime,
    *,
    within: timedelta = WITHIN,
    suspects: Collection[str] = (),
) -> bool:
    """Return whether no sibling of the same operator has failed within the last `within`.

    A failure counts from the first, before anything is called down: while a
    family falls, a token error is the platform's fault (Meta, 5 March 2024).
    `suspects` are channels whose failure was just seen but is not yet judged.
    """
    operator = operators.get(channel)
    if operator is None or operator == OWN:
        return True
    family = [name for name, of in operators.items() if of == operator and name != channel]
    return not any(
        name in suspects or (name in healths and _falling(healths[name], at - within))
        for name in family
    )


def siblings(channel: str, channels: Mapping[str, Channel]) -> tuple[str, ...]:
    """Return the other channels that share the operator or a dependency, in the rules' order."""
    own = channels[channel]
    return tuple(
        name for name, other in channels.items() if name != channel and _related(own, other)
    )


def _related(one: Channel, other: Channel) -> bool:
    same_operator = one.operator == other.operator != OWN
    return same_operator or not set(one.depends_on).isdisjoint(other.depends_on)


def _falling(health: ChannelHealth, after: datetime) -> bool:
    return any(_failed(strand, after) for strand in health.strands.values())


def _failed(strand: Strand, after: datetime) -> bool:
    return strand.seen in _FALLING and bool(strand.last_bad_at and strand.last_bad_at > after)
