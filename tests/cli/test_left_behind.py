"""What a daemon that died has left in the database, and what the command makes of it."""

from tests.cli.house import House
from tests.cli.left import Call, leave_behind
from tests.storage.values import delivery


def test_the_first_line_says_that_nobody_answers_and_what_is_stranded(
    house: House, call: Call
) -> None:
    leave_behind(house, call)

    ended, german = call("status"), call("--lang", "de", "status")

    first = ended.out.splitlines()[0]
    assert ended.code == 3
    assert first.startswith("SENTINEL UNKNOWN - no daemon answers; 0 of 3 channels can publish")
    assert "1 stranded" in first
    assert "stranded=1;" in first
    assert "uplinks_lost" not in first
    assert german.out.startswith("SENTINEL UNKNOWN - kein Dienst antwortet; ")


def test_a_hold_and_a_freeze_are_shown_with_person_and_reason(house: House, call: Call) -> None:
    leave_behind(house, call)

    for ended in (call("status"), call("channels", "list")):
        assert "ON HOLD since 2026-07-05 14:00:00, by berta: rumour\n" in ended.out
        assert "masto: frozen, by anna: hacked\n" in ended.out


def test_a_stranded_outage_names_its_message(house: House, call: Call) -> None:
    leave_behind(house, call)

    for ended in (call("status"), call("outages")):
        assert "stranded: Nr. 17 Bombe in der Hafenstraße" in ended.out


def test_a_stranded_message_is_shown_with_the_text_for_every_channel(
    house: House, call: Call
) -> None:
    leave_behind(house, call)

    ended = call("message", "17")

    assert ended.code == 0
    assert f"\n  masto (planned):\n    {delivery().rendered.text}" in ended.out
    assert "\n  x (by hand):\n    Kurz\n" in ended.out
    assert "\n  board (by hand):\n    Bombe in der Hafenstraße\n\n    Bitte das" in ended.out
