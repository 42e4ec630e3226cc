"""Feeds that every reader can read, in which what is over says so."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import feedparser
import pytest

from sentinel.domain.cause import Severity
from sentinel.domain.message import Kind
from sentinel.notices.feeds import atom, json_feed
from sentinel.notices.notice import Notice, Site

NOON = datetime(2026, 7, 5, 10, 0, tzinfo=UTC)
SITE = Site(
    organisation="Stadt Musterstadt",
    timezone="Europe/Berlin",
    public_url="https://warnung.example/notices",
)
ALERT = Notice(
    site=SITE,
    id="0190a1b2-0000-7000-8000-000000000017",
    number=17,
    chain="0190a1b2-0000-7000-8000-000000000017",
    severity=Severity.SEVERE,
    language="de",
    headline="Bombe wird entschärft & geräumt",
    text="Bitte verlassen Sie das Gebiet.",
    instruction="Gehen Sie zur Sammelstelle.",
    event="Bombe",
    sent=NOON,
    expires_at=NOON + timedelta(hours=24),
)
ALL_CLEAR = replace(
    ALERT,
    id="0190a1b2-0000-7000-8000-000000000018",
    number=18,
    kind=Kind.ALL_CLEAR,
    headline="Entwarnung",
    text="Die Gefahr ist vorbei.",
    sent=NOON + timedelta(hours=2),
    references=((ALERT.id, NOON),),
)


def test_the_atom_feed_parses_without_complaint() -> None:
    feed = feedparser.parse(atom(SITE, [ALERT, ALL_CLEAR]))

    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.title == "Stadt Musterstadt: Warnungen und Meldungen"
    assert feed.feed.updated == "2026-07-05T14:00:00+02:00"
    assert [entry.title for entry in feed.entries] == [
        "Entwarnung",
        "[Aufgehoben] Bombe wird entschärft & geräumt",
    ]


def test_an_entry_leads_to_the_page_and_to_the_cap_file() -> None:
    entry = feedparser.parse(atom(SITE, [ALERT])).entries[0]

    assert entry.link == f"https://warnung.example/notices/{ALERT.id}/"
    assert {link.type: link.href for link in entry.links} == {
        "text/html": f"https://warnung.example/notices/{ALERT.id}/",
        "application/cap+xml": f"https://warnung.example/notices/{ALERT.id}.cap.xml",
    }


def test_an_entry_keeps_its_id_when_it_is_replaced() -> None:
    before = feedparser.parse(atom(SITE, [ALERT])).entries[0]
    after = feedparser.parse(atom(SITE, [ALERT, ALL_CLEAR])).entries[1]

    assert before.id == after.id == f"tag:warnung.example,2026-07-05:{ALERT.id}"
    assert (before.updated, after.updated) == (
        "2026-07-05T12:00:00+02:00",
        "2026-07-05T14:00:00+02:00",
    )


def test_the_content_is_text_and_instruction() -> None:
    entry = feedparser.parse(atom(SITE, [ALERT])).entries[0]

    assert (
        entry.content[0].value == "Bitte verlassen Sie das Gebiet.\n\nGehen Sie zur Sammelstelle."
    )


@pytest.mark.skipif(
    find_spec("feedparser.parsers.json") is None,
    reason="NO JSON PARSER: feedparser up to 6.0.14 reads XML only; the next one will read JSON",
)
def test_the_json_feed_parses_without_complaint() -> None:
    feed = feedparser.parse(json_feed(SITE, [ALERT, ALL_CLEAR]))

    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == [
        "Entwarnung",
        "[Aufgehoben] Bombe wird entschärft & geräumt",
    ]


def test_the_json_feed_keeps_to_the_standard_in_names_and_types() -> None:
    """Until feedparser reads JSON, the standard's own list stands here."""
    feed = json.loads(json_feed(SITE, [ALERT, ALL_CLEAR]))

    assert {name: type(value) for name, value in feed.items()} == {
        "version": str,
        "title": str,
        "home_page_url": str,
        "feed_url": str,
        "language": str,
        "authors": list,
        "items": list,
    }
    assert [{name: type(value) for name, value in item.items()} for item in feed["items"]] == 2 * [
        {
            "id": str,
            "url": str,
            "title": str,
            "content_text": str,
            "date_published": str,
            "date_modified": str,
            "language": str,
            "tags": list,
            "attachments": list,
        }
    ]
    assert [item["title"] for item in feed["items"]] == [
        "Entwarnung",
        "[Aufgehoben] Bombe wird entschärft & geräumt",
    ]


def test_the_json_feed_holds_what_the_standard_asks_for() -> None:
    feed = json.loads(json_feed(SITE, [ALERT]))

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://warnung.example/notices/feed.json"
    assert feed["items"][0]["url"] == f"https://warnung.example/notices/{ALERT.id}/"
    assert feed["items"][0]["date_published"] == "2026-07-05T12:00:00+02:00"


def test_a_board_with_nothing_on_it_has_feeds_too() -> None:
    assert not feedparser.parse(atom(SITE, [])).bozo
    assert json.loads(json_feed(SITE, []))["items"] == []


def test_a_feed_holds_the_newest_fifty() -> None:
    many = [
        replace(ALERT, id=f"{number:04}", sent=NOON + timedelta(minutes=number))
        for number in range(60)
    ]

    items = json.loads(json_feed(SITE, many))["items"]

    assert len(items) == 50
    assert items[0]["id"].endswith(":0059")
