"""What a public notice says, as a value, and how it is kept beside its page.

A notice is one message as citizens see it. It is immutable: that a later one
replaces or ends it is not a field of the notice but follows from the board
(`successors`), so that a page can be made anew at any time from what stands in
the folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from sentinel.domain.cause import Severity
from sentinel.domain.message import Kind, Variant

# What XML 1.0 cannot carry in any form; lone surrogates cannot be written as UTF-8 either.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Whose notices these are, and where citizens find them."""

    organisation: str
    timezone: str  # an IANA name; an unknown one reads as UTC
    public_url: str  # without a trailing slash

    @property
    def host(self) -> str:
        """The name of the host, as feeds and CAP name their author by it."""
        return urlsplit(self.public_url).hostname or "localhost"

    def local(self, at: datetime) -> datetime:
        """Return `at` in the organisation's own time, in whole seconds."""
        try:
            zone: ZoneInfo | Any = ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = UTC
        return at.astimezone(zone).replace(microsecond=0)

    def stamp(self, at: datetime) -> str:
        """Return `at` as feeds and CAP want it: with an offset, never `Z`, no fraction."""
        return self.local(at).isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message as the public reads it. `sent` and `expires_at` know their zone."""

    site: Site
    id: str  # of the message
    number: int
    chain: str
    kind: Kind = Kind.ALERT
    severity: Severity
    language: str
    headline: str
    text: str
    instruction: str | None = None
    area: str | None = None
    link: str | None = None
    variants: tuple[Variant, ...] = ()
    event: str
    category: str = "Safety"
    urgency: str = "Immediate"
    certainty: str = "Observed"
    exercise: bool = False
    sent: datetime
    expires_at: datetime
    references: tuple[tuple[str, datetime], ...] = ()  # (id, sent) of what it replaces or ends

    @property
    def url(self) -> str:
        """Where its page stands."""
        return f"{self.site.public_url}/{self.id}/"

    @property
    def cap_url(self) -> str:
        """Where its CAP file stands."""
        return f"{self.site.public_url}/{self.id}.cap.xml"

    @property
    def mark(self) -> str:
        """What its page carries in `x-message-id`: the message's id and its place in the chain."""
        return f"{self.id}/{len(self.references) + 1}"

    @property
    def title(self) -> str:
        """The headline, marked as an exercise if it is one."""
        return f"ÜBUNG: {self.headline}" if self.exercise else self.headline

    @property
    def body(self) -> str:
        """Text and instruction as one plain text."""
        return "\n\n".join(part for part in (self.text, self.instruction) if part)


_SHAPE = TypeAdapter(Notice)


def to_data(notice: Notice) -> dict[str, Any]:
    """Return the notice as JSON data: what is frozen in a delivery and kept beside the page."""
    data: dict[str, Any] = _SHAPE.dump_python(notice, mode="json")
    return data


def from_data(data: Mapping[str, Any]) -> Notice | None:
    """Return the notice that `to_data` made, or None if this is none."""
    try:
        notice = _SHAPE.validate_python(dict(data))
    except ValidationError:
        return None
    times = (notice.sent, notice.expires_at, *(sent for _, sent in notice.references))
    return notice if all(at.tzinfo for at in times) else None


def from_json(content: bytes) -> Notice | None:
    """Return the notice in a file beside a page, or None if the file holds none."""
    try:
        notice = _SHAPE.validate_json(content)
    except ValidationError:
        return None
    return from_data(to_data(notice))


def to_json(notice: Notice) -> bytes:
    """Return the file that is kept beside a page; the same notice gives the same bytes."""
    return _SHAPE.dump_json(notice, indent=2) + b"\n"


def successors(notices: Iterable[Notice]) -> dict[str, Notice]:
    """Return, by id, the latest notice that replaces or ends each of those that have one."""
    latest: dict[str, Notice] = {}
    for notice in sorted(notices, key=lambda one: (one.sent, one.id)):
        for replaced, _ in notice.references:
            if replaced != notice.id:
                latest[replaced] = notice
    return latest


def newest_first(notices: Iterable[Notice]) -> list[Notice]:
    """Return the notices in the order in which boards and feeds show them."""
    return sorted(notices, key=lambda one: (one.sent, one.id), reverse=True)


def clean(text: str) -> str:
    """Return `text` without what neither XML nor UTF-8 can carry."""
    return _UNSPEAKABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
