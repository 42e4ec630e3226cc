"""Outages on disk: opened, changed and closed together with the verdict that they follow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sentinel.domain.cause import Ability
from sentinel.domain.health import Verdict, explain
from sentinel.domain.outage import OutageKind, Turn, turn
from sentinel.service.board import Board
from sentinel.storage.actor import Actor
from sentinel.storage.outages import Outage
from sentinel.storage.view import Unit

DAEMON = Actor(kind="daemon", id="sentinel")


async def turn_outage(
    unit: Unit, board: Board, name: str, ability: Ability, verdict: Verdict
) -> None:
    """Open, change or close the outage of a channel's ability as its verdict says."""
    known = [o for o in await unit.open_outages() if o.channel == name and o.ability == ability]
    sentence, at = explain(name, ability, verdict), board.now()
    payload = {
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
            await unit.open_outage(outage)
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


async def close_outages(unit: Unit, channels: Collection[str], at: datetime) -> None:
    """Close the outages of channels that the rules no longer have: nobody watches them now."""
    for outage in await unit.open_outages():
        if outage.channel in channels:
            await unit.save_outage(replace(outage, closed_at=at))
            payload = {"channel": outage.channel, "ability": outage.ability, "removed": True}
            unit.note("outage.closed", actor=DAEMON, subject=outage.id, payload=payload)


async def stranded(unit: Unit, message_id: str, outage_id: str, at: datetime) -> None:
    """Open the outage of a message that no channel carries."""
    if await _stranding(unit, message_id) is None:
        await unit.open_outage(
            Outage(id=outage_id, kind=OutageKind.STRANDED, opened_at=at, messages=(message_id,))
        )


async def carried_again(unit: Unit, message_id: str, at: datetime) -> None:
    """Close the outage of a message that is carried, or over."""
    outage = await _stranding(unit, message_id)
    if outage is not None:
        await unit.save_outage(replace(outage, closed_at=at))


async def _stranding(unit: Unit, message_id: str) -> Outage | None:
    return next(
        (
            outage
            for outage in await unit.open_outages()
            if outage.kind == OutageKind.STRANDED and message_id in outage.messages
        ),
        None,
    )
