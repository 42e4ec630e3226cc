"""Passwords: what is kept of one, what may be one, and that every keyboard types the same."""

import pytest

from sentinel.errors import InputError
from sentinel.service.passwords import checked, hashed, is_right, name_key


def test_only_the_password_opens_what_was_kept_of_it() -> None:
    kept = hashed("Elbe unter den Brücken")

    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert is_right("Elbe unter den Bru\u0308cken", kept)  # as some keyboards type it
    for wrong in ("", "Elbe unter den Brücken ", "elbe unter den brücken", "\udcff"):
        assert not is_right(wrong, kept)


def test_the_same_password_is_kept_differently_each_time() -> None:
    assert hashed("Elbe unter den Brücken") != hashed("Elbe unter den Brücken")


def test_nobody_has_no_password() -> None:
    for guess in ("", "password", "Elbe unter den Brücken"):
        assert not is_right(guess, None)


@pytest.mark.parametrize(
    ("password", "name"),
    [("elf Zeichen", "anna"), ("x" * 1001, "anna"), ("Anna Beispiel1", "anna")],
)
def test_what_is_easily_guessed_or_far_too_long_is_refused_unquoted(
    password: str, name: str
) -> None:
    with pytest.raises(InputError) as refused:
        checked(password, name)

    assert refused.value.field == "password"
    assert password not in str(refused.value)


def test_a_name_is_found_however_it_is_typed() -> None:
    assert name_key(" A\u0308NNE ") == name_key("änne") == "änne"
    assert name_key("STRASSE") == name_key("straße")
