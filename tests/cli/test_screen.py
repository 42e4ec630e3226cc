"""What is written: plain where a program reads, and never steered by strangers."""

import io
from typing import TextIO

import pytest

from sentinel.cli.exits import Exit
from sentinel.cli.screen import Cell, Screen, Tone
from sentinel.cli.status import headline


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def screen(out: TextIO) -> Screen:
    return Screen(out, io.StringIO())


def test_a_table_for_programs_has_aligned_columns_and_no_colours() -> None:
    out = io.StringIO()

    screen(out).table(["Name", "State"], [["warnseite", Cell("up", Tone.GOOD)], ["x", "down"]])

    assert out.getvalue() == ("Name       State\nwarnseite  up\nx          down\n")


def test_a_table_on_a_terminal_has_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    out = Terminal()

    screen(out).table(["Name", "State"], [["x", Cell("[b]down[/b]", Tone.BAD)]])

    assert "\x1b[1;31m[b]down[/b]" in out.getvalue()  # styled, and brackets mean nothing


def test_wide_characters_keep_the_columns_straight() -> None:
    out = io.StringIO()

    screen(out).table(["A", "B"], [["警報", "x"], ["ab", "y"]])

    assert out.getvalue() == "A     B\n警報  x\nab    y\n"


def test_what_would_steer_a_terminal_is_taken_out() -> None:
    out = io.StringIO()

    screen(out).line("evil\x1b]0;title\x07\x9b31m text")

    assert out.getvalue() == "evil�]0;title��31m text\n"


def test_a_cell_stays_on_its_line_and_begins_no_performance_data() -> None:
    out = io.StringIO()

    screen(out).table(["A"], [["one\ntwo | three"]])

    assert out.getvalue() == "A\none two ¦ three\n"


def test_the_first_line_is_a_monitoring_plugins() -> None:
    line = headline(Exit.WARNING, "2 of 3 | up", [("channels_up", 2, 3), ("pending", 0, None)])

    assert line == "SENTINEL WARNING - 2 of 3 ¦ up | channels_up=2;;;0;3 pending=0;;;0;"
