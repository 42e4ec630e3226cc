"""`sentinel user`: the first person is added before the daemon ever ran."""

import io
import sys
from collections.abc import Callable

import pytest

from tests.cli.house import Ended, House

Call = Callable[..., Ended]

PASSWORD = " Elbe unter den Brücken "
TYPED = f"{PASSWORD}\r\nand no more than a line".encode()


@pytest.fixture
def typed(house: House, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call with this on standard input, which is no terminal."""

    def call(*args: str, stdin: bytes) -> Ended:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        return house.here(*args)

    return call


def test_a_person_can_be_added_before_the_first_start(typed: Call, call: Call) -> None:
    made = typed(
        *("--json", "user", "add", "Anna Beispiel", "--password-stdin"),
        *("--may", "send", "--may", "read"),
        stdin=TYPED,
    )
    again = typed(
        *("user", "add", "ANNA beispiel", "--may", "read", "--password-stdin"), stdin=TYPED
    )
    changed = typed("user", "password", "anna BEISPIEL", "--password-stdin", stdin=TYPED)
    listed, journal = call("--json", "user", "list"), call("--json", "journal")
    table = call("user", "list")

    assert (made.code, again.code, changed.code) == (0, 64, 0)
    assert made.json["may"] == ["read", "send"]
    assert "this name is taken" in again.err
    assert "Anna Beispiel has a new password" in changed.out
    assert [one["name"] for one in listed.json["items"]] == ["Anna Beispiel"]
    assert "Anna Beispiel" in table.out
    entries = journal.json["items"]
    assert [entry["kind"] for entry in entries] == ["user.added", "password.changed"]
    assert [entry["subject"] for entry in entries] == [made.json["id"]] * 2
    everything = "".join(one.out + one.err for one in (made, again, changed, listed, journal))
    assert "Brücken" not in everything
    assert "argon2" not in everything
    assert "Anna" not in journal.out


def test_a_password_that_cannot_be_one_is_refused_and_not_quoted(typed: Call) -> None:
    short = typed("user", "add", "anna", "--may", "read", "--password-stdin", stdin=b"zu kurz\n")
    bytes_ = typed("user", "add", "anna", "--may", "read", "--password-stdin", stdin=b"\xff" * 20)
    nobody = typed("user", "password", "anna", "--password-stdin", stdin=TYPED)

    assert (short.code, bytes_.code, nobody.code) == (64, 64, 64)
    assert "12 to 1000 characters" in short.err
    assert "zu kurz" not in short.err
    assert "not UTF-8" in bytes_.err
    assert "there is nobody of this name" in nobody.err


def test_without_a_terminal_it_says_how_a_password_is_handed_over(typed: Call) -> None:
    ended = typed("user", "add", "anna", "--may", "read", stdin=TYPED)

    assert ended.code == 64
    assert "--password-stdin" in ended.err
