"""What the rules survive: what the loss of one channel, operator or shared fate would do.

Judged from the rules alone, before anything has happened. A route cannot be fulfilled
when one of its `always` channels is lost, or when fewer than `copies` of
its list remain. Only channels that may publish count: active and standby ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sentinel.domain.rules import Channel, Mode, Route, Rules
from sentinel.errors import Phrase

OWN = "own"
"""The operator of what the city runs itself: no fate that is shared by being named so.

Machines of the city that do share one (a data centre, a mail relay) say so
with `depends_on`.
"""


class LossKind(StrEnum):
    """What may be lost."""

    CHANNEL = "channel"
    OPERATOR = "operator"
    DEPENDENCY = "dependency"
    UPLINK = "uplink"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One thing lost, and what that would do. Routes stand in the order of the rules."""

    kind: LossKind
    name: str
    stranded: tuple[str, ...]  # routes that can no longer be fulfilled
    degraded: tuple[str, ...]  # routes that lose a channel and still carry
    reach_lost: int  # followers
    reach_total: int

    @property
    def phrase(self) -> Phrase:
        """Say in one sentence what the loss would do."""
        what, reach = _WORDS[self.kind], self._reach
        return Phrase(
            de=f"Ohne {what.de} {self.name}: {self._outcome.de}{reach.de}.",
            en=f"Without {what.en} {self.name}: {self._outcome.en}{reach.en}.",
        )

    @property
    def _reach(self) -> Phrase:
        """Say how many would not hear; nothing where no channel states its reach."""
        if not self.reach_total:
            return Phrase(de="", en="")
        return Phrase(
            de=f"; Reichweite −{self.reach_lost} von {self.reach_total}",
            en=f"; reach −{self.reach_lost} of {self.reach_total}",
        )

    @property
    def _outcome(self) -> Phrase:
        if self.stranded:
            names = ", ".join(self.stranded)
            return Phrase(de=f"nicht mehr erfüllt: {names}", en=f"no longer fulfilled: {names}")
        if self.degraded:
            names = ", ".join(self.degraded)
            return Phrase(de=f"weniger Auswahl für {names}", en=f"less choice for {names}")
        return Phrase(de="keine Route betroffen", en="no route concerned")


_WORDS: Mapping[LossKind, Phrase] = {
    LossKind.CHANNEL: Phrase(de="den Kanal", en="channel"),
    LossKind.OPERATOR: Phrase(de="den Betreiber", en="operator"),
    LossKind.DEPENDENCY: Phrase(de="die gemeinsame Abhängigkeit", en="shared dependency"),
    LossKind.UPLINK: Phrase(de="die Leitung", en="uplink"),
}


def losses(rules: Rules) -> tuple[Loss, ...]:
    """Return every single loss that the rules name: channels, operators, dependencies, uplinks.

    A route that could not carry anything even before is in neither list.
    """
    live = {name: one for name, one in rules.channels.items() if _speaks(one)}
    return tuple(
        _loss(fate, gone, rules.routes, live) for fate, gone in _fates(live.values()).items()
    )


def carries(route: Route, live: Iterable[str]) -> bool:
    """Return whether `route` could be served by the channels `live`."""
    left = frozenset(live)
    listed = sum(name in left for name in route.priority)
    owed = route.copies if route.priority else 0
    return all(name in left for name in route.always) and listed >= owed


def _speaks(channel: Channel) -> bool:
    return channel.mode in {Mode.ACTIVE, Mode.STANDBY}


def _fates(channels: Iterable[Channel]) -> dict[tuple[LossKind, str], frozenset[str]]:
    """Return which channels fall together, by what they fall with."""
    found: dict[tuple[LossKind, str], frozenset[str]] = {}
    pairs = [(fate, one.name) for one in channels for fate in _shared(one)]
    for kind in LossKind:
        for fate, name in pairs:
            if fate[0] is kind:
                found[fate] = found.get(fate, frozenset()) | {name}
    return found


def _shared(channel: Channel) -> Iterator[tuple[LossKind, str]]:
    yield LossKind.CHANNEL, channel.name
    if channel.operator != OWN:
        yield LossKind.OPERATOR, channel.operator
    for name in channel.depends_on:
        yield LossKind.DEPENDENCY, name
    if channel.uplink is not None:
        yield LossKind.UPLINK, channel.uplink


def _loss(
    fate: tuple[LossKind, str],
    gone: frozenset[str],
    routes: Iterable[Route],
    live: Mapping[str, Channel],
) -> Loss:
    hit = [
        route
        for route in routes
        if carries(route, live) and gone & {*route.always, *route.priority}
    ]
    left = live.keys() - gone
    return Loss(
        kind=fate[0],
        name=fate[1],
        stranded=tuple(route.name for route in hit if not carries(route, left)),
        degraded=tuple(route.name for route in hit if carries(route, left)),
        reach_lost=sum(live[one].reach or 0 for one in gone),
        reach_total=sum(one.reach or 0 for one in live.values()),
    )
