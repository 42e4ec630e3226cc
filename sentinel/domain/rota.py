"""Who is on call: duties of a calendar, what the rules put in their place, and what stays open.

A calendar says in words who has a duty; `who` turns words into contacts. What
it says of somebody whom the rules do not know covers nothing: that is a gap.
Every period here begins with its first moment and ends before its last.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sentinel.domain.secret import SecretRef

_PARTS: Final = re.compile(r"[,:;/+&|()\[\]–—]|\s-\s|\s(?:und|and)\s")
"""What stands between names, or between a word such as "Bereitschaft" and a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """For this time `contact` is on call alone, whatever the calendar says."""

    contact: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """Somebody of several, by a calendar: a file or an address, which may be secret."""

    name: str
    calendar: SecretRef | None = None  # None: the overrides are all there is
    overrides: tuple[Override, ...] = ()  # of two for the same moment the later one holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One entry of a calendar: what it says, and whose mail addresses it names."""

    starts_at: datetime
    ends_at: datetime
    says: str = field(repr=False)
    mails: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint:
    """A period with those who are on call in it; with nobody it is a gap."""

    starts_at: datetime
    ends_at: datetime
    contacts: tuple[str, ...]


def bearers(names: Mapping[str, Iterable[str]]) -> Mapping[str, str]:
    """Return who bears each name; `names` holds each contact's further names.

    A contact's own key comes before what another contact is also called.
    """
    found: dict[str, str] = {}
    for contact in names:
        found.setdefault(_plain(contact), contact)
    for contact, others in names.items():
        for other in others:
            found.setdefault(_plain(other), contact)
    return found


def who(duty: Duty, bearing: Mapping[str, str]) -> tuple[str, ...]:
    """Return the contacts that a duty names: by its words, or else by mail address.

    The words name somebody as a whole ("Anna Berg") or in parts ("Bereitschaft:
    Berg, Tal"); part of a name names nobody.
    """
    whole = bearing.get(_plain(duty.says))
    said = [whole] if whole else [bearing.get(_plain(part)) for part in _PARTS.split(duty.says)]
    found = [one for one in said if one] or [
        one for mail in duty.mails if (one := bearing.get(_plain(mail)))
    ]
    return tuple(dict.fromkeys(found))


def stints(duties: Iterable[Duty], bearing: Mapping[str, str]) -> tuple[Stint, ...]:
    """Return the duties with their contacts, in the order in which they begin."""
    ordered = sorted(duties, key=lambda duty: (duty.starts_at, duty.ends_at))
    return tuple(
        Stint(starts_at=duty.starts_at, ends_at=duty.ends_at, contacts=who(duty, bearing))
        for duty in ordered
    )


def on_call(known: Iterable[Stint], overrides: Sequence[Override], at: datetime) -> tuple[str, ...]:
    """Return who is on call at `at`, whoever began first before the others; nobody in a gap."""
    for one in reversed(overrides):
        if one.starts_at <= at < one.ends_at:
            return (one.contact,)
    here = [name for s in known if s.starts_at <= at < s.ends_at for name in s.contacts]
    return tuple(dict.fromkeys(here))


def course(
    known: Sequence[Stint], overrides: Sequence[Override], start: datetime, end: datetime
) -> tuple[Stint, ...]:
    """Return who is on call from `start` to `end`, gaps among them: without holes or overlaps."""
    periods = [(one.starts_at, one.ends_at) for one in known]
    periods += [(one.starts_at, one.ends_at) for one in overrides]
    edges = {at for period in periods for at in period if start < at < end}
    coming = deque(sorted(enumerate(known), key=lambda numbered: numbered[1].starts_at))
    here: dict[int, Stint] = {}  # what goes on, by its place in `known`
    found: list[Stint] = []
    for begins, ends in _pairs(sorted({start, *edges}), end):
        while coming and coming[0][1].starts_at <= begins:
            here |= [coming.popleft()]
        here = {place: one for place, one in here.items() if one.ends_at > begins}
        contacts = on_call([here[place] for place in sorted(here)], overrides, begins)
        goes_on = bool(found) and found[-1].contacts == contacts
        since = found.pop().starts_at if goes_on else begins
        found.append(Stint(starts_at=since, ends_at=ends, contacts=contacts))
    return tuple(found)


def gaps(
    known: Sequence[Stint], overrides: Sequence[Override], start: datetime, end: datetime
) -> tuple[Stint, ...]:
    """Return the periods from `start` to `end` in which nobody is on call."""
    return tuple(one for one in course(known, overrides, start, end) if not one.contacts)


def strangers(
    duties: Iterable[Duty], bearing: Mapping[str, str], start: datetime, end: datetime
) -> tuple[str, ...]:
    """Return what the calendar says from `start` to `end` of people whom the rules do not know."""
    said = [
        " ".join(duty.says.split())
        for duty in duties
        if duty.starts_at < end and start < duty.ends_at and not who(duty, bearing)
    ]
    return tuple(dict.fromkeys(said))


def _pairs(turns: Sequence[datetime], end: datetime) -> Iterable[tuple[datetime, datetime]]:
    return zip(turns, (*turns[1:], end), strict=True)


def _plain(name: str) -> str:
    """Return a name as it is compared: `mailto:` and the way of writing do not matter."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return plain.removeprefix("mailto:")
