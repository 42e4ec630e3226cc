"""From where a calendar is to what it says: the steps that need no daemon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final

from sentinel.domain.roster import Roster, Trouble
from sentinel.domain.rota import Rota
from sentinel.domain.rules import Rules
from sentinel.errors import SecretError
from sentinel.rules.secrets import resolve_secret
from sentinel.service.ics import SIZE, NoCalendar, Read, read_calendar
from sentinel.storage.calendars import Copy

BEHIND: Final = timedelta(days=1)
BEFORE: Final = timedelta(days=70)
"""So much of a calendar is unfolded around now."""

_WEBCAL: Final = frozenset({"webcal", "webcals"})


class Unread(Exception):
    """The calendar could not be read this time."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def place_of(rota: Rota, env: Mapping[str, str]) -> str:
    """Return a calendar's address (with ``://``), or its file; may be a secret.

    Raises:
        Unread: It stands in a variable or a file that is not there.
    """
    if rota.calendar is None:
        raise Unread(Trouble.NOT_STATED)
    try:
        place = resolve_secret(rota.calendar, env)
    except SecretError:
        raise Unread(Trouble.NOT_STATED) from None
    scheme, found, rest = place.partition("://")
    return f"https://{rest}" if found and scheme.lower() in _WEBCAL else place


def read_file(name: str) -> bytes:
    """Return what a calendar's file holds.

    Raises:
        Unread: It cannot be read, or is too large.
    """
    try:
        with Path(name).open("rb") as stream:
            data = stream.read(SIZE)
    except (OSError, ValueError):
        raise Unread(Trouble.NO_FILE) from None
    if len(data) >= SIZE:
        raise Unread(Trouble.TOO_LARGE)
    return data


def unfold(text: str, zone: tzinfo, at: datetime) -> Read:
    """Return what a calendar says of the days around `at`. Raises `NoCalendar`."""
    return read_calendar(text.encode(), zone, at - BEHIND, at + BEFORE)


def trouble_of(error: str | None) -> Trouble | None:
    """Return what a copy's error means; a word that this version does not know means nothing."""
    return Trouble(error) if error in set(Trouble) else None


def rosters_now(
    rules: Rules, env: Mapping[str, str], copies: Mapping[str, Copy], zone: tzinfo, at: datetime
) -> dict[str, Roster]:
    """Return what every calendar says, read here and now: its file, or else the copy on disk."""
    return {
        name: _roster(rota, env, copies.get(name, Copy(name=name)), zone, at)
        for name, rota in rules.staff.rotas.items()
    }


def _roster(rota: Rota, env: Mapping[str, str], copy: Copy, zone: tzinfo, at: datetime) -> Roster:
    if rota.calendar is None:
        return Roster()
    text, fetched_at, trouble = copy.text, copy.fetched_at, trouble_of(copy.error)
    try:
        place = place_of(rota, env)
        if "://" not in place:
            text, fetched_at, trouble = read_file(place).decode("utf-8-sig", "replace"), at, None
    except Unread as unread:
        trouble = unread.trouble
    try:
        read = unfold(text, zone, at) if text is not None else Read(duties=(), skipped=0)
    except NoCalendar:
        return Roster(trouble=Trouble.NO_CALENDAR)
    return Roster(duties=read.duties, skipped=read.skipped, fetched_at=fetched_at, trouble=trouble)
