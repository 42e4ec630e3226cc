"""The one word for monitoring systems: pass, warn or fail, by the contract's rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.health import Verdict
from sentinel.domain.plan import View
from sentinel.domain.rules import Mode, Route


class Status(StrEnum):
    """The words of application/health+json."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """The daemon's own parts: true while they work."""

    storage: bool
    scheduler: bool
    dispatcher: bool
    notifier: bool


def overall(
    board: Mapping[str, View],
    routes: Sequence[Route],
    works: Works,
    *,
    stranded: int,
    lost_uplinks: Iterable[str],
    on_hold: bool = False,
) -> Status:
    """Return the whole in one word.

    `fail`: a part of the daemon is broken, a message is stranded, or a route
    has no usable channel. `warn`: anything else that is not up, and a hold: one
    that was forgotten keeps a city silent. Channels that are off, frozen or not
    configured do not count.
    """
    broken = not (works.storage and works.scheduler and works.dispatcher and works.notifier)
    if broken or stranded or any(not has_usable(route, board) for route in routes):
        return Status.FAIL
    worries = any(
        verdict.state is not State.UP and observed(verdict)
        for view in board.values()
        if counts(view)
        for verdict in view.verdicts.values()
    )
    worries = worries or on_hold or any(True for _ in lost_uplinks)
    return Status.WARN if worries else Status.PASS


def counts(view: View) -> bool:
    """Return whether a channel counts: not off, not frozen, configured."""
    if view.channel.mode in {Mode.OFF, Mode.FROZEN} or view.freeze is not None:
        return False
    publish = view.verdicts.get(Ability.PUBLISH)
    return publish is None or publish.cause is not Cause.BAD_CONFIGURATION


def observed(verdict: Verdict) -> bool:
    """Return whether an ability was ever observed; one that was not does not count."""
    return verdict.cause is not Cause.NOT_OBSERVED


def has_usable(route: Route, board: Mapping[str, View]) -> bool:
    """Return whether every `always` channel, and `copies` of the list, can publish.

    While our own line is lost, only channels that do not need it can; a doubt
    of another kind is no failure.
    """
    return all(_can_publish(board.get(name)) for name in route.always) and sum(
        _can_publish(board.get(name)) for name in route.priority
    ) >= min(route.copies, len(route.priority))


def _can_publish(view: View | None) -> bool:
    if view is None or view.channel.mode in {Mode.OFF, Mode.FROZEN} or view.freeze is not None:
        return False
    verdict = view.verdicts.get(Ability.PUBLISH)
    if verdict is None:
        return True
    return verdict.state is not State.DOWN and verdict.cause is not Cause.UPLINK_LOST
