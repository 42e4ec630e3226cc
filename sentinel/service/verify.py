"""Says of a live post what was seen of it: read back, seen in public, or for a person to mend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sentinel.domain.cause import Ability
from sentinel.domain.verification import after_look, unseen
from sentinel.failpoints import reach
from sentinel.service.discovery import tell_doubted
from sentinel.service.look import Checked
from sentinel.service.outages import DAEMON
from sentinel.storage.storage import Storage

SHOWN_BY: Mapping[Ability, str] = {Ability.READ_BACK: "read_back", Ability.PUBLIC: "visibility"}
"""The probe that shows each thing there is to see of a live post."""

_ABILITY_OF = {probe: ability for ability, probe in SHOWN_BY.items()}


async def verify(storage: Storage, checked: Checked, at: datetime) -> None:
    """Write down what a look at one of our posts says of it, if that is anything new."""
    ability = _ABILITY_OF.get(checked.probe)
    if checked.about is None or ability is None:
        return
    findings = checked.report.findings
    async with storage.read() as view:
        known = await view.delivery(checked.about)
    if known is None or not known.live or after_look(known, ability, findings, at) == known:
        return
    async with storage.write() as unit:
        await unit.lock_message(known.message_id)
        before = await unit.delivery(known.id)
        if before is None or not before.live:
            return
        after = after_look(before, ability, findings, at)
        if after == before:
            return
        await unit.save_delivery(after)
        reach("verify.before_commit")
        seen = unseen(after) != unseen(before) or (before.note and not after.note)
        if seen:
            unit.note(
                "delivery.seen",
                actor=DAEMON,
                subject=after.id,
                payload={
                    "message": after.message_id,
                    "channel": after.channel,
                    "by": checked.probe,
                    "note": after.note,
                },
            )
        if after.note is not before.note:
            tell_doubted(unit, after, by=checked.probe)
