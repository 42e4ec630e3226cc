"""Says of a live post what was seen of it: read back, seen in public, or for a person to mend."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sentinel.domain.cause import Cause
from sentinel.service.look import Checked
from sentinel.service.outages import DAEMON
from sentinel.storage.storage import Storage

NOTES = frozenset({Cause.TRUNCATED, Cause.NOT_VISIBLE, Cause.READER_RESTRICTED})
"""Findings of a delivery that only a person can mend; no live post is ever deleted for them."""


async def verify(storage: Storage, checked: Checked, at: datetime) -> None:
    """Write down what a look at one of our posts says of it."""
    if (
        checked.about is None
        or checked.probe not in {"read_back", "visibility"}
        or not checked.report.findings
    ):
        return
    causes = {finding.cause for finding in checked.report.findings}
    noted = sorted(cause for cause in causes if cause in NOTES)
    async with storage.read() as view:
        last = await view.delivery(checked.about)
    if last is None:
        return
    seen_at = last.read_back_at if checked.probe == "read_back" else last.public_at
    news = causes == {None} and seen_at is None
    if not news and (not noted or last.note == noted[0]):
        return
    async with storage.write() as unit:
        await unit.lock_message(last.message_id)
        current = await unit.delivery(last.id)
        if current is None:
            return
        if news and checked.probe == "read_back":
            current = replace(current, read_back_at=at)
        elif news:
            current = replace(current, public_at=at)
        else:
            current = replace(current, note=noted[0])
        await unit.save_delivery(current)
        unit.note(
            "delivery.seen" if news else "delivery.doubted",
            actor=DAEMON,
            subject=current.id,
            payload={
                "message": current.message_id,
                "channel": current.channel,
                "by": checked.probe,
                "note": current.note,
            },
        )
