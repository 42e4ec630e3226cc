"""Reads iCalendar (RFC 5545) as Outlook, Exchange and Nextcloud export it.

Recurrence, exceptions, moved instances and time zones are the library's work.
What stands here is what may be asked of a calendar from outside: it is read
whole or not at all, an entry that nobody can read is counted, and an entry
that would recur more than once a day is one of those: no duty does, and its
expansion would take the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, Final

import icalendar
import recurring_ical_events  # type: ignore[import-untyped] # the library ships no marker

from sentinel.domain.rota import Duty

SIZE: Final = 1 << 20
"""Bytes of a calendar that are read."""

ENTRIES: Final = 5_000
RECURRING: Final = 500
DUTIES: Final = 5_000
"""So many entries, so many that recur, and so many duties are more than a rota can have."""

SINCE: Final = 1970
"""No duty began before this year; a series is counted from its first day on."""

_OFTEN: Final = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_FINE: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")


class NoCalendar(ValueError):
    """These bytes are no calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a calendar says of a period."""

    duties: tuple[Duty, ...]
    skipped: int  # entries that cannot be read


def read_calendar(data: bytes, zone: tzinfo, start: datetime, end: datetime) -> Read:
    """Return the duties from `start` to `end`; times and days without a zone are `zone`'s.

    Raises:
        NoCalendar: It is something else, is cut, or holds more than a rota can.
    """
    try:
        found = _parsed(data)
        skipped = sum(_drop_unreadable(one) for one in found)
        duties = _all_duties(found, zone, start, end)
    except NoCalendar:
        raise
    except Exception as error:  # noqa: BLE001 - foreign bytes may make the library raise anything
        raise NoCalendar(type(error).__name__) from None  # its words quote the calendar
    return Read(duties=duties, skipped=skipped)


def _parsed(data: bytes) -> Sequence[icalendar.Component]:
    text = data.decode("utf-8-sig", "replace")
    if len(data) > SIZE or "END:VCALENDAR" not in text.upper():
        raise NoCalendar("cut, or something else")
    found = list(icalendar.Calendar.from_ical(text, multiple=True))
    entries = [entry for one in found for entry in one.walk("VEVENT")]
    recurring = sum("RRULE" in entry for entry in entries)
    if not found or len(entries) > ENTRIES or recurring > RECURRING:
        raise NoCalendar("more entries than a rota can have")
    return found


def _all_duties(
    calendars: Sequence[icalendar.Component], zone: tzinfo, start: datetime, end: datetime
) -> tuple[Duty, ...]:
    duties = tuple(duty for one in calendars for duty in _duties(one, zone, start, end))
    if len(duties) > DUTIES:
        raise NoCalendar("more duties than a rota can have")
    return duties


def _drop_unreadable(calendar: icalendar.Component) -> int:
    """Take out entries that cannot be read, or recur too often; return how many these were."""
    kept = [part for part in calendar.subcomponents if part.name != "VEVENT" or _sane(part)]
    dropped = len(calendar.subcomponents) - len(kept)
    calendar.subcomponents = kept
    return dropped


def _sane(entry: Any) -> bool:
    try:
        stated = entry.get("RRULE", [])
        rules = stated if isinstance(stated, list) else [stated]
        return entry.start.year >= SINCE and not any(_too_often(rule) for rule in rules)
    except (icalendar.InvalidCalendar, AttributeError, ValueError, TypeError, KeyError):
        return False


def _too_often(rule: Any) -> bool:
    often = _OFTEN & {str(word).upper() for word in rule.get("FREQ", [])}
    stands_still = any(int(step) < 1 for step in rule.get("INTERVAL", []))
    return bool(often) or stands_still or any(len(rule.get(part, [])) > 1 for part in _FINE)


def _duties(
    calendar: icalendar.Component, zone: tzinfo, start: datetime, end: datetime
) -> Iterator[Duty]:
    query = recurring_ical_events.of(calendar, skip_bad_series=True)
    for entry in query.between(start.astimezone(zone), end.astimezone(zone)):
        if str(entry.get("STATUS", "")).upper() == "CANCELLED":
            continue
        begins = _moment(entry["DTSTART"].dt, zone)
        ends = _moment(entry["DTEND"].dt, zone)
        if begins < ends:
            says = str(entry.get("SUMMARY", ""))
            yield Duty(starts_at=begins, ends_at=ends, says=says, mails=tuple(_mails(entry)))


def _moment(stated: date, zone: tzinfo) -> datetime:
    """Return a moment in universal time: two zones' clocks cannot be compared otherwise."""
    if not isinstance(stated, datetime):
        stated = datetime.combine(stated, time(), zone)
    elif stated.tzinfo is None:
        stated = stated.replace(tzinfo=zone)
    return stated.astimezone(UTC)


def _mails(entry: Any) -> Iterator[str]:
    stated = entry.get("ATTENDEE", [])
    for one in stated if isinstance(stated, list) else [stated]:
        if str(one.params.get("PARTSTAT", "")).upper() != "DECLINED":
            yield str(one)
