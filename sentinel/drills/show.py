"""Shows a drill while it runs: live tables on a terminal, plain lines anywhere else."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from sentinel.drills.board import board
from sentinel.drills.course import Snapshot
from sentinel.drills.judge import Judgement
from sentinel.drills.sentences import expected
from sentinel.drills.shape import DrillFile, Expectation, Step
from sentinel.drills.words import changes, step_line, summary
from sentinel.errors import Phrase

FRAMES_PER_S: Final = 4


class Show:
    """A spectator who tells others."""

    def __init__(self, console: Console, language: str) -> None:
        self._console = console
        self._language = language
        self._before = Snapshot(at_s=0.0)
        self._live: Live | None = None

    @contextmanager
    def live(self) -> Iterator[None]:
        """Keep the tables in sight below everything that is told; on a terminal only."""
        if not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, refresh_per_second=FRAMES_PER_S) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    def opening(self, drill: DrillFile) -> None:
        """Tell what is rehearsed, and after what."""
        self.say(drill.title.phrase, "bold")
        self.say(drill.after.phrase, "dim")
        self.say(
            Phrase(
                de="Simulator und Dienst werden gestartet …",
                en="simulator and daemon are being started …",
            ),
            "dim",
        )

    def step(self, at_s: float, step: Step) -> None:
        """Tell of a step."""
        if step.say is not None:
            self.say(step.say.phrase, "bold")
        self._at(at_s, "▶", step_line(step), "bold blue")

    def look(self, snapshot: Snapshot) -> None:
        """Tell what happened since the last look."""
        for line in changes(self._before, snapshot):
            self._at(snapshot.at_s, "·", line.phrase, line.style)
        self._before = snapshot
        if self._live is not None:
            self._live.update(board(snapshot, self._language))

    def summary(self, snapshot: Snapshot) -> None:
        """Tell how things stand; not on a terminal, where the tables show it."""
        if self._live is None:
            self._at(snapshot.at_s, "·", summary(snapshot), "")

    def verdict(self, judgements: Sequence[Judgement]) -> None:
        """Tell what became of every expectation, and the sum."""
        self.say(Phrase(de="Erwartungen", en="Expectations"), "bold")
        for judgement in judgements:
            self._judged(judgement)
        held, all_ = sum(one.held for one in judgements), len(judgements)
        well = held == all_
        phrase = Phrase(
            de=f"{held} von {all_} Erwartungen gehalten",
            en=f"{held} of {all_} expectations held",
        )
        self.say(phrase, "bold green" if well else "bold red")

    def say(self, phrase: Phrase, style: str = "") -> None:
        """Tell a sentence."""
        self._print(Text(_clean(phrase.in_(self._language)), style))

    def command(self, line: str) -> None:
        """Show a line to type, whole: it will be copied."""
        self._console.print(Text(f"    {line}", "cyan"), soft_wrap=True)

    def _judged(self, judgement: Judgement) -> None:
        sentence = _clean(expected(judgement.expectation).in_(self._language))
        when = _when(judgement.expectation).in_(self._language)
        if judgement.held:
            timed = judgement.after_s and judgement.expectation.within
            took = f" [{judgement.after_s:.1f} s]" if timed else ""
            self._print(Text(f"  ✓ {sentence}{when}{took}", "green"))
            return
        seen = Phrase(de="gesehen: ", en="seen: ").in_(self._language)
        not_held = Phrase(de="nicht gehalten", en="not held").in_(self._language)
        told = _clean(judgement.seen.in_(self._language))
        self._print(Text(f"  ✗ {not_held}: {sentence}{when}; {seen}{told}", "bold red"))

    def _at(self, at_s: float, sign: str, phrase: Phrase, style: str) -> None:
        told = _clean(phrase.in_(self._language))
        self._print(Text(f"{max(at_s, 0.0):6.1f} s {sign} ", "dim").append(told, style))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=not self._console.is_terminal)


def _when(expectation: Expectation) -> Phrase:
    if expectation.within is None:
        return Phrase(de=", am Ende", en=", at the end")
    within_s = f"{expectation.within.total_seconds():g} s"
    since = expectation.since
    return Phrase(
        de=f", binnen {within_s}" + (f" nach {since}" if since else ""),
        en=f", within {within_s}" + (f" after {since}" if since else ""),
    )


def _clean(text: str) -> str:
    """Return the text on one line, without signs that steer a terminal."""
    return " ".join(
        "".join(sign for sign in word if unicodedata.category(sign) != "Cc")
        for word in text.split()
    )
