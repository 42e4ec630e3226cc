"""What was seen while a drill ran: one snapshot after another, and when the steps were done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Shape = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that can be seen at one moment, from the daemon and from the simulator."""

    at_s: float  # since the start
    channels: Mapping[str, Shape] = field(default_factory=dict)  # by name; the API's shapes
    messages: Mapping[str, Shape] = field(default_factory=dict)  # by the name of their step
    posts: Sequence[Shape] = ()  # as GET /_posts shows them
    notes: Sequence[Shape] = ()  # as GET /_inbox shows them, `at_s` added
    tries: Sequence[Shape] = ()  # as GET /_arrivals shows them
    outages: Sequence[Shape] = ()  # the API's shapes, open ones and those that are over
    calls: Sequence[Shape] = ()  # entries on levels that were reached, `at_s` added
    journal: Sequence[Shape] = ()  # the latest entries; to be shown, not judged
    alive: bool = True  # did the daemon answer? If not, its part is of before


@dataclass(slots=True, kw_only=True)
class Course:
    """The whole of a drill, to be judged as often as one likes."""

    ends_s: float
    snapshots: list[Snapshot] = field(default_factory=list)
    done: dict[str, float] = field(default_factory=dict)  # name of a step -> when it was done

    def add(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, unless it shows what the one before it shows."""
        if not self.snapshots or not _alike(self.snapshots[-1], snapshot):
            self.snapshots.append(snapshot)

    def between(self, begin_s: float, end_s: float) -> Iterator[Snapshot]:
        """Yield what was to be seen from `begin_s` to `end_s`, both included."""
        for number, snapshot in enumerate(self.snapshots):
            after = self.snapshots[number + 1 :][:1]
            until_s = after[0].at_s if after else self.ends_s
            if snapshot.at_s <= end_s and (until_s > begin_s or not after):
                yield snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who is who: what the judge must know beside the course."""

    accounts: Mapping[str, tuple[str, str]]  # channel -> platform and account of the simulator
    inboxes: Mapping[str, frozenset[str]]  # contact -> names of inboxes
    headlines: Mapping[str, str]  # message -> headline


def _alike(one: Snapshot, other: Snapshot) -> bool:
    return _judged(one) == _judged(other)


def _judged(snapshot: Snapshot) -> tuple[object, ...]:
    """Return what expectations can be about."""
    return (
        snapshot.channels,
        snapshot.messages,
        snapshot.posts,
        snapshot.notes,
        snapshot.tries,
        snapshot.outages,
        snapshot.calls,
        snapshot.alive,
    )
