"""Writes down what a check brought home beside its findings; nothing here moves a verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sentinel.domain.rules import Channel
from sentinel.service.ledger import Ledger
from sentinel.service.look import Checked
from sentinel.storage.storage import Storage


async def note(
    storage: Storage,
    ledger: Ledger,
    channel: Channel,
    checked: Checked,
    *,
    at: datetime,
    fresh_until: datetime,
) -> None:
    """Keep limits, the credential's end, the operator's own word, and that we looked.

    A check with findings is known to have run by its observations.
    """
    report = checked.report
    if report.windows:
        ledger.take(channel, report.windows)
    if report.expires_at is None and report.heard is None and report.findings:
        return
    async with storage.write() as unit:
        if report.expires_at is not None:
            await unit.save_credential_expiry(channel.account, report.expires_at)
        if report.heard is not None:
            word = replace(report.heard, fresh_until=fresh_until)
            await unit.save_operator_word(channel.name, word)
        if not report.findings:
            await unit.save_check(channel.name, checked.probe, at)
