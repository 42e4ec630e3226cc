"""How status pages are written: each format that we know, read into one word and a line of text.

Sources: Atlassian Statuspage (`/api/v2/summary.json`, `/api/v2/status.json`; the
same shape at incident.io and Rootly), Instatus (`/summary.json`,
instatus.com/help/api/public-data), Meta (`metastatus.com/data/orgs.json`; no
official contract, facts/platforms-b.md section 6), pages in Markdown whose parts
carry `tip="…"` (docs.x.com/status.md), RSS and Atom. A word that we do not know
is `unknown`, never "fine". Nothing here raises, whatever the page holds.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as ET

from sentinel.domain.operator_word import Says

LONGEST = 160
"""Characters of a page's own text that are kept."""

RECENT = timedelta(hours=24)
"""A feed's entry that is older says nothing of today."""

_MOST_ENTRIES = 50

_KNOWN = {
    # how Statuspage calls a page and its components
    "none": Says.FINE,
    "operational": Says.FINE,
    "minor": Says.TROUBLE,
    "major": Says.TROUBLE,
    "critical": Says.TROUBLE,
    "degraded_performance": Says.TROUBLE,
    "partial_outage": Says.TROUBLE,
    "major_outage": Says.TROUBLE,
    "maintenance": Says.MAINTENANCE,
    "under_maintenance": Says.MAINTENANCE,
    # how Instatus calls a page
    "up": Says.FINE,
    "hasissues": Says.TROUBLE,
    "undermaintenance": Says.MAINTENANCE,
}
_OVER = re.compile(r"\b(resolved|completed|operational|no known issues|behoben|abgeschlossen)\b")
_BAD = re.compile(r"disruption|outage|degrad|major|partial|incident|issue|\bdown\b|störung|ausfall")
_NOT = re.compile(
    r"\b(?:not|non|nicht|no longer)[ -]+(?:fully |yet )?(?:operational|resolved|completed)"
)
_WORK = re.compile(r"maintenance|wartung")
_TIP = re.compile(r"""\btip=["']([^"'<>]{1,80})["']""")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_ATOM = "{http://www.w3.org/2005/Atom}"

Read = tuple[Says, str]


def read(body: bytes, at: datetime, parts: Collection[str] = ()) -> Read | None:
    """Return what a page says and in which words; None if it is in no format that we know.

    Args:
        body: The page as it came.
        at: Now; what a feed said long ago no longer counts.
        parts: The page's parts that concern us, by id or name; empty: all.
    """
    try:
        return _json(json.loads(body), frozenset(parts))
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "replace")
    if text.lstrip().startswith("<"):
        return _feed(text, at)
    return _tips(text)


def clean(text: str) -> str:
    """Return foreign text on one line, without markup or control characters, cut."""
    plain = html.unescape(_TAG.sub(" ", text))
    line = " ".join("".join(c if c.isprintable() else " " for c in plain).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"


def meant(word: str) -> Says:
    """Return what a status in free words means; what we do not know is `unknown`."""
    plain = word.strip().lower()
    if plain in _KNOWN:
        return _KNOWN[plain]
    if _NOT.search(plain):
        return Says.TROUBLE
    if _OVER.search(plain):
        return Says.FINE
    if _WORK.search(plain):
        return Says.MAINTENANCE
    return Says.TROUBLE if _BAD.search(plain) else Says.UNKNOWN


def _json(value: Any, parts: frozenset[str]) -> Read | None:
    match value:
        case {"status": {"indicator": str(indicator)}}:
            return _statuspage(value, indicator, parts)
        case {"page": {"status": str(status)}}:
            return _instatus(value, status)
        case [*orgs]:
            return _orgs(orgs, parts)
        case _:
            return None


def _statuspage(page: dict[str, Any], indicator: str, parts: frozenset[str]) -> Read:
    names = _texts(page.get("incidents"), "name")
    concerned = [
        part
        for part in _objects(page.get("components"))
        if {str(part.get("id")), str(part.get("name"))} & parts
    ]
    if concerned:
        worst = max((meant(str(part.get("status"))) for part in concerned), key=_weight)
        bad = [str(p.get("name")) for p in concerned if meant(str(p.get("status"))) is worst]
        return worst, clean("; ".join([*bad, *names]) if worst is not Says.FINE else "")
    said = str(page["status"].get("description") or "")
    return meant(indicator), clean("; ".join(names) or said)


def _instatus(page: dict[str, Any], status: str) -> Read:
    says = meant(status)
    if says is Says.UNKNOWN and "maintenance" in status.lower():
        says = Says.MAINTENANCE
    names = _texts(page.get("activeIncidents"), "name")
    if says is Says.MAINTENANCE:
        names = names or _texts(page.get("activeMaintenances"), "name")
    return says, clean("; ".join(names))


def _orgs(orgs: list[Any], parts: frozenset[str]) -> Read | None:
    """Meta's list: organisations, each with its services; one without services says nothing."""
    services = [
        (f"{org.get('name')}: {service.get('name')}", str(service.get("status") or ""))
        for org in _objects(orgs)
        if not parts or {str(org.get("id")), str(org.get("name"))} & parts
        for service in _objects(org.get("services"))
    ]
    if not services:
        return None
    worst = max((meant(status) for _, status in services), key=_weight)
    if worst is Says.FINE:
        return worst, ""
    told = (f"{name}: {status}" for name, status in services if meant(status) is worst)
    return worst, clean("; ".join(told))


def _tips(text: str) -> Read | None:
    tips = _TIP.findall(text)
    if not tips:
        return None
    worst = max((meant(tip) for tip in tips), key=_weight)
    told = dict.fromkeys(tip for tip in tips if meant(tip) is worst)
    return worst, clean("; ".join(told))


def _feed(text: str, at: datetime) -> Read | None:
    """The latest entry speaks, unless it is old; a feed without a recent one reports no trouble."""
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        return None  # no feed needs one, and none of its tricks are wanted here
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a document type nothing expands
    except (ET.ParseError, ValueError):
        return None
    if root.tag not in {"rss", f"{_ATOM}feed"}:
        return None
    recent = [entry for entry in _entries(root) if at - RECENT < entry[0] <= at + RECENT]
    if not recent:
        return Says.FINE, ""
    _, title, rest = max(recent, key=lambda entry: entry[0])
    says = meant(f"{title} {rest}")
    return (Says.TROUBLE if says is Says.UNKNOWN else says), clean(title)


def _entries(root: ET.Element) -> Iterator[tuple[datetime, str, str]]:
    rss = list(root.iter("item"))[:_MOST_ENTRIES]
    for item in rss:
        when = _moment(item.findtext("pubDate") or "")
        if when is not None:
            yield when, item.findtext("title") or "", item.findtext("description") or ""
    for entry in list(root.iter(f"{_ATOM}entry"))[:_MOST_ENTRIES]:
        stamp = entry.findtext(f"{_ATOM}updated") or entry.findtext(f"{_ATOM}published") or ""
        when = _moment(stamp)
        if when is not None:
            told = entry.findtext(f"{_ATOM}content") or entry.findtext(f"{_ATOM}summary") or ""
            yield when, entry.findtext(f"{_ATOM}title") or "", told


def _moment(text: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = parse(text.strip())
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def _objects(value: Any) -> Iterable[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: Any, name: str) -> list[str]:
    return [one[name] for one in _objects(value) if isinstance(one.get(name), str)]


def _weight(says: Says) -> int:
    return says.weight
