"""Signed links: only the key's holder makes one, and each says one thing about one delivery."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.service.confirm_links import LONGEST, PURPOSE, ConfirmLink, link_of, token_of
from sentinel.storage.key import Key

KEY = bytes(range(32))
LINK = ConfirmLink(
    delivery="0192f3a0-0000-7000-8000-000000000017",
    contact="presse",
    expires_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
)


def test_a_link_says_what_was_put_into_it() -> None:
    assert link_of(token_of(LINK, KEY), KEY) == LINK


def test_a_link_fits_into_a_message_and_into_an_address() -> None:
    token = token_of(LINK, KEY)

    assert len(token) < 160
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@given(place=st.integers(min_value=0), bit=st.integers(0, 6))
def test_whoever_changes_a_link_has_none(place: int, bit: int) -> None:
    token = token_of(LINK, KEY)
    at = place % len(token)
    other = token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]

    assert link_of(other, KEY) is None


@given(token=st.text(max_size=200) | st.text("ABCabc019-_.", max_size=200))
def test_whatever_is_asked_for_is_no_link_and_no_error(token: str) -> None:
    assert link_of(token, KEY) is None


@pytest.mark.parametrize("token", ["", ".", "a.", ".a", "a" * (LONGEST + 1)])
def test_what_is_no_link_is_none(token: str) -> None:
    assert link_of(token, KEY) is None


def test_another_key_makes_no_link_of_ours() -> None:
    assert link_of(token_of(LINK, bytes(32)), KEY) is None


def test_the_key_is_derived_from_the_house_key_and_differs_from_purpose_to_purpose(
    tmp_path: Path,
) -> None:
    key = Key(tmp_path)
    key.make_sure()
    raw = bytes.fromhex((tmp_path / "storage.key").read_text().strip())

    derived = key.derive(PURPOSE)

    assert len(derived) == 32
    assert derived == Key(tmp_path).derive(PURPOSE)
    assert derived not in {raw, key.derive("another purpose")}
