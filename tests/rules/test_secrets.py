"""Credentials: resolved late, named when missing, never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.domain.rules import Channel
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.errors import SecretError
from sentinel.rules.secrets import account_of, reference, resolve_secret

CANARY = "s3cret-canary"


def channel(**credentials: SecretRef) -> Channel:
    return Channel(
        name="m",
        platform="mastodon",
        operator="mastodon",
        account="mastodon|https://social.example|stadt",
        base_url="https://social.example",
        credentials=credentials,
        settings={"account": "stadt"},
    )


def test_a_reference_names_a_variable_a_file_or_is_the_value() -> None:
    base = Path("/city")

    assert reference("${env:TOKEN}", base) == SecretRef(SecretKind.ENV, "TOKEN")
    assert reference("${file:a/b}", base) == SecretRef(SecretKind.FILE, "/city/a/b")
    assert reference("${file:/run/b}", base) == SecretRef(SecretKind.FILE, "/run/b")
    assert reference("plain", base) == SecretRef(SecretKind.LITERAL, "plain")


def test_a_variable_gives_its_value() -> None:
    assert resolve_secret(SecretRef(SecretKind.ENV, "T"), {"T": CANARY}) == CANARY


@pytest.mark.parametrize("env", [{}, {"T": ""}])
def test_a_variable_that_is_missing_or_empty_is_named(env: dict[str, str]) -> None:
    with pytest.raises(SecretError, match="variable T is not set"):
        resolve_secret(SecretRef(SecretKind.ENV, "T"), env)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_gives_its_content_without_the_line_end(tmp_path: Path, end: str) -> None:
    (tmp_path / "t").write_bytes((CANARY + end).encode())

    assert resolve_secret(SecretRef(SecretKind.FILE, str(tmp_path / "t")), {}) == CANARY


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff" + CANARY.encode(), b"x" * 70_000])
def test_a_file_that_holds_no_secret_is_named_and_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").write_bytes(content)

    with pytest.raises(SecretError) as caught:
        resolve_secret(SecretRef(SecretKind.FILE, str(tmp_path / "t")), {})

    assert str(tmp_path / "t") in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="none is empty or cannot be read"):
        resolve_secret(SecretRef(SecretKind.FILE, str(tmp_path / "none")), {})


def test_an_account_holds_everything_that_a_conversation_needs() -> None:
    found = account_of(
        channel(access_token=SecretRef(SecretKind.ENV, "T")),
        env={"T": CANARY},
        session={"jwt": "fresh"},
    )

    assert found.channel == "m"
    assert found.base_url == "https://social.example"
    assert found.public_url == "https://social.example"
    assert found.setting("account") == "stadt"
    assert found.credentials == {"access_token": CANARY}
    assert found.session == {"jwt": "fresh"}


def test_an_account_shows_no_secret() -> None:
    found = account_of(
        channel(access_token=SecretRef(SecretKind.LITERAL, CANARY)), env={}, session={"jwt": CANARY}
    )

    assert "canary" not in repr(found)
    assert "canary" not in repr(channel(access_token=SecretRef(SecretKind.LITERAL, CANARY)))


def test_an_account_names_everything_that_is_missing_in_both_languages() -> None:
    wanting = channel(
        user=SecretRef(SecretKind.ENV, "U"), password=SecretRef(SecretKind.FILE, "/none/p")
    )

    with pytest.raises(SecretError) as caught:
        account_of(wanting, env={}, session={})

    assert caught.value.phrase.en == (
        "m: variable U is not set; file /none/p is empty or cannot be read"
    )
    assert caught.value.phrase.de == (
        "m: die Variable U ist nicht gesetzt; die Datei /none/p ist leer oder nicht lesbar"
    )
