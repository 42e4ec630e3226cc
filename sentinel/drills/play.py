"""Plays a drill: does each step at its time, and looks all the while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from sentinel.drills.acknowledging import acknowledge
from sentinel.drills.course import Course, Snapshot
from sentinel.drills.shape import DrillFile, Step
from sentinel.drills.stage import Stage, step_name
from sentinel.simulator.faults import Board

LOOK_EVERY_S: Final = 0.3
AT_THE_END_S: Final = 5.0  # for expectations without a time of their own


class Spectator(Protocol):
    """Who watches a drill."""

    def step(self, at_s: float, step: Step) -> None:
        """See a step being done."""

    def look(self, snapshot: Snapshot) -> None:
        """See how things stand now."""


@dataclass(slots=True)
class _Cue:
    """Something to do at a moment. `act` answers False if it has to be tried again."""

    at_s: float
    name: str
    act: Callable[[], Awaitable[bool]]
    step: Step | None = None
    told: bool = field(default=False)


async def play(stage: Stage, spectator: Spectator) -> Course:
    """Play the whole drill on `stage` and return its course.

    Raises:
        SentinelError: The daemon refused a message, or did not come back.
    """
    drill = stage.script.drill
    course = Course(ends_s=length_s(drill))
    cues = [cue for number, step in enumerate(drill.steps) for cue in _cues(stage, number, step)]
    cues.sort(key=lambda cue: cue.at_s)
    while (passed_s := stage.passed_s()) < course.ends_s:
        for cue in [cue for cue in cues if cue.at_s <= passed_s]:
            if await _do(cue, stage, course, spectator):
                cues.remove(cue)
        await _look(stage, course, spectator)
        await asyncio.sleep(LOOK_EVERY_S)
    await _look(stage, course, spectator)
    return course


def length_s(drill: DrillFile) -> float:
    """Return how long a drill lasts: what it says, or until every expectation's time is over."""
    times = [step.at.total_seconds() for step in drill.steps]
    if drill.lasts is not None:
        return max(*times, drill.lasts.total_seconds())
    begin = {step.name: step.at.total_seconds() for step in drill.steps}
    ends = [
        begin.get(expectation.since, 0.0) + expectation.within.total_seconds()
        for expectation in drill.expect
        if expectation.within is not None
    ]
    return max(*ends, max(times) + AT_THE_END_S, 0.0)


async def _do(cue: _Cue, stage: Stage, course: Course, spectator: Spectator) -> bool:
    if cue.step is not None and not cue.told:
        cue.told = True
        spectator.step(stage.passed_s(), cue.step)
    if not await cue.act():
        return False
    if cue.step is not None:
        course.done[cue.name] = stage.passed_s()
    return True


async def _look(stage: Stage, course: Course, spectator: Spectator) -> None:
    snapshot = await stage.look()
    course.add(snapshot)
    spectator.look(snapshot)


def _cues(stage: Stage, number: int, step: Step) -> list[_Cue]:
    name, at_s = step_name(number, step), step.at.total_seconds()
    cues = [_Cue(at_s, name, _act(stage, name, step), step)]
    if step.kill is not None:
        dead_s = step.kill.restart_after.total_seconds() if step.kill.restart_after else 0.0
        cues.append(_Cue(at_s + dead_s, name, _again(stage)))
    return cues


def _act(stage: Stage, name: str, step: Step) -> Callable[[], Awaitable[bool]]:
    async def act() -> bool:
        faults: Board = stage.simulator.faults
        if step.send is not None:
            return await stage.send(name, step)
        if step.confirm is not None:
            said = step.confirm
            return await stage.confirm(said.message, said.channel, said.permalink)
        if step.acknowledge is not None:
            return await acknowledge(stage, step.acknowledge)
        if step.fault is not None:
            faults.read(step.fault.body())
        if step.clear is not None:
            faults.clear(step.clear.platform, step.clear.account, step.clear.kind)
        if step.clock is not None:
            stage.set_clock(step.clock.ahead)
        if step.kill is not None:
            await stage.daemon.kill()
        return True

    return act


def _again(stage: Stage) -> Callable[[], Awaitable[bool]]:
    async def act() -> bool:
        await stage.daemon.start()
        return True

    return act
