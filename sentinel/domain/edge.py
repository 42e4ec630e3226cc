"""One edge in front of several channels: when it fails, no platform is to blame.

A content network stands before platforms, status pages and often before the
city's own site. On 18 November 2025 one of them answered for all of them, with
its own error page: X, and the page that a post would have linked to, were gone
together. Each channel is down all the same; but people must be told once and
rightly, and a post must not name the city's own page as the only source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinel.domain.cause import NETWORK, Cause, State
from sentinel.domain.edge_page import edge_name
from sentinel.domain.family import OWN
from sentinel.domain.health import ChannelHealth
from sentinel.domain.quorum import questions
from sentinel.domain.rules import Channel
from sentinel.domain.track import Track
from sentinel.errors import Phrase

WITHIN = timedelta(minutes=5)
"""Channels that failed within so short a time of now failed together."""

_OF_THE_WAY = NETWORK | {Cause.PLATFORM_FAULT}


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeOutage:
    """An edge that fails for several channels at once."""

    edge: str  # its name, from its own error pages
    channels: tuple[str, ...]  # in the rules' order
    own: tuple[str, ...]  # those of them that are the city's: links to them lead nowhere
    since: datetime  # the first failure that is still going on
    evidence: str  # one of the answers


def edge_outages(
    channels: Mapping[str, Channel], healths: Mapping[str, ChannelHealth], at: datetime
) -> tuple[EdgeOutage, ...]:
    """Return the edges that fail at `at` for channels that have nothing else in common.

    An edge is named by its error page, seen on at least one channel. It has
    failed for two channels of different operators which both show its page, or
    of which the other, failing on the way, is said in the rules to stand behind
    the same dependency.
    """
    failing = {
        name: tracks
        for name in channels
        if name in healths and (tracks := _failing(healths[name], at))
    }
    edges = dict.fromkeys(track.edge for tracks in failing.values() for track in tracks)
    found = (_outage(edge, channels, failing) for edge in edges if edge)
    return tuple(outage for outage in found if outage)


def stands(names: Iterable[str], healths: Mapping[str, ChannelHealth]) -> bool:
    """Return whether any of these channels is down, or not yet trusted again, for its way there.

    Before that an edge's error page was a blip; as long as it is so, the outage
    is one, however often good and bad answers take turns.
    """
    known = (healths[name] for name in names if name in healths)
    verdicts = [verdict for health in known for verdict in health.verdicts.values()]
    return any(v.state is State.DOWN and v.cause in _OF_THE_WAY for v in verdicts)


def explain_edge(outage: EdgeOutage) -> Phrase:
    """Return one sentence for a press officer."""
    names, edge = outage.channels, edge_name(outage.edge)
    de = f"{edge} ist gestört, ein Dienst, der vor mehreren Kanälen steht; betroffen: "
    en = f"{edge} is failing, a service that stands in front of several channels: "
    de, en = de + _list(names, "und"), en + _list(names, "and")
    if outage.own:
        de += f" (auch unsere eigene Seite: {_list(outage.own, 'und')})"
        en += f" (our own page too: {_list(outage.own, 'and')})"
    return Phrase(de=f"{de}.", en=f"{en}.")


def _failing(health: ChannelHealth, at: datetime) -> list[Track]:
    """Return the tracks that fail on the way now, without those of a vantage that is alone."""
    if not any(track.seen for track in health.tracks.values()):
        return []  # the usual case, asked every second of every channel
    by_ability: dict[str, list[Track]] = {}
    for track in health.tracks.values():
        by_ability.setdefault(track.ability, []).append(track)
    found = []
    for mine in by_ability.values():
        for question in questions(mine):
            bad = [track for track in question if _fails(track, at)]
            well = sum(track.state is State.UP and track.seen is None for track in question)
            found += bad if len(bad) > well else []
    return found


def _fails(track: Track, at: datetime) -> bool:
    lately = track.last_bad_at is not None and track.last_bad_at > at - WITHIN
    return lately and track.seen in _OF_THE_WAY


def _outage(
    edge: str, channels: Mapping[str, Channel], failing: Mapping[str, list[Track]]
) -> EdgeOutage | None:
    shown = [name for name, tracks in failing.items() if any(t.edge == edge for t in tracks)]
    named = {dependency for name in shown for dependency in channels[name].depends_on}
    behind = {edge} if edge in named else named
    hit = [name for name in failing if name in shown or behind & set(channels[name].depends_on)]
    if not _apart(channels[name] for name in hit):
        return None
    tracks = [track for name in hit for track in failing[name]]
    page = next(track for name in shown for track in failing[name] if track.edge == edge)
    return EdgeOutage(
        edge=edge,
        channels=tuple(hit),
        own=tuple(name for name in hit if channels[name].operator == OWN),
        since=min(track.bad_since or track.since for track in tracks),
        evidence=page.evidence,
    )


def _apart(hit: Iterable[Channel]) -> bool:
    """Return whether channels have no operator in common. The city's own have none."""
    known = list(hit)
    operators = {channel.operator for channel in known}
    return len(operators) > 1 or (operators == {OWN} and len(known) > 1)


def _list(names: Collection[str], last: str) -> str:
    *most, end = names
    return f"{', '.join(most)} {last} {end}" if most else end
