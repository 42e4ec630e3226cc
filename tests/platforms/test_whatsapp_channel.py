"""A WhatsApp channel: what the person with the phone is handed (facts B, 5.1)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import NotSeen, Refused
from sentinel.platforms.whatsapp_channel import PLATFORM
from tests.platforms.talk import NOON, account, draft, talk

CHANNEL = account("", "https://whatsapp.com/channel/x", {}, contacts=("presse",))


@pytest.mark.parametrize(("letters", "cut"), [(699, ()), (700, ()), (701, ("text",))])
def test_a_text_fits_before_read_more(letters: int, cut: tuple[str, ...]) -> None:
    rest = PLATFORM.render(draft(text="a"), CHANNEL).length - 1

    rendered = PLATFORM.render(draft(text="a" * (letters - rest)), CHANNEL)

    assert rendered.length <= 700
    assert rendered.cut == cut


@pytest.mark.parametrize(("text", "length"), [("ä", 1), ("🚨", 1), ("👩🏽‍🚒", 1), ("🇩🇪 ok", 4)])
def test_a_character_is_what_a_person_sees(text: str, length: int) -> None:
    assert PLATFORM.length(text) == length


def test_the_link_opens_whatsapp_with_the_text_typed_in() -> None:
    rendered = PLATFORM.render(draft(), CHANNEL)

    link = urlsplit(PLATFORM.compose_link(CHANNEL, rendered) or "")

    assert (link.hostname, link.path) == ("wa.me", "/")
    assert parse_qs(link.query)["text"] == [rendered.text]


def test_no_machine_posts_there_and_none_can_look() -> None:
    rendered = PLATFORM.render(draft(), CHANNEL)

    posted = talk(PLATFORM.publish(CHANNEL, rendered, {}))
    looked = talk(PLATFORM.find(CHANNEL, rendered, {}, NOON))

    assert (posted.value, posted.steps) == (
        Refused(Cause.BAD_CONFIGURATION, evidence="a person posts here"),
        [],
    )
    assert (looked.value, looked.steps) == (NotSeen("a person posts here"), [])
