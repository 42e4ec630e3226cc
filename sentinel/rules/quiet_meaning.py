"""Can what the rules want kept quiet be meant? Quiet hours that are none; maintenance of what."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from zoneinfo import ZoneInfo

from sentinel.errors import Phrase, Problem
from sentinel.rules.clock_values import zoned
from sentinel.rules.document import Document, Path
from sentinel.rules.near import did_you_mean, quoted
from sentinel.rules.schema import QuietHours, Staff


def quiet_problems(
    document: Document, staff: Staff, channels: Collection[str], zone: str
) -> Iterator[Problem]:
    """Find times that cannot be, and maintenance of channels that nobody knows."""
    yield from _hours(document, ("staff", "quiet_hours"), staff.quiet_hours)
    for name, contact in (staff.contacts or {}).items():
        path: Path = ("staff", "contacts", name, "quiet_hours")
        yield from _hours(document, path, contact.quiet_hours)
    there = ZoneInfo(zone)
    for number, work in enumerate(staff.maintenance or ()):
        path = ("staff", "maintenance", number)
        # In universal time: what is ordered by the clock on the wall need not be in truth.
        if zoned(work.to, there).timestamp() <= zoned(work.from_, there).timestamp():
            yield document.problem(
                document.at(*path, "to"),
                "das Ende liegt nicht nach dem Anfang",
                "the end is not after the beginning",
                Phrase(de="from vor to", en="from before to"),
            )
        for place, name in enumerate(work.channels or ()):
            if name not in channels:
                yield document.problem(
                    document.at(*path, "channels", place),
                    f"den Kanal {quoted(name)} gibt es nicht",
                    f"no channel {quoted(name)}",
                    did_you_mean(name, channels),
                )


def _hours(document: Document, path: Path, hours: QuietHours | None) -> Iterator[Problem]:
    """Hours that end when they begin are the whole day: nobody would hear of anything calm."""
    if hours is not None and hours.from_ == hours.to:
        yield document.problem(
            document.at(*path, "to"),
            "diese Ruhezeit wäre der ganze Tag",
            "these quiet hours would be the whole day",
            Phrase(de='etwa from: "22:00", to: "06:00"', en='such as from: "22:00", to: "06:00"'),
        )
