"""Health as last judged, what checks saw, and what is left of each quota."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, delete, insert, select, type_coerce

from sentinel.domain.health import ChannelHealth
from sentinel.domain.observation import Observation, Window
from sentinel.storage import codec
from sentinel.storage.tables import CHECKS, CREDENTIALS, HEALTH, OBSERVATIONS, WINDOWS
from sentinel.storage.unit import Reader, Writer

_O = OBSERVATIONS.c
_SEEN = type_coerce(_O.observation, Text).label("seen")
_HEALTH = type_coerce(HEALTH.c.health, Text).label("known")


class HealthReader(Reader):
    """What may be asked about health."""

    async def all_health(self) -> dict[str, ChannelHealth | None]:
        """Return what is remembered of every channel, by channel.

        None: a newer version wrote it, and this one does not understand it.
        """
        rows = await self._all(select(HEALTH.c.channel, _HEALTH))
        return {row.channel: _understood(ChannelHealth, row.known) for row in rows}

    async def observations(self, channel: str, limit: int = 100) -> list[Observation]:
        """Return what was seen of a channel, latest first."""
        query = select(_O.observation).where(_O.channel == channel)
        rows = await self._all(query.order_by(_O.at.desc(), _O.id.desc()).limit(limit))
        return [row.observation for row in rows]

    async def observations_head(self) -> int:
        """Return the number of the latest observation; 0: there is none."""
        row = await self._first(select(_O.id).order_by(_O.id.desc()).limit(1))
        return row.id if row else 0

    async def observations_after(self, number: int, limit: int) -> dict[int, Observation | None]:
        """Return what was seen after that number, by number, the oldest `limit` of them.

        None: a newer version wrote it, and this one does not understand it.
        """
        query = select(_O.id, _SEEN).where(_O.id > number).order_by(_O.id).limit(limit)
        return {row.id: _understood(Observation, row.seen) for row in await self._all(query)}

    async def observations_numbered(self, numbers: Iterable[int]) -> dict[int, Observation | None]:
        """Return those of the observations with these numbers that there are, in the same way."""
        query = select(_O.id, _SEEN).where(_O.id.in_(list(numbers)))
        return {row.id: _understood(Observation, row.seen) for row in await self._all(query)}

    async def last_checks(self) -> dict[tuple[str, str], datetime]:
        """Return when each probe last looked at each channel, by (channel, probe)."""
        return {(row.channel, row.probe): row.at for row in await self._all(select(CHECKS))}

    async def windows(self) -> dict[str, dict[str, tuple[Window, datetime]]]:
        """Return each account's quota windows by name, with the time they were read."""
        found: dict[str, dict[str, tuple[Window, datetime]]] = {}
        for row in await self._all(select(WINDOWS)):
            found.setdefault(row.account, {})[row.name] = (row.window, row.at)
        return found

    async def credential_expiries(self) -> dict[str, datetime]:
        """Return when each account's credential expires, as far as the platform says."""
        known = select(CREDENTIALS).where(CREDENTIALS.c.expires_at.is_not(None))
        return {row.account: row.expires_at for row in await self._all(known)}


def _understood(kind: object, text: str) -> Any:
    try:
        return codec.decode(kind, text)
    except ValueError:
        return None


class HealthWriter(HealthReader, Writer):
    """What may be done about health."""

    async def save_health(self, health: ChannelHealth) -> None:
        """Keep what is remembered of a channel."""
        await self._upsert(HEALTH, [{"channel": health.channel, "health": health}])

    async def drop_health(self, channels: Iterable[str]) -> None:
        """Forget channels that the rules no longer have."""
        await self._do(delete(HEALTH).where(HEALTH.c.channel.in_(list(channels))))

    async def add_observations(self, observations: Sequence[Observation]) -> None:
        """Keep a batch of what was seen."""
        rows = [
            {"channel": seen.channel, "probe": seen.probe, "at": seen.at, "observation": seen}
            for seen in observations
        ]
        await self._many(insert(OBSERVATIONS), rows)
        latest: dict[tuple[str, str], datetime] = {}
        for seen in observations:
            key = (seen.channel, seen.probe)
            latest[key] = max(seen.at, latest.get(key, seen.at))
        checks = [{"channel": c, "probe": p, "at": at} for (c, p), at in sorted(latest.items())]
        await self._upsert(CHECKS, checks)

    async def save_windows(self, account: str, windows: Iterable[Window], at: datetime) -> None:
        """Keep quota windows as read at `at`; windows of other names stay."""
        rows = [
            {"account": account, "name": window.name, "window": window, "at": at}
            for window in windows
        ]
        await self._upsert(WINDOWS, rows)

    async def save_credential_expiry(self, account: str, at: datetime | None) -> None:
        """Keep when a credential expires; None: the platform no longer says."""
        await self._upsert(CREDENTIALS, [{"account": account, "expires_at": at}])
