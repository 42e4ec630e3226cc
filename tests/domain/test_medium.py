"""Each service gets what its readers can read: a text message two parts, a lock screen one."""

import warnings
from datetime import UTC, datetime
from typing import Any

import pytest
from apprise.manager_plugins import NotificationManager
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.medium import Medium, Shaped, cut, loud, medium_of, shaped
from sentinel.domain.packing import packed
from sentinel.domain.parcel import Parcel

LONG = "Die Meldung steht noch nicht überall. " * 100  # 3,800 characters


def parcel(**more: Any) -> Parcel:
    at = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
    usual: dict[str, Any] = {"subject": "x gestört", "text": "x nimmt nichts an.", "due_at": at}
    return Parcel(**(usual | more))


@pytest.mark.parametrize(
    ("address", "medium"),
    [
        ("mailto://stadt:geheim@mail.example", Medium.MAIL),
        ("MAILTOS://mail.example", Medium.MAIL),
        ("seven://token/491511", Medium.SMS),
        ("smseagle://token@10.0.0.1/49151", Medium.SMS),
        ("ntfys://thema", Medium.PUSH),
        ("tgram://token/chat", Medium.CHAT),
        ("jsons://haken.example", Medium.CHAT),
        ("neu://was-noch-niemand-kennt", Medium.CHAT),
    ],
)
def test_the_scheme_says_how_it_is_read(address: str, medium: Medium) -> None:
    assert medium_of(address) is medium


@pytest.mark.parametrize(
    ("address", "heard"),
    [
        ("ntfy://ntfy.example/lage", "ntfy://ntfy.example/lage?priority=high"),
        ("gotifys://g.example/t?cto=2", "gotifys://g.example/t?cto=2&priority=high"),
        ("ntfy://ntfy.example/lage?priority=low", "ntfy://ntfy.example/lage?priority=low"),
        ("mailto://mail.example", "mailto://mail.example"),
    ],
)
def test_what_is_grave_is_heard_at_night_where_a_push_service_knows_how(
    address: str, heard: str
) -> None:
    assert loud(address) == heard


def test_every_service_that_sends_text_messages_is_known_as_one() -> None:
    with warnings.catch_warnings():  # its plug-ins are loaded at first use, old ones among them
        warnings.simplefilter("ignore")
        manager: Any = NotificationManager
        known = manager()
        schemes = {name for name in known.schemas() if known[name].body_maxlen == 160}

    assert len(schemes) > 20
    assert {one for one in schemes if medium_of(f"{one}://") is not Medium.SMS} == {"pushed"}


def test_a_text_message_has_no_subject_and_is_handed_over_whole() -> None:
    shape = shaped(parcel(short="x gestört seit 3:00"), Medium.SMS, room=160)

    assert shape == Shaped(title="", body="x gestört seit 3:00", whole=True)


def test_without_a_short_text_the_first_words_do() -> None:
    shape = shaped(parcel(text="x nimmt\nnichts an."), Medium.SMS, room=160)

    assert shape.body == "x gestört: x nimmt nichts an."


def test_mail_is_html_where_there_is_some_and_plain_where_it_would_not_fit() -> None:
    page = parcel(html="<p>x</p>")

    assert shaped(page, Medium.MAIL, room=32_768) == Shaped(
        title="x gestört", body="<p>x</p>", html=True
    )
    assert shaped(page, Medium.CHAT, room=32_768).body == "x nimmt nichts an."
    huge = parcel(html="x" * 40_000)
    assert shaped(huge, Medium.MAIL, room=32_768).body == "x nimmt nichts an."


def test_a_lock_screen_gets_the_short_text_where_the_long_one_does_not_fit() -> None:
    both = parcel(text=LONG, short="x gestört seit 3:00")

    assert shaped(both, Medium.PUSH, room=1_024).body == "x gestört seit 3:00"
    assert shaped(both, Medium.PUSH, room=8_000).body == LONG


def test_a_chat_gets_three_messages_at_most() -> None:
    shape = shaped(parcel(text=LONG), Medium.CHAT, room=1_000)

    assert len(shape.title) + len(shape.body) <= 3_000
    assert shape.body.endswith(" ...")


def test_the_link_at_the_end_of_a_text_message_is_never_cut() -> None:
    link = "https://warnung.musterstadt.example/a/4711-abcdef"

    shape = shaped(parcel(short=f"{LONG} {link}"), Medium.SMS, room=160)

    assert shape.body.startswith("Die Meldung steht noch")
    assert shape.body.endswith(f" ... {link}")
    assert packed(shape.body).parts == 2


@given(st.text(max_size=900), st.none() | st.text(max_size=900))
def test_no_text_message_is_longer_than_two_parts(text: str, short: str | None) -> None:
    shape = shaped(parcel(text=text, short=short), Medium.SMS, room=160)

    assert packed(shape.body).parts <= 2


@given(st.text(max_size=300), st.integers(0, 200))
def test_what_is_cut_is_never_longer_than_the_space(text: str, space: int) -> None:
    assert len(cut(text, space)) <= max(space, 0)
    assert cut(text, len(text)) == text
