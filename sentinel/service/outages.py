"""Outages on disk: opened, changed and closed together with the verdict that they follow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sentinel.domain.cause import Ability, State
from sentinel.domain.health import Verdict, explain
from sentinel.domain.operator_word import beside
from sentinel.domain.outage import OutageKind, Turn, turn
from sentinel.errors import Phrase
from sentinel.service.board import Board
from sentinel.storage.actor import Actor
from sentinel.storage.outages import Outage
from sentinel.storage.view import Unit

DAEMON = Actor(kind="daemon", id="sentinel")


async def turn_outage(
    unit: Unit, board: Board, name: str, ability: Ability, verdict: Verdict
) -> None:
    """Open, change or close the outage of a channel's ability as its verdict says."""
    known = [outage for outage in await unit.open_outages(name) if outage.ability == ability]
    at = board.now()
    why = explain(name, ability, verdict, board.zone)
    sentence = await with_word(unit, name, verdict, why, at)
    payload: dict[str, Any] = {
        "channel": name,
        "ability": ability,
        "cause": verdict.cause,
        "sentence_de": sentence.de,
        "sentence_en": sentence.en,
    }
    match turn(verdict, is_open=bool(known)):
        case Turn.OPENS:
            outage = Outage(
                id=board.new_id(),
                kind=OutageKind.CHANNEL,
                channel=name,
                ability=ability,
                operator=board.rules.channels[name].operator,
                cause=verdict.cause,
                opened_at=at,
            )
            outage = await begin(unit, outage, board.rules.channels[name].probing.flapping.within)
            payload |= {"waves": outage.waves}
            unit.note("outage.opened", actor=DAEMON, subject=outage.id, payload=payload)
        case Turn.CHANGES if known[0].cause != verdict.cause:
            await unit.save_outage(replace(known[0], cause=verdict.cause))
            unit.note("outage.changed", actor=DAEMON, subject=known[0].id, payload=payload)
        case Turn.CLOSES:
            for outage in known:
                await unit.save_outage(replace(outage, closed_at=at))
                unit.note("outage.closed", actor=DAEMON, subject=outage.id, payload=payload)
        case _:
            pass


async def begin(unit: Unit, outage: Outage, within: timedelta) -> Outage:
    """Keep an outage that opens, and return it as kept.

    One of the same thing that ended less than `within` ago breaks out again
    instead: a platform that comes and goes is one outage in waves, not twenty.
    """
    last = await unit.last_like(outage, outage.opened_at - within)
    if last is None:
        await unit.open_outage(outage)
        return outage
    again = replace(
        last,
        closed_at=None,
        waves=last.waves + 1,
        operator=outage.operator,
        cause=outage.cause,
        channels=outage.channels,
    )
    await unit.save_outage(again)
    if last.told_at is None or last.end_told_at is not None:
        await unit.own_outages([last.id], None, None, None)  # whoever had it was done with it
    return again


async def with_word(
    unit: Unit, name: str, verdict: Verdict, sentence: Phrase, at: datetime
) -> Phrase:
    """Return a verdict's sentence with what the operator itself says behind it, if that is fresh.

    Beside a verdict that is up nobody needs it.
    """
    if verdict.state is State.UP:
        return sentence
    return beside(sentence, await unit.operator_word(name), at)


async def close_outages(unit: Unit, channels: Collection[str], at: datetime) -> None:
    """Close the outages of channels that the rules no longer have: nobody watches them now."""
    for outage in await unit.open_outages():
        if outage.channel in channels:
            await unit.save_outage(replace(outage, closed_at=at))
            payload = {"channel": outage.channel, "ability": outage.ability, "removed": True}
            unit.note("outage.closed", actor=DAEMON, subject=outage.id, payload=payload)


async def stranded(unit: Unit, board: Board, message_id: str, at: datetime) -> None:
    """Open the outage of a message that no channel carries."""
    if await unit.stranding(message_id) is None:
        outage = Outage(
            id=board.new_id(), kind=OutageKind.STRANDED, opened_at=at, messages=(message_id,)
        )
        await begin(unit, outage, board.rules.probing.flapping.within)


async def carried_again(unit: Unit, message_id: str, at: datetime) -> None:
    """Close the outage of a message that is carried, or over."""
    outage = await unit.stranding(message_id)
    if outage is not None:
        await unit.save_outage(replace(outage, closed_at=at))
