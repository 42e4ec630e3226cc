"""The board as feeds: Atom (RFC 4287) and JSON Feed 1.1.

Each notice is one entry with an id that never changes (a `tag:` URI, RFC 4151).
An update is a new entry, so that readers ring again; the entry that it replaces
stays, marked, with the time of its successor as `updated`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from sentinel.notices.notice import Notice, Site, clean, newest_first, successors
from sentinel.notices.words import board_language, fate, say

ENTRIES = 50
"""Readers come every few minutes; older notices stand on the board's page."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def atom(site: Site, notices: Sequence[Notice]) -> bytes:
    """Return the newest notices as an Atom feed."""
    shown, later = newest_first(notices)[:ENTRIES], successors(notices)
    language = board_language(shown)
    feed = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": language})
    _put(feed, "id", f"tag:{site.host},2026:notices")
    _put(feed, "title", f"{site.organisation}: {say('board', language)}")
    _put(feed, "updated", site.stamp(max((_updated(one, later) for one in shown), default=_NEVER)))
    _put(ET.SubElement(feed, "author"), "name", site.organisation)
    _link(feed, "self", f"{site.public_url}/feed.atom", "application/atom+xml")
    _link(feed, "alternate", f"{site.public_url}/", "text/html")
    for notice in shown:
        _entry(feed, notice, later)
    ET.indent(feed)
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def json_feed(site: Site, notices: Sequence[Notice]) -> bytes:
    """Return the newest notices as a JSON Feed."""
    shown, later = newest_first(notices)[:ENTRIES], successors(notices)
    language = board_language(shown)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{site.organisation}: {say('board', language)}",
        "home_page_url": f"{site.public_url}/",
        "feed_url": f"{site.public_url}/feed.json",
        "language": language,
        "authors": [{"name": site.organisation}],
        "items": [_item(notice, later) for notice in shown],
    }
    return json.dumps(feed, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"


def _entry(feed: ET.Element, notice: Notice, later: dict[str, Notice]) -> None:
    entry = ET.SubElement(feed, "entry", {"xml:lang": clean(notice.language)})
    _put(entry, "id", _tag(notice))
    _put(entry, "title", _title(notice, later))
    _put(entry, "updated", notice.site.stamp(_updated(notice, later)))
    _put(entry, "published", notice.site.stamp(notice.sent))
    _link(entry, "alternate", notice.url, "text/html")
    _link(entry, "alternate", notice.cap_url, "application/cap+xml")
    ET.SubElement(entry, "category", {"term": notice.severity.value})
    _put(entry, "content", notice.body).set("type", "text")


def _item(notice: Notice, later: dict[str, Notice]) -> dict[str, Any]:
    return {
        "id": _tag(notice),
        "url": notice.url,
        "title": _title(notice, later),
        "content_text": clean(notice.body),
        "date_published": notice.site.stamp(notice.sent),
        "date_modified": notice.site.stamp(_updated(notice, later)),
        "language": notice.language,
        "tags": [notice.severity.value],
        "attachments": [{"url": notice.cap_url, "mime_type": "application/cap+xml"}],
    }


def _tag(notice: Notice) -> str:
    return f"tag:{notice.site.host},{notice.sent.astimezone(UTC):%Y-%m-%d}:{notice.id}"


def _title(notice: Notice, later: dict[str, Notice]) -> str:
    mark = fate(later.get(notice.id), notice.language)
    return clean(f"[{mark}] {notice.title}" if mark else notice.title)


def _updated(notice: Notice, later: dict[str, Notice]) -> datetime:
    successor = later.get(notice.id)
    return max(notice.sent, successor.sent) if successor else notice.sent


def _put(parent: ET.Element, name: str, value: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = clean(value)
    return element


def _link(parent: ET.Element, relation: str, address: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": relation, "type": kind, "href": address})
