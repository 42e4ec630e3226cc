"""Outages that stand in the storage as if staff had just been told of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.escalation import Escalation
from sentinel.service.signed import acknowledge_url
from sentinel.storage.outages import Outage
from tests.support.house import House, utc_now


async def broken(house: House, *channels: str, told: tuple[str, ...] = ("presse",)) -> Escalation:
    """Keep one outage for each channel, all of one escalation that staff were told of.

    The channels are none of the rules, so that no check ends what stands here.
    """
    at = utc_now()
    climb = Escalation(
        id=str(uuid4()),
        key=f"test {uuid4()}",
        opened_at=at,
        begun_at=at,
        climbs_from=at,
        due_at=None,
        level=0 if told else -1,
        told=told,
    )
    async with house.storage.write() as unit:
        await unit.open_escalation(climb)
        made = [_outage(name, climb, at) for name in channels]
        for outage in made:
            await unit.open_outage(outage)
        await unit.save_told(made)
    return climb


def _outage(channel: str, climb: Escalation, at: datetime) -> Outage:
    return Outage(
        id=str(uuid4()),
        kind="channel",
        channel=channel,
        ability=Ability.LISTEN,
        operator="Meta",
        cause=Cause.PLATFORM_FAULT,
        opened_at=at,
        escalation_id=climb.id,
        entry=0,
        told_entry=0,
        told_at=at,
    )


async def outages_of(house: House, climb: Escalation) -> list[Outage]:
    async with house.storage.read() as view:
        return await view.outages_of(climb.id)


async def close(house: House, climb: Escalation) -> None:
    """End all of an escalation."""
    at = utc_now()
    async with house.storage.write() as unit:
        for outage in await unit.outages_of(climb.id):
            await unit.save_outage(replace(outage, closed_at=at))
        known = await unit.escalation(climb.id)
        assert known is not None
        await unit.save_escalations([replace(known, closed_at=at)])


async def worsen(house: House, climb: Escalation) -> None:
    """Have it climb anew, as if it had grown worse after somebody took it on."""
    async with house.storage.write() as unit:
        known = await unit.escalation(climb.id)
        assert known is not None
        again = replace(
            known,
            begun_at=utc_now() + timedelta(seconds=1),
            acknowledged_at=None,
            acknowledged_by=None,
            comment=None,
        )
        await unit.save_escalations([again])
        await unit.own_outages([o.id for o in await unit.outages_of(climb.id)], None, None, None)


async def link(
    house: House, climb: Escalation, contact: str = "presse", told_at: datetime | None = None
) -> str:
    """Return the link of a notification, on the daemon's own address."""
    async with house.storage.read() as view:
        return acknowledge_url(
            house.url,
            view.derived_key,
            escalation_id=climb.id,
            contact=contact,
            told_at=told_at or climb.opened_at,
        )
