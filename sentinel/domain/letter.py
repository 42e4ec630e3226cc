"""One letter to one person: all that is new, in their language, in order of weight.

A letter has a subject, blocks of short lines, at most one link, and what may be
long. `sentinel.domain.letter_text` makes plain text and the short text of it,
`sentinel.service.letters` HTML. Nothing here may be longer than what most
services take in one piece; a rest is named and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from sentinel.domain.folding import folded, overview
from sentinel.domain.leads import Lead
from sentinel.domain.moments import moment, span
from sentinel.domain.named import gathered
from sentinel.domain.news_item import News
from sentinel.errors import Phrase

SUBJECT_ROOM: Final = 120
"""Characters: what a phone shows of a subject, and less than any service takes."""
TEXT_ROOM: Final = 3_000
"""Characters of all blocks together: one message in every chat. Details come besides."""
LINE_ROOM: Final = 1_000
DETAILS_ROOM: Final = 20_000
"""Characters of details in one letter; the first comes whole in any case."""
_SUBJECTS: Final = 20
_HEADLINE: Final = 100

EXERCISE: Final = Phrase(de="ÜBUNG: ", en="EXERCISE: ")
_ONLY_EXERCISE: Final = Phrase(
    de="ÜBUNG: Das hier gehört zu einer Übung. Es ist kein Ernstfall.",
    en="EXERCISE: This belongs to an exercise. It is not the real thing.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where to go next. There one can take on the most pressing of `acknowledges` matters."""

    url: str
    acknowledges: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block. `label` says what it is about; empty: it speaks for itself."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One matter."""

    heading: str
    lines: tuple[Line, ...]

    @property
    def length(self) -> int:
        """Characters, about."""
        return len(self.heading) + sum(len(one.label) + len(one.text) + 3 for one in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one person reads. `first` are the news of the first block, for the short text."""

    language: str
    subject: str
    above: tuple[str, ...]
    blocks: tuple[Block, ...]
    more: tuple[str, ...]
    details: tuple[str, ...]
    link: Link | None
    first: News
    alarm: bool
    exercise: bool


def letter(
    news: Sequence[News],
    *,
    language: str,
    zone: tzinfo,
    link: Link | None = None,
    lead: Lead | None = None,
) -> Letter:
    """Return the letter about `news`, which stands in the order in which it happened.

    Raises:
        ValueError: There is no news.
    """
    if not news:
        raise ValueError("a letter without any news")
    found = folded(news)
    exercise = all(one.exercise for one in found)
    blocks, told = _blocks(found, language, zone, marked=not exercise)
    return Letter(
        language=language,
        subject=_subject(found, overview(news), lead, language, exercise=exercise),
        above=tuple(_above(lead, language, exercise=exercise)),
        blocks=blocks,
        more=tuple(_rest(found[told:], language)),
        details=_details(found, language),
        link=link,
        first=found[0],
        alarm=any(one.alarm for one in found),
        exercise=exercise,
    )


def shortened(text: str, room: int) -> str:
    """Return a text of at most `room` characters, cut between words and seen to be cut."""
    if len(text) <= room:
        return text
    kept = text[: max(room - 4, 0)]
    whole, gap, _ = kept.rpartition(" ")
    return f"{whole if gap and 2 * len(whole) > len(kept) else kept} ..."[: max(room, 0)]


def _subject(
    found: Sequence[News], whole: Phrase | None, lead: Lead | None, language: str, *, exercise: bool
) -> str:
    mark = EXERCISE.in_(language) if exercise else ""
    mark += lead.prefix.in_(language) if lead else ""
    if whole is not None:
        return shortened(mark + whole.in_(language), SUBJECT_ROOM)
    more = f" (+{len(found) - 1})" if len(found) > 1 else ""
    said = _plain(found[0].subject.in_(language))
    return shortened(mark + said, SUBJECT_ROOM - len(more)) + more


def _above(lead: Lead | None, language: str, *, exercise: bool) -> Iterable[str]:
    if exercise:
        yield _ONLY_EXERCISE.in_(language)
    if lead is not None:
        yield lead.text.in_(language)


def _blocks(
    found: Sequence[News], language: str, zone: tzinfo, *, marked: bool
) -> tuple[tuple[Block, ...], int]:
    """Return the blocks for which there is room, the first in any case, and how many they are."""
    blocks: list[Block] = []
    said: set[Line] = set()
    once = {"", MEANS.in_(language)}  # what is to be done stands with each
    used = 0
    for one in found:
        lines = tuple(line for line in _lines(one, language, zone) if line not in said)
        mark = EXERCISE.in_(language) if marked and one.exercise else ""
        block = Block(heading=mark + _plain(one.subject.in_(language)), lines=lines)
        if blocks and used + block.length > TEXT_ROOM:
            break
        used += block.length
        said.update(line for line in lines if line.label in once)
        blocks.append(block)
    return tuple(blocks), len(blocks)


SINCE: Final = Phrase(de="Seit", en="Since")
LASTED: Final = Phrase(de="Dauer", en="Lasted")
WHEN: Final = Phrase(de="Zeit", en="Time")
ABOUT: Final = Phrase(de="Betrifft", en="About")
MEANS: Final = Phrase(de="Das heißt", en="This means")
TO_DO: Final = Phrase(de="Zu tun", en="To do")


def _lines(one: News, language: str, zone: tzinfo) -> Iterable[Line]:
    """What happened; since when; what it means; what was done about it; what is to be done."""
    labelled: list[tuple[Phrase | None, Phrase | None]] = [
        (None, one.text),
        _time(one, zone),
        (ABOUT, _headline(one)),
        (MEANS, one.means),
        (None, one.done),
        (TO_DO, one.please),
    ]
    for label, text in labelled:
        said = text.in_(language).strip() if text else ""
        if said:
            yield Line(shortened(said, LINE_ROOM), label.in_(language) if label else "")


def _time(one: News, zone: tzinfo) -> tuple[Phrase | None, Phrase | None]:
    over = one.case is not None and one.case.over
    if over and one.since is not None and one.at is not None:
        return LASTED, span(one.since, one.at, zone)
    if one.since is not None and not over:
        return SINCE, moment(one.since, zone)
    return WHEN, moment(one.at, zone) if one.at is not None else None


def _headline(one: News) -> Phrase | None:
    if not one.about:
        return None
    said = shortened(_plain(one.about), _HEADLINE)
    return Phrase(de=f"„{said}“", en=f"“{said}”")


def _rest(untold: Sequence[News], language: str) -> Iterable[str]:
    """Name what there was no room for: every message's number, of all else the first subjects."""
    if not untold:
        return
    yield Phrase(de=f"Und {len(untold)} weitere:", en=f"And {len(untold)} more:").in_(language)
    subjects = [
        (EXERCISE.in_(language) if one.exercise else "")
        + shortened(_plain(one.subject.in_(language)), SUBJECT_ROOM)
        for one in untold
    ]
    lines = gathered(subjects)
    for line in lines[:_SUBJECTS]:
        yield f"- {line}"
    if len(lines) > _SUBJECTS:
        yield "- ..."


def _details(found: Sequence[News], language: str) -> tuple[str, ...]:
    kept: list[str] = []
    for long in dict.fromkeys(one.details.in_(language) for one in found if one.details):
        if kept and sum(map(len, kept)) + len(long) > DETAILS_ROOM:
            break
        kept.append(long)
    return tuple(kept)


def _plain(text: str) -> str:
    """A subject is one line, whatever stands in it."""
    return " ".join(text.split())
