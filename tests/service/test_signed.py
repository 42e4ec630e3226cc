"""Signed links: only the key's holder makes one, and each does one thing to one thing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.service.signed import (
    LONGEST,
    LinkKind,
    SignedLink,
    acknowledge_url,
    family,
    link_of,
    told_at,
)
from sentinel.storage.key import Key

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ID = "0192f3a0-0000-7000-8000-000000000017"
LINK = SignedLink(kind=LinkKind.CONFIRM, subject=ID, contact="presse", expires_at=NOON)


def derive(purpose: str) -> bytes:
    return purpose.encode().ljust(32, b".")


def another(purpose: str) -> bytes:
    return purpose.encode().ljust(32, b"!")


@pytest.mark.parametrize("kind", LinkKind)
@pytest.mark.parametrize(
    "contact",
    ["presse", "Müller (Rufbereitschaft)", "當番", "ä" * 64, "當" * 64, "𐐀" * 64],
    ids=["plain", "umlaut", "cjk", "longest-2", "longest-3", "longest-4"],  # bytes of a letter
)
def test_a_link_says_what_was_put_into_it(kind: LinkKind, contact: str) -> None:
    link = SignedLink(kind=kind, subject=ID, contact=contact, expires_at=NOON)

    assert link_of(link.token(derive), kind, derive) == link


def test_a_link_leaves_room_for_words_in_a_text_message() -> None:
    token = LINK.token(derive)

    assert len(token) == 58
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(place=st.integers(min_value=0), bit=st.integers(0, 6))
def test_whoever_changes_a_link_has_none(place: int, bit: int) -> None:
    token = LINK.token(derive)
    at = place % len(token)
    other = token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]

    assert link_of(other, LinkKind.CONFIRM, derive) is None


@given(token=st.text(max_size=200) | st.text("ABCabc019-_.", max_size=200))
def test_whatever_is_asked_for_is_no_link_and_no_error(token: str) -> None:
    assert link_of(token, LinkKind.CONFIRM, derive) is None


@pytest.mark.parametrize("token", ["", ".", "a.", "A" * 40, "A" * (LONGEST + 1)])
def test_what_is_no_link_is_none(token: str) -> None:
    assert link_of(token, LinkKind.ACKNOWLEDGE, derive) is None


def test_another_key_makes_no_link_of_ours() -> None:
    assert link_of(LINK.token(derive), LinkKind.CONFIRM, another) is None


@pytest.mark.parametrize("made_for", LinkKind)
@pytest.mark.parametrize("used_for", LinkKind)
def test_a_link_does_the_one_thing_that_it_was_made_for(
    made_for: LinkKind, used_for: LinkKind
) -> None:
    token = SignedLink(kind=made_for, subject=ID, contact="presse", expires_at=NOON).token(derive)

    assert (link_of(token, used_for, derive) is not None) == (made_for is used_for)


def test_an_acknowledge_link_ends_a_day_after_it_was_told() -> None:
    url = acknowledge_url(
        "https://warnung.example/", derive, escalation_id=ID, contact="presse", told_at=NOON
    )

    assert url.startswith("https://warnung.example/a/")
    link = link_of(url.rpartition("/")[2], LinkKind.ACKNOWLEDGE, derive)
    assert link is not None
    assert link.expires_at == NOON + timedelta(hours=24)
    assert told_at(link) == NOON


@pytest.mark.parametrize("kind", LinkKind)
def test_the_log_names_a_link_without_what_opens_it(kind: LinkKind) -> None:
    token = SignedLink(kind=kind, subject=ID, contact="presse", expires_at=NOON).token(derive)

    assert family(f"{kind.path}/{token}") == f"{kind.path}/…"
    assert family("/api/v1/messages") == "/api/v1/messages"


def test_the_key_is_derived_from_the_house_key_and_differs_from_purpose_to_purpose(
    tmp_path: Path,
) -> None:
    key = Key(tmp_path)
    key.make_sure()
    raw = bytes.fromhex((tmp_path / "storage.key").read_text().strip())

    derived = {kind: key.derive(kind.purpose) for kind in LinkKind}

    assert {len(one) for one in derived.values()} == {32}
    assert derived[LinkKind.CONFIRM] == Key(tmp_path).derive(LinkKind.CONFIRM.purpose)
    assert len({raw, *derived.values()}) == 4
