"""Calling `sentinel` wrongly, or for help."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.cli.main import COMMANDS, LATER
from sentinel.cli.parser import in_german
from tests.cli.house import ROOT, Ended, House

Call = Callable[..., Ended]
MESSAGE = ("--headline", "H", "--text", "T", "--severity", "severe")


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("stats",),
        ("status", "now"),
        ("status", "--verbose"),
        ("--lang", "fr", "status"),
        ("send",),
        ("send", "--headline", "H", "--severity", "severe"),
        ("send", "--headline", "H", "--text", "T"),
        ("send", "--headline", "H", "--text", "T", "--severity", "dreadful"),
        ("send", *MESSAGE, "--text-file", "x"),
        ("send", *MESSAGE, "--expires-in", "soon"),
        ("send", *MESSAGE, "--expires-at", "tomorrow"),
        ("send", *MESSAGE, "--expires-in", "1h", "--expires-at", "2030-01-01T00:00Z"),
        ("send", *MESSAGE, "--wait", "2"),
        ("messages", "--state", "lost"),
        ("messages", "--limit", "0"),
        ("messages", "--limit", "many"),
        ("message",),
        ("channels", "thaw"),
        ("channels", "freeze", "masto"),
        ("hold",),
        ("journal", "--after", "-1"),
        ("outages", "acknowledge"),
        ("token", "create", "icinga"),
        ("token", "create", "icinga", "--scope", "everything"),
        ("token", "create", "icinga", "--scope", "read", "--expires-in", "x"),
        ("token", "create", "", "--scope", "read"),
        ("backup",),
    ],
)
def test_wrong_usage_ends_with_64_and_says_why(call: Call, args: tuple[str, ...]) -> None:
    ended = call(*args)

    assert ended.code == 64
    assert ended.err.strip()
    assert ended.out == ""


@pytest.mark.parametrize("command", LATER)
def test_a_command_that_is_still_to_come_says_so(call: Call, command: str) -> None:
    ended = call(command, "17")

    assert ended.code == 64
    assert f"{command} does not exist in this version yet" in ended.err


def test_wrong_usage_is_explained_in_german_too(call: Call) -> None:
    ended = call("--lang", "de", "send", "--headline", "H")

    assert ended.code == 64
    assert "Aufruf: sentinel send" in ended.err
    assert "sentinel send: es fehlt: --severity" in ended.err


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("argument --x: expected one argument", "--x: der Wert fehlt"),
        ("unrecognized arguments: a b", "unbekannt: a b"),
        (
            "argument -s: invalid choice: 'a' (choose from 'b', 'c')",
            "-s: 'a' geht nicht; möglich: 'b', 'c'",
        ),
        ("argument --a: not allowed with argument --b", "--a: geht nicht zusammen mit --b"),
        ("something that argparse never said", "something that argparse never said"),
    ],
)
def test_what_argparse_says_is_put_into_german(english: str, german: str) -> None:
    assert in_german(english) == german


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help(call: Call, command: str) -> None:
    ended = call(command, "--help")

    assert ended.code == 0
    assert f"usage: sentinel {command}" in ended.out


def test_the_language_is_that_of_the_rules_unless_somebody_asks_for_another(
    house: House, call: Call
) -> None:
    house.rules.write_text(house.rules.read_text().replace("language: en", "language: de"))

    assert "Befehle" in call("--help").out
    assert "commands" in call("--lang", "en", "--help").out


def test_without_rules_the_language_is_that_of_the_surroundings(house: House, call: Call) -> None:
    house.rules.unlink()

    assert "Befehle" in call("--help", LANG="de_DE.UTF-8").out
    assert "commands" in call("--help", LANG="C.UTF-8").out


def test_options_of_every_command_may_stand_before_or_after_it(call: Call) -> None:
    before, after = call("--json", "check-rules"), call("check-rules", "--json")

    assert before.json == after.json


def test_the_rules_may_be_named_by_the_surroundings(house: House, tmp_path: Path) -> None:
    other = House(tmp_path / "other", env={})
    other.folder.mkdir()
    other.build("version: 2\n")

    ended = house.call("check-rules", SENTINEL_RULES=str(other.rules))

    assert ended.code == 1  # --rules wins: these are only lacking a variable


def test_every_command_has_a_heading_in_the_docs() -> None:
    text = (ROOT / "docs/commands.md").read_text(encoding="utf-8")

    headings = set(re.findall(r"^## `sentinel ([a-z-]+)", text, re.MULTILINE))

    assert headings == set(COMMANDS)
