"""Pages that anybody can read: without script, in any language, and never out of date unmarked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from sentinel.domain.cause import Severity
from sentinel.domain.message import Kind, Variant
from sentinel.notices.notice import Notice, Site, from_data, from_json, to_data, to_json
from sentinel.notices.pages import index, page

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
    headline="Bombe wird entschärft",
    text="Bitte verlassen Sie das Gebiet.\n\nBleiben Sie ruhig.",
    instruction="Gehen Sie zur Sammelstelle.",
    area="Innenstadt",
    event="Bombe",
    sent=NOON,
    expires_at=NOON + timedelta(hours=24),
)
UPDATE = replace(
    ALERT,
    id="0190a1b2-0000-7000-8000-000000000018",
    kind=Kind.UPDATE,
    headline="Entschärfung dauert an",
    sent=NOON + timedelta(hours=1),
    references=((ALERT.id, NOON),),
)
ALL_CLEAR = replace(
    UPDATE,
    id="0190a1b2-0000-7000-8000-000000000019",
    kind=Kind.ALL_CLEAR,
    headline="Entwarnung",
    sent=NOON + timedelta(hours=2),
    references=((ALERT.id, NOON), (UPDATE.id, UPDATE.sent)),
)
ENGLISH = Variant(language="en", headline="Bomb disposal", text="Please leave the area.")
ARABIC = Variant(language="ar", headline="قنبلة", text="غادروا المنطقة")


def test_a_page_is_small_plain_and_carries_its_mark() -> None:
    raw = page(ALERT)

    assert len(raw) < 50_000
    assert b"<script" not in raw
    assert b'<meta name="x-message-id" content="0190a1b2-0000-7000-8000-000000000017/1">' in raw
    assert parsed(raw).get("lang") == "de"


def test_even_the_longest_text_stays_below_fifty_kilobytes() -> None:
    assert len(page(replace(ALERT, text="Straße " * 2857))) < 50_000


def test_a_page_says_all_that_the_notice_says() -> None:
    said = text_of(page(ALERT))

    for words in (
        "Stadt Musterstadt", "Große Gefahr", "Bombe wird entschärft", "Bleiben Sie ruhig.",
        "Was Sie tun sollen", "Gehen Sie zur Sammelstelle.", "Innenstadt", "Nr. 17",
    ):  # fmt: skip
        assert words in said


def test_times_are_local_with_their_offset_for_people_and_machines() -> None:
    times = parsed(page(ALERT)).xpath("//time")

    assert [(one.get("datetime"), one.text_content()) for one in times] == [
        ("2026-07-05T12:00:00+02:00", "05.07.2026, 12:00 Uhr (UTC+02:00)"),
        ("2026-07-06T12:00:00+02:00", "06.07.2026, 12:00 Uhr (UTC+02:00)"),
    ]


def test_an_english_message_has_an_english_page() -> None:
    english = replace(ALERT, language="en", headline="Bomb disposal")

    said = text_of(page(english))

    assert "What to do" in said
    assert "Valid until" in said
    assert "Was Sie tun sollen" not in said


@pytest.mark.parametrize(
    ("successor", "mark"),
    [
        (UPDATE, "Diese Meldung ist ersetzt."),
        (ALL_CLEAR, "Diese Meldung ist aufgehoben."),
    ],
)
def test_a_page_that_is_over_says_so_and_leads_on(successor: Notice, mark: str) -> None:
    tree = parsed(page(ALERT, successor))

    marked = tree.xpath("//p[@role='status']")[0]
    assert mark in marked.text_content()
    assert marked.xpath("a/@href") == [successor.url]


def test_an_exercise_says_so_first() -> None:
    tree = parsed(page(replace(ALERT, exercise=True)))

    assert tree.xpath("//article/*")[0].text_content().startswith("ÜBUNG.")
    assert tree.xpath("//h1")[0].text == "ÜBUNG: Bombe wird entschärft"


def test_each_language_is_a_part_of_the_page_that_says_which_it_is() -> None:
    tree = parsed(page(replace(ALERT, variants=(ENGLISH, ARABIC))))

    parts = tree.xpath("//article/section")
    assert [(one.get("lang"), one.get("dir")) for one in parts] == [("en", "ltr"), ("ar", "rtl")]
    assert tree.xpath("//link[@rel='alternate']/@hreflang") == ["en", "ar"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://a.example/ onclick=x"])
def test_only_web_addresses_become_links(link: str) -> None:
    tree = parsed(page(replace(ALERT, link=link)))

    assert link not in tree.xpath("//a/@href")


@settings(max_examples=25)
@given(st.text(max_size=100), st.text(max_size=200), st.text(max_size=10))
def test_what_people_write_stays_text(headline: str, text: str, language: str) -> None:
    hostile = "<script>alert(1)</script>"
    notice = replace(
        ALERT, headline=headline + hostile, text=text + hostile, language=language, area=hostile
    )

    raw = page(notice, notice) + index(SITE, [notice])

    assert b"<script" not in raw


def test_the_board_shows_what_holds_now_before_what_was() -> None:
    tree = parsed(index(SITE, [ALERT, UPDATE]))

    lists = tree.xpath("//ul[@class='board']")
    assert [one.xpath(".//a/text()") for one in lists] == [
        ["Entschärfung dauert an"],
        ["Bombe wird entschärft"],
    ]
    assert "Ersetzt:" in lists[1].text_content()


def test_what_had_expired_before_the_newest_notice_is_past() -> None:
    old = replace(ALERT, id="0", sent=NOON - timedelta(days=3), expires_at=NOON)

    tree = parsed(index(SITE, [old, UPDATE]))

    assert tree.xpath("//section//a/text()") == ["Bombe wird entschärft"]


def test_an_empty_board_says_that_there_is_nothing() -> None:
    assert "Zurzeit gibt es keine Meldung." in text_of(index(SITE, []))


def test_a_notice_survives_being_kept_as_data() -> None:
    notice = replace(ALL_CLEAR, variants=(ENGLISH, ARABIC))

    assert from_json(to_json(notice)) == notice
    assert from_data(to_data(notice)) == notice


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"{}", b"\xff", b'{"items": []}'])
def test_a_file_that_is_no_notice_is_none(content: bytes) -> None:
    assert from_json(content) is None


def parsed(raw: bytes) -> Any:  # the types of lxml know too little of what XPath returns
    return html.fromstring(raw.decode())


def text_of(raw: bytes) -> str:
    content: str = parsed(raw).text_content()
    return content
