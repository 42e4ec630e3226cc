"""`check-rules` and `schema`."""

import json
from collections.abc import Callable

import pytest

from tests.cli.house import Ended, House

Call = Callable[..., Ended]


STAFF = "staff: {contacts: {lage: {addresses: [{url: 'mailto://lage.example'}]}}}\n"


def test_good_rules_end_with_0_and_say_what_they_survive(house: House, call: Call) -> None:
    house.rules.write_text(house.rules.read_text() + STAFF)

    ended = call("check-rules", X_NOT_SET="another-token")

    assert ended.code == 0
    assert ended.err == ""
    assert ended.out == (
        "Route grave\n"
        "  Without channel board: no longer fulfilled: grave, light; reach −0 of 1900.\n"
        "  Without uplink default: no longer fulfilled: grave; reach −1900 of 1900.\n"
        "  Survives the loss of: masto, x, 127.0.0.1\n"
        "Route light\n"
        "  Without channel board: no longer fulfilled: grave, light; reach −0 of 1900.\n"
    )


def test_a_missing_variable_is_a_warning_at_its_place_and_ends_with_1(
    house: House, call: Call
) -> None:
    ended = call("check-rules")

    assert ended.code == 1
    missing = f"{house.rules}:17:16: warning: x: variable X_NOT_SET is not set"
    assert missing in ended.err
    assert "Route grave" in ended.out


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b"", "1:1"),
        (b"\x00\x01\x02", "1:1"),
        (b"\xff\xfe binary", "1:1"),
        (b"version: 1\nversion: 1\n", "2:1"),
        (b"version: [1\n", "2:1"),
        (b"version: 1\n" + b"# long\n" * 200_000, "1:1"),
    ],
    ids=["empty", "binary", "not UTF-8", "duplicate", "broken", "huge"],
)
def test_a_file_that_is_no_rules_ends_with_64_and_says_where(
    house: House, call: Call, text: bytes, where: str
) -> None:
    house.rules.write_bytes(text)

    ended = call("check-rules")

    assert ended.code == 64
    assert f"{house.rules}:{where}: " in ended.err
    assert ended.out == ""


def test_a_file_that_is_not_there_ends_with_64(house: House, call: Call) -> None:
    house.rules.unlink()

    ended = call("check-rules")

    assert ended.code == 64
    assert "the rules file cannot be read" in ended.err


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("platform: mastodon", "platform: mastadon"),
        ("always: [board], priority", "always: [bored], priority"),
        ("priority: [masto, x]", "priority: [masto, masto]"),
        ("notice_link: board", "notice_lonk: board"),
        ("127.0.0.1:9/x/stadt", "127.0.0.1:9/x/stadt?y"),
        ("timeout: 2s", "timeout: soon"),
    ],
)
def test_every_mistake_is_told_with_its_line(house: House, call: Call, good: str, bad: str) -> None:
    text = house.rules.read_text()
    assert good in text
    line = text[: text.index(good)].count("\n") + 1
    house.rules.write_text(text.replace(good, bad))

    ended = call("check-rules")

    assert ended.code == 64
    assert f"{house.rules}:{line}:" in ended.err


def test_all_mistakes_are_told_at_once(house: House, call: Call) -> None:
    text = house.rules.read_text().replace("timeout: 2s", "timeout: 2").replace("reach:", "rich:")
    house.rules.write_text(text)

    ended = call("--json", "check-rules")

    assert ended.code == 64
    assert [problem["line"] for problem in ended.json["errors"]] == [6, 12]


@pytest.mark.parametrize("command", [("status",), ("messages",), ("send",), ("migrate",)])
def test_commands_that_need_broken_rules_end_with_64(
    house: House, call: Call, command: tuple[str, ...]
) -> None:
    house.rules.write_text("version: 1\nchanels: {}\n")
    given = ("--headline", "H", "--text", "T", "--severity", "severe") if "send" in command else ()

    ended = call(*command, *given)

    assert ended.code == 64
    assert f"{house.rules}:2:1: " in ended.err


def test_the_daemon_does_not_start_with_broken_rules(house: House) -> None:
    house.rules.write_text("version: 1\nchanels: {}\n")

    ended = house.call("run")

    assert ended.code == 64
    assert f"{house.rules}:2:1: " in ended.err


def test_what_the_daemon_cannot_start_without_is_an_error_that_leaves_texts_by_hand_alone(
    house: House, call: Call
) -> None:
    away = "network: {proxy: '${env:NO_SUCH_PROXY}', ca_file: no-such-ca.pem}\n"
    house.rules.write_text(house.rules.read_text() + away)
    line = house.rules.read_text().count("\n")

    checked, started = call("check-rules"), house.call("run")
    shown = call("preview", "--headline", "H", "--text", "T", "--severity", "severe")

    assert (checked.code, started.code, shown.code) == (64, 64, 0)
    for ended in (checked, started):
        assert f"{house.rules}:{line}:18: proxy: variable NO_SUCH_PROXY is not set" in ended.err
        assert f"{house.rules}:{line}:51: file " in ended.err
    assert "=== masto" in shown.out


def test_secrets_in_broken_rules_are_never_shown(house: House, call: Call) -> None:
    text = house.rules.read_text().replace('"${env:MASTO_TOKEN}"', "[canary-4711]")
    house.rules.write_text(text)

    ended = call("check-rules")

    assert ended.code == 64
    assert "canary" not in ended.out + ended.err


def test_the_schema_of_the_rules_is_printed(call: Call) -> None:
    ended = call("schema")

    assert ended.code == 0
    assert json.loads(ended.out)["properties"]["channels"]


def test_the_schema_of_drills_is_printed(call: Call) -> None:
    ended = call("schema", "--drill")

    assert ended.code == 0
    assert json.loads(ended.out)["properties"]["steps"]
