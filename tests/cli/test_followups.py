"""Following messages up from the command line while no daemon answers."""

from collections.abc import Callable

import pytest

from tests.cli.house import Ended, House
from tests.cli.left import leave_behind

Call = Callable[..., Ended]
NEW = ("--headline", "River falls", "--text", "The bridge stays shut.", "--severity", "severe")


def test_an_update_is_not_accepted_and_its_texts_are_printed(call: Call) -> None:
    ended = call("update", "17", *NEW)

    assert ended.code == 2
    assert "NOT accepted" in ended.err
    assert ended.out.startswith("NOT accepted. Texts for posting by hand:")
    assert "=== board (" in ended.out
    assert "=== masto (" in ended.out
    assert "River falls\n\nThe bridge stays shut." in ended.out


def test_an_all_clear_is_made_from_what_is_on_disk(house: House, call: Call) -> None:
    leave_behind(house, call)

    plain, never = call("all-clear", "17"), call("all-clear", "17", "--false-alarm")
    printed = call("--json", "all-clear", "17", "--text", "Es ist vorbei.")

    assert (plain.code, never.code, printed.code) == (2, 2, 2)
    assert "Entwarnung zu Meldung Nr. 17: Bombe in der Hafenstraße" in plain.out
    assert "Fehlalarm! Meldung Nr. 17 war ein Irrtum" in never.out
    assert "=== masto (" in plain.out
    assert printed.json["accepted"] is False
    assert "Es ist vorbei." in printed.json["by_hand"][0]["text"]


def test_an_all_clear_of_what_nobody_knows_is_not_accepted_either(call: Call) -> None:
    ended = call("all-clear", "17")

    assert ended.code == 2
    assert "NOT accepted" in ended.err
    assert "There is no database" in ended.err


@pytest.mark.parametrize(
    "args",
    [
        ("withdraw", "17", "--reason", "R"),
        ("withdraw", "17", "--delete", "--reason", "R"),
        ("approve", "17"),
        ("approve", "17", "--emergency", "--comment", "C"),
        ("confirm", "d1", "--permalink", "https://a.example/1"),
    ],
)
def test_what_only_the_daemon_may_do_is_not_done(call: Call, args: tuple[str, ...]) -> None:
    ended = call(*args)

    assert ended.code == 2
    assert "Nothing was done" in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    "args",
    [
        ("update", "17", "--headline", "H"),
        ("update", *NEW),
        ("withdraw", "17"),
        ("withdraw", ".", "--reason", "R"),
        ("all-clear",),
        ("confirm",),
        ("approve", "17", "--emergency=yes"),
    ],
)
def test_wrong_usage_ends_with_64(call: Call, args: tuple[str, ...]) -> None:
    assert call(*args).code == 64


def test_a_message_on_disk_tells_how_to_confirm_what_was_posted_by_hand(
    house: House, call: Call
) -> None:
    leave_behind(house, call)

    shown, german = call("message", "17").out, call("--lang", "de", "message", "17").out
    delivery = call("--json", "message", "17").json["deliveries"][0]["id"]

    assert f"masto: published by hand? sentinel confirm {delivery}" in shown
    assert "masto: von Hand veröffentlicht? sentinel confirm" in german
