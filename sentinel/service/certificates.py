"""Certificates that end: kept for the risk register; of our own sites staff hear in time.

What a browser refuses, citizens do not read. A platform's certificate is the
platform's to renew; ours is ours, and its end is found before the citizens do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from sentinel.domain.resilience import OWN
from sentinel.domain.risks import CERTIFICATE_WARNING
from sentinel.domain.rules import Channel
from sentinel.service.leader import Leader
from sentinel.service.outages import DAEMON
from sentinel.storage.storage import Storage
from sentinel.storage.view import View

_PREFIX = "certificate/"
_SAME = timedelta(days=1)
"""Whole days are seen, so that the same end seems to lie a day apart, by the hour of the look."""


class Certificates:
    """Keeps when each channel's certificate ends, as its addresses showed it.

    Of several nodes that look, only the leader keeps it and tells staff.
    """

    def __init__(self, storage: Storage, leader: Leader) -> None:
        self._storage = storage
        self._leader = leader
        self._known: dict[str, tuple[date, bool]] = {}  # as on disk: its end, whether it presses

    async def keep(self, channel: Channel, days_left: int | None, at: datetime) -> None:
        """Keep what a look at the channel's addresses showed; None: no certificate was shown.

        Raises:
            StorageError: It is not kept; the next look tries again.
        """
        if days_left is None or not self._leader.leads:
            return
        ends = (at + timedelta(days=days_left)).date()
        presses = channel.operator == OWN and days_left <= CERTIFICATE_WARNING.days
        known = self._known.get(channel.name)
        if known is not None and abs(ends - known[0]) <= _SAME and presses == known[1]:
            return
        name = f"{_PREFIX}{channel.name}"
        async with self._storage.write() as unit:
            if not await self._leader.confirm(unit):
                return
            kept = await unit.flag(name) or {}
            told = kept.get("told")
            if presses and not _same(told, ends):
                payload = {"channel": channel.name, "ends_on": ends.isoformat(), "days": days_left}
                unit.note("certificate.ending", actor=DAEMON, subject=channel.name, payload=payload)
                told = ends.isoformat()
            if not _same(kept.get("ends"), ends) or told != kept.get("told"):
                await unit.set_flag(name, {"ends": ends.isoformat(), "told": told})
        self._known[channel.name] = ends, presses


async def certificate_ends(view: View) -> Mapping[str, datetime]:
    """Return when each channel's certificate ends, as far as one was seen: the day's beginning."""
    kept = await view.flags(_PREFIX)
    return {
        name.removeprefix(_PREFIX): datetime.fromisoformat(value["ends"]).replace(tzinfo=UTC)
        for name, value in kept.items()
    }


def _same(kept: str | None, ends: date) -> bool:
    return kept is not None and abs(date.fromisoformat(kept) - ends) <= _SAME
