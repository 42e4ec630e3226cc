"""Refresh tokens that are good for one time, as OAuth 2.0 at X (platforms-a.md 1.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

_ACCESS_LIVES = timedelta(hours=2)


class Rotation:
    """Token families. Sending a used refresh token again ends its whole family."""

    def __init__(self) -> None:
        self._family: dict[str, int] = {}  # refresh token -> family
        self._spent: set[str] = set()
        self._dead: set[int] = set()
        self._issued: dict[str, tuple[int, datetime]] = {}  # access token -> family, end

    def good(self, access: str, at: datetime) -> bool:
        """Is the access token usable? One that did not come from here is."""
        if access not in self._issued:
            return bool(access)
        family, until = self._issued[access]
        return family not in self._dead and at < until

    def rotate(
        self, refresh: str, serial: Callable[[], int], at: datetime
    ) -> Mapping[str, str] | None:
        """Return a new pair for `refresh`; None if it was used before. An unknown one is new."""
        if not refresh:
            return None
        family = self._family.setdefault(refresh, serial())
        if refresh in self._spent or family in self._dead:
            self._dead.add(family)
            return None
        self._spent.add(refresh)
        fresh = {name: f"simulated-{name}-{serial()}" for name in ("access_token", "refresh_token")}
        self._family[fresh["refresh_token"]] = family
        self._issued[fresh["access_token"]] = (family, at + _ACCESS_LIVES)
        return fresh
